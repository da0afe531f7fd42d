/** The embedded database keeps what it acknowledged, however the server ended. */
import { sql } from "drizzle-orm";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { unpackBlankCluster, writeBlankCluster } from "../../../src/platform/database/blank-cluster.js";
import { openDatabase, rowsOf, type OpenDatabase } from "../../../src/platform/database/index.js";
import { StartProblem } from "../../../src/platform/start-problem.js";
import { silentLog } from "../../support/silent-log.js";

const writer = fileURLToPath(new URL("embedded-writer.ts", import.meta.url));
let folder: string;
let opened: OpenDatabase | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-embedded-"));
  await writeBlankCluster(folder);
  expect(await unpackBlankCluster(join(folder, "database"), folder)).toBe(true);
});
afterEach(async () => {
  await opened?.close();
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function open(dataDir = folder): Promise<OpenDatabase> {
  opened = await openDatabase({ databaseUrl: undefined, dataDir }, silentLog);
  return opened;
}

/** Kills a writing server after some acknowledged rows; answers the last one that was acknowledged. */
async function writeAndKill(rows: number): Promise<number> {
  const server = spawn(process.execPath, ["--import", "tsx", writer, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let acknowledged = 0;
  let seen = 0;
  for await (const line of createInterface(server.stdout)) {
    acknowledged = Number(line);
    seen += 1;
    if (seen === rows) server.kill("SIGKILL");
  }
  if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  return acknowledged;
}

describe("a server that is killed while it writes", () => {
  it("has lost nothing that it acknowledged", async () => {
    for (const rows of [1, 150]) {
      const acknowledged = await writeAndKill(rows);
      const { database, close } = await open();
      const result = await database.execute(
        sql`select count(*)::int as count, max(id) as last from acknowledged`,
      );
      const { count, last } = rowsOf(result)[0] as { count: number; last: number };
      expect(last).toBeGreaterThanOrEqual(acknowledged);
      expect(count).toBe(last);
      await close();
    }
  });
});

describe("an empty database from the build", () => {
  it("is packed once", async () => {
    const name = (await readdir(folder)).find((entry) => entry.startsWith("blank-cluster-")) ?? "";
    const before = await stat(join(folder, name));
    await writeBlankCluster(folder);
    expect((await stat(join(folder, name))).mtimeMs).toBe(before.mtimeMs);
  });

  it("is missing where nothing was built", async () => {
    const place = join(folder, "nothing");
    expect(await unpackBlankCluster(place, join(folder, "unbuilt"))).toBe(false);
    await expect(stat(place)).rejects.toThrow("ENOENT");
  });
});

describe("a folder", () => {
  it("is refused while a server uses it, in words that name it", async () => {
    await open();
    const second = openDatabase({ databaseUrl: undefined, dataDir: folder }, silentLog);
    await expect(second).rejects.toThrow(StartProblem);
    await expect(second).rejects.toThrow(`Another server is using the data folder ${folder}`);
  });

  it("left behind by a first start that was cut short is made anew, like the one from the build", async () => {
    const described = sql`select version(), current_user, datname, pg_encoding_to_char(encoding), datcollate, datctype
      from pg_database where datname = current_database()`;
    const built = await open();
    const expected = rowsOf(await built.database.execute(described));
    await built.close();

    const unfinished = join(folder, "unfinished");
    await mkdir(join(unfinished, "database.new"), { recursive: true });
    await writeFile(join(unfinished, "database.new", "PG_VERSION"), "");
    const { database } = await open(unfinished);
    expect(rowsOf(await database.execute(described))).toEqual(expected);
    expect(await readdir(unfinished)).toEqual(["database"]);
  });

  it("that cannot be made or holds something else is a problem in one line, and stays free", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(open(join(folder, "file", "data"))).rejects.toThrow(/^The data folder .* cannot be made: /);
    const strange = join(folder, "strange");
    await mkdir(join(strange, "database"), { recursive: true });
    await writeFile(join(strange, "database", "PG_VERSION"), "9.6\n");
    for (const _attempt of [1, 2]) {
      const opening = open(strange);
      await expect(opening).rejects.toThrow(StartProblem);
      await expect(opening).rejects.toThrow(/^The embedded database in .* does not open: /);
    }
  });
});

describe("a commit", () => {
  it("is on the disk before it is acknowledged", async () => {
    const fsync = vi.spyOn(fs, "fsyncSync");
    syncBuiltinESMExports();
    try {
      const { database } = await open();
      await database.execute(sql`create table if not exists synced (id int)`);
      for (let id = 0; id < 10; id += 1) {
        fsync.mockClear();
        await database.execute(sql`insert into synced values (${id})`);
        expect(fsync).toHaveBeenCalled();
      }
      const settings = await database.execute(
        sql`select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'wal_sync_method') order by 1`,
      );
      expect(rowsOf(settings).map(({ name, setting }) => `${String(name)}=${String(setting)}`)).toEqual([
        "fsync=on",
        "full_page_writes=on",
        "wal_sync_method=fsync",
      ]);
    } finally {
      fsync.mockRestore();
      syncBuiltinESMExports();
    }
  });
});
