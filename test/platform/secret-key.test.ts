/** Key material is made once, kept to its owner, and never made anew by accident. */
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { loadSecretKeys } from "../../src/platform/secret-key.js";
import { StartProblem } from "../../src/platform/start-problem.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-secret-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

it("takes the configured keys and touches no file", async () => {
  const dataDir = join(folder, "untouched");
  expect(await loadSecretKeys({ secretKeys: ["one", "two"], dataDir })).toEqual(["one", "two"]);
  await expect(stat(dataDir)).rejects.toThrow("ENOENT");
});

it("makes a key that only its owner can read, and gives the same one ever after", async () => {
  const dataDir = join(folder, "data");
  const keys = await loadSecretKeys({ secretKeys: undefined, dataDir });
  expect(Buffer.from(keys[0] ?? "", "base64url")).toHaveLength(48);
  expect((await stat(join(dataDir, "secret"))).mode & 0o777).toBe(0o600);
  expect(await loadSecretKeys({ secretKeys: undefined, dataDir })).toEqual(keys);
  expect((await readFile(join(dataDir, "secret"), "utf8")).trim()).toBe(keys[0]);
});

it("does not replace an empty file, which a restore may have left", async () => {
  await writeFile(join(folder, "secret"), "");
  const loading = loadSecretKeys({ secretKeys: undefined, dataDir: folder });
  await expect(loading).rejects.toThrow(StartProblem);
  await expect(loading).rejects.toThrow(/secret is empty/);
});

it("says where a key cannot be kept", async () => {
  await writeFile(join(folder, "file"), "");
  const loading = loadSecretKeys({ secretKeys: undefined, dataDir: join(folder, "file") });
  await expect(loading).rejects.toThrow(/^Cannot keep the secret key in .*file\/secret: /);
});
