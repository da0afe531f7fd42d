/** Key material that nobody set is made once and kept beside the embedded database. */
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "./config.js";
import { StartProblem } from "./start-problem.js";

const GENERATED_BYTES = 48;

/**
 * The configured keys, or the one in `dataDir/secret`, made with mode 0600 if there is none. Newest first.
 * @throws {StartProblem} if the file is empty or cannot be read or written.
 */
export async function loadSecretKeys(
  config: Pick<Config, "secretKeys" | "dataDir">,
): Promise<readonly string[]> {
  if (config.secretKeys !== undefined) return config.secretKeys;
  const path = join(config.dataDir, "secret");
  try {
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
    await createSecret(path);
    const key = (await readFile(path, "utf8")).trim();
    if (key === "") throw new StartProblem(`${path} is empty; restore it, or delete it to make a new key`);
    return [key];
  } catch (error) {
    if (error instanceof StartProblem) throw error;
    throw new StartProblem(`Cannot keep the secret key in ${path}: ${String(error)}`, { cause: error });
  }
}

/** Leaves an existing file alone. */
async function createSecret(path: string): Promise<void> {
  try {
    const file = await open(path, "wx", 0o600);
    try {
      await file.writeFile(`${randomBytes(GENERATED_BYTES).toString("base64url")}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
}
