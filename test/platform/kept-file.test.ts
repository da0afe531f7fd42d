import {
  type FileHandle,
  open as openFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { KeptFile } from "../../src/platform/kept-file.js";
import { createSigner } from "../../src/platform/signed-lines.js";

let folder: string;
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "halyard-kept-")), "snapshots");
});
afterEach(async () => rm(join(folder, ".."), { recursive: true, force: true }));

const open = (key = "a key of at least thirty-two bytes"): KeptFile =>
  new KeptFile(folder, createSigner([key], "tests"));

async function read(file = open(), refuses: readonly string[] = []): Promise<string | null> {
  let found: string | null = null;
  const taken = await file.read((lines) => {
    const text = [...lines].join(" ");
    if (refuses.includes(text)) return false;
    found = text;
    return true;
  });
  expect(taken).toBe(found !== null);
  return found;
}

it("is nothing before it was written, and then what was written last", async () => {
  expect(await read()).toBeNull();
  const file = open();
  for (const text of ["one", "two", "three"]) {
    await file.write(["it", "says", text]);
    expect(await read()).toBe(`it says ${text}`);
  }
  expect(await read(open(), ["it says three"])).toBe("it says two");
});

it("is its owner's alone", async () => {
  await open().write(["secret"]);
  expect((await stat(join(folder, "newest"))).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

it("gives the previous one where the newest was changed or is half, and does not put such a one in its place", async () => {
  const file = open();
  await file.write(["one"]);
  await file.write(["two"]);
  const whole = await readFile(join(folder, "newest"), "utf8");
  for (const broken of ["", whole.replace("two", "six"), whole.slice(0, -9)]) {
    await writeFile(join(folder, "newest"), broken);
    expect(await read()).toBe("one");
  }
  const next = open();
  expect(await read(next)).toBe("one");
  await next.write(["three"]);
  expect(await read()).toBe("three");
  expect(await read(open(), ["three"])).toBe("one");
});

it("is nobody else's", async () => {
  await open("another key of thirty-two bytes....").write(["forged"]);
  expect(await read()).toBeNull();
});

it("leaves nothing half where writing fails, and takes away what others left half long ago", async () => {
  const file = open();
  await file.write(["one"]);
  function* failing(): Generator<string> {
    yield "x".repeat(100_000);
    throw new Error("no more");
  }
  await expect(file.write(failing())).rejects.toThrow("no more");
  await writeFile(join(folder, "left.new"), "half");
  await writeFile(join(folder, "young.new"), "half");
  const anHourAgo = new Date((await stat(folder)).mtimeMs - 3_600_000);
  await utimes(join(folder, "left.new"), anHourAgo, anHourAgo);
  await file.write(["two"]);
  expect((await readdir(folder)).sort()).toEqual(["newest", "previous", "young.new"]);
  expect(await read()).toBe("two");
});

it("says where it cannot be written", async () => {
  await mkdir(join(folder, ".."), { recursive: true });
  await writeFile(folder, "a file in the way");
  await expect(open().write(["one"])).rejects.toThrow();
  expect(await read()).toBeNull();
});

it("is on the disk before it takes the place of the one before, and so is its name afterwards", async () => {
  const file = open();
  await file.write(["one"]);
  const probe = await openFile(join(folder, "newest"));
  const synced: string[] = [];
  const sync = vi.spyOn(Object.getPrototypeOf(probe) as FileHandle, "sync");
  sync.mockImplementation(async function (this: FileHandle) {
    const what = (await this.stat()).isFile() ? "file" : "folder";
    synced.push(`${what} while ${(await read()) ?? "nothing"} is the newest`);
  });
  try {
    await file.write(["two"]);
    expect(synced).toContain("file while one is the newest");
    expect(synced.at(-1)).toBe("folder while two is the newest");
  } finally {
    sync.mockRestore();
    await probe.close();
  }
});
