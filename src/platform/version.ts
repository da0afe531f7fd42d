/** The version of this Halyard, as its package says. */
import { readFileSync } from "node:fs";

/** Reads `package.json`, two folders above both `src/platform` and `dist/platform`. */
export function readVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
