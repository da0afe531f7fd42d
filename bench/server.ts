/** The built server in a process of its own, timed until it is ready. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface BuiltServer {
  readonly url: string;
  readonly folder: string;
  readonly readyAfterMs: number;
  /** The first start's key whose name starts so: `management`, `client_development`. */
  readonly key: (name: string) => string;
  /** Ends it; its folder goes unless it is kept. */
  readonly stop: (options?: { readonly keep?: boolean }) => Promise<void>;
}

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** Starts on a new folder, or again on an old one; `settings` beside those of every bench. */
export async function startBuiltServer(
  again?: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<BuiltServer> {
  const folder = again ?? (await mkdtemp(join(tmpdir(), "halyard-bench-")));
  const started = performance.now();
  const child = spawn(process.execPath, [main, "serve"], {
    env: { PATH: process.env["PATH"] ?? "", DATA_DIR: folder, PORT: "0", LOG_LEVEL: "warn", ...settings },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.on("close", (code) => reject(new Error(`The server ended with ${code}: ${output}`)));
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      const address = /GraphQL +(http:\S+)\/graphql/.exec(output)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  const readyAfterMs = performance.now() - started;
  return {
    ...{ url, folder, readyAfterMs },
    key: (name) => {
      const found = new RegExp(`hal_${name}_\\w+`).exec(output)?.[0];
      if (found === undefined) throw new Error(`The server printed no key hal_${name}_…`);
      return found;
    },
    stop: async ({ keep = false } = {}) => {
      const closed = new Promise((resolve) => child.on("close", resolve));
      child.kill("SIGTERM");
      await closed;
      if (!keep) await rm(folder, { recursive: true });
    },
  };
}
