import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeFolder } from "../../src/platform/make-folder.js";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "halyard-folder-"));
});
afterAll(async () => rm(root, { recursive: true, force: true }));

it("makes a folder and its parents, for their owner alone, and leaves one alone that is there", async () => {
  const path = join(root, "a", "b", "c");
  await makeFolder(path);
  await makeFolder(path);
  for (const made of [path, join(root, "a")]) {
    const { mode } = await stat(made);
    expect(mode & 0o777).toBe(0o700);
  }
});

it("says so where something else has the name", async () => {
  const path = join(root, "file");
  await writeFile(path, "");
  await expect(makeFolder(path)).rejects.toThrow("EEXIST");
  await expect(makeFolder(join(path, "below"))).rejects.toThrow("EEXIST");
});

it.runIf(process.platform === "linux")("gives up below a folder that takes none", async () => {
  await expect(makeFolder("/proc/halyard/data")).rejects.toThrow("ENOENT");
});
