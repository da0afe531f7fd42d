/** One folder, one server: across processes, and however the holder ended. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockFolder } from "../../../src/platform/database/folder-lock.js";
import { lockByFile } from "../../../src/platform/database/lock-file.js";
import { StartProblem } from "../../../src/platform/start-problem.js";

const holderScript = fileURLToPath(new URL("lock-holder.ts", import.meta.url));
let folder: string;
let holder: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-lock-"));
});
afterEach(async () => {
  holder?.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

/** Another process that holds the folder from when this resolves until it is killed. */
async function holdElsewhere(way: "name" | "file"): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, ["--import", "tsx", holderScript, way, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  holder = child;
  const [said] = (await once(child.stdout, "data")) as [Buffer];
  expect(said.toString()).toBe("held\n");
  return async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
}

describe("a folder", () => {
  it("is refused to a second process, by whatever path, and free once the first was killed", async () => {
    const kill = await holdElsewhere("name");
    const message = /^Another server is using the data folder \/.*\. Stop it first, or set DATA_DIR/;
    await expect(lockFolder(folder)).rejects.toThrow(StartProblem);
    await expect(lockFolder(folder)).rejects.toThrow(message);
    const alias = `${folder}-alias`;
    await symlink(folder, alias);
    await expect(lockFolder(`${alias}/`)).rejects.toThrow(message);
    await rm(alias);

    await kill();
    const unlock = await lockFolder(folder);
    await unlock();
  });

  it("is refused to a second server of the same process, and free after the first let go", async () => {
    const unlock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toThrow(StartProblem);
    await unlock();
    await unlock();
    await (
      await lockFolder(folder)
    )();
  });

  it("is told from others that share the start of a long path", async () => {
    const [one, two] = ["one", "two"].map((name) => join(folder, "long".repeat(40), name)) as [
      string,
      string,
    ];
    await mkdir(one, { recursive: true });
    await mkdir(two);
    const unlocks = [await lockFolder(one), await lockFolder(two)];
    for (const unlock of unlocks) await unlock();
  });
});

describe("a lock kept in a file", () => {
  const path = (): string => join(folder, "server.lock");

  it("is refused to a second process and taken over from a killed one", async () => {
    const kill = await holdElsewhere("file");
    expect(await lockByFile(folder)).toBeUndefined();
    await kill();
    const unlock = await lockByFile(folder);
    expect(unlock).toBeTypeOf("function");
    expect(await lockByFile(folder)).toBeUndefined();
    await unlock?.();
    expect(await readdir(folder)).toEqual([]);
  });

  it("is taken over from a dead holder whose number another process got since", async () => {
    await writeFile(path(), `${process.pid} Thu Jan  1 00:00:00 1970`);
    expect(await lockByFile(folder)).toBeTypeOf("function");
  });

  it("is taken over when a power cut left the file without content", async () => {
    await writeFile(path(), "");
    expect(await lockByFile(folder)).toBeTypeOf("function");
  });

  it("goes to one of many that start together over a dead holder's file", async () => {
    await writeFile(path(), "999999999 long gone");
    const unlocks = await Promise.all(Array.from({ length: 8 }, async () => await lockByFile(folder)));
    expect(unlocks.filter((unlock) => unlock !== undefined)).toHaveLength(1);
  });
});
