/** Key material that nobody set is made once and kept beside the embedded database. */
import { randomBytes, randomUUID } from "node:crypto";
import { link, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Config } from "./config.js";
import { syncPath } from "./durable-folders.js";
import { makeFolder } from "./make-folder.js";
import { StartProblem } from "./start-problem.js";

const generatedBytes = 48;
const leastBytes = 32;

/**
 * The configured keys, or those in `dataDir/secret`, made with mode 0600 if there is no such file. Newest first.
 * @throws {StartProblem} if the file is empty, holds a key that is too short, or cannot be read or written.
 */
export async function loadSecretKeys({
  secretKeys,
  dataDir,
}: Pick<Config, "secretKeys" | "dataDir">): Promise<readonly string[]> {
  if (secretKeys !== undefined) return secretKeys;
  return keeping(dataDir, async (path) => {
    await makeFolder(dataDir);
    await writeSecret(path, [makeKey()], link).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
    return readSecret(path);
  });
}

/**
 * Puts a fresh key in front of those in `dataDir/secret` and gives all of them. No server may be running on them.
 * @throws {StartProblem} like `loadSecretKeys`.
 */
export async function prependSecretKey(dataDir: string): Promise<readonly string[]> {
  const keys = [makeKey(), ...(await loadSecretKeys({ secretKeys: undefined, dataDir }))];
  return keeping(dataDir, async (path) => {
    await writeSecret(path, keys, rename);
    return readSecret(path);
  });
}

async function keeping<T>(dataDir: string, work: (path: string) => Promise<T>): Promise<T> {
  const path = join(dataDir, "secret");
  try {
    return await work(path);
  } catch (error) {
    if (error instanceof StartProblem) throw error;
    throw new StartProblem(`Cannot keep the secret key in ${path}: ${String(error)}`, { cause: error });
  }
}

async function readSecret(path: string): Promise<readonly string[]> {
  const keys = (await readFile(path, "utf8")).split(",").map((key) => key.trim());
  if (keys.join("") === "")
    throw new StartProblem(`${path} is empty; restore it, or delete it to make a new key`);
  if (keys.some((key) => Buffer.byteLength(key) < leastBytes)) {
    throw new StartProblem(`${path} holds a key of less than ${leastBytes} bytes; restore the file`);
  }
  return keys;
}

/**
 * Never half a file, whenever the power goes: it is written beside its place, and put there whole. `link` leaves an existing file alone (EEXIST),
 * `rename` replaces it.
 */
async function writeSecret(path: string, keys: readonly string[], put: typeof rename): Promise<void> {
  const beside = `${path}.${randomUUID()}`;
  const file = await open(beside, "wx", 0o600);
  try {
    await file.writeFile(`${keys.join(",")}\n`);
    await file.sync();
    await put(beside, path);
  } finally {
    await file.close();
    await rm(beside, { force: true });
  }
  await syncPath(dirname(path));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function makeKey(): string {
  return randomBytes(generatedBytes).toString("base64url");
}
