/** Key material is made once, kept to its owner, and never made anew by accident. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadSecretKeys, prependSecretKey } from "../../src/platform/secret-key.js";
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
  expect(await readdir(dataDir)).toEqual(["secret"]);
});

it("agrees with whoever makes one at the same moment", async () => {
  const place = { secretKeys: undefined, dataDir: join(folder, "data") };
  const made = await Promise.all(Array.from({ length: 8 }, async () => loadSecretKeys(place)));
  expect(new Set(made.flat()).size).toBe(1);
  expect(await readdir(place.dataDir)).toEqual(["secret"]);
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

describe("a fresh key", () => {
  it("stands in front of those that are there, of which none is lost", async () => {
    const place = { secretKeys: undefined, dataDir: join(folder, "data") };
    const [first = ""] = await loadSecretKeys(place);
    const [second = ""] = await prependSecretKey(place.dataDir);
    const third = await prependSecretKey(place.dataDir);
    expect(third.slice(1)).toEqual([second, first]);
    expect(new Set(third).size).toBe(3);
    expect(await loadSecretKeys(place)).toEqual(third);
    expect(await readdir(place.dataDir)).toEqual(["secret"]);
    expect((await stat(join(place.dataDir, "secret"))).mode & 0o777).toBe(0o600);
  });
});

it.each(["short", `${"long enough ".repeat(4)},short`, ",", `${"long enough ".repeat(4)},`])(
  "takes no file that was cut off: %j",
  async (content) => {
    await writeFile(join(folder, "secret"), content);
    const loading = loadSecretKeys({ secretKeys: undefined, dataDir: folder });
    await expect(loading).rejects.toThrow(StartProblem);
    expect(await readFile(join(folder, "secret"), "utf8")).toBe(content);
  },
);
