/** PostgreSQL inside the process: durable, held by one server at a time, and frugal. */
import { access, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PGlite, type PGliteOptions } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import { syncPath, syncTree } from "../durable-folders.js";
import type { Log } from "../log.js";
import { makeFolder } from "../make-folder.js";
import { StartProblem } from "../start-problem.js";
import { unpackBlankCluster } from "./blank-cluster.js";
import type { DatabaseOptions, OpenDatabase } from "./database.js";
import { DurableFS } from "./durable-files.js";
import { lockFolder } from "./folder-lock.js";
import { migrateEmbedded } from "./migrate.js";
import { parsers, readClock, statementLogger } from "./parity.js";
import { YieldingPGlite } from "./yielding-pglite.js";

/** Keeps memory near 200 MB; as shipped it is four times that. */
const frugal = ["-c", "shared_buffers=16MB"];
const durable = ["-c", "fsync=on", "-c", "wal_sync_method=fsync", "-c", "full_page_writes=on"];

/**
 * Opens the database in `dataDir`, made at the first start.
 * @throws {StartProblem} if another server holds the folder or it cannot be opened.
 */
export async function openEmbedded(
  dataDir: string,
  log: Log,
  options: DatabaseOptions = {},
): Promise<OpenDatabase> {
  await makeDataFolder(dataDir);
  const unlock = await lockFolder(dataDir);
  try {
    const pglite = await openDurably(join(dataDir, "database"), log);
    return wrapEmbedded(pglite, unlock, options);
  } catch (error) {
    await unlock();
    throw new StartProblem(`The embedded database in ${dataDir} does not open: ${String(error)}`, {
      cause: error,
    });
  }
}

/** A database in memory that can be copied: `dump` gives what `openInMemory` takes. */
export interface InMemoryDatabase extends OpenDatabase {
  readonly dump: () => Promise<Blob>;
}

/** A database that lives in memory, a copy of a dump or empty. Nothing of it is kept. */
export async function openInMemory(dump?: Blob, options: DatabaseOptions = {}): Promise<InMemoryDatabase> {
  const pglite = await start({
    startParams: [...PGlite.defaultStartParams, ...frugal],
    ...(dump === undefined ? {} : { loadDataDir: dump }),
  });
  const opened = wrapEmbedded(pglite, async () => {}, options);
  return { ...opened, dump: async () => await pglite.dumpDataDir("none") };
}

function wrapEmbedded(pglite: PGlite, onClosed: () => Promise<void>, options: DatabaseOptions): OpenDatabase {
  const database = drizzle(pglite, { logger: statementLogger(options) });
  let closing: Promise<void> | undefined;
  return {
    database,
    reserved: database,
    kind: "pglite",
    answered: true,
    breaker: () => "closed",
    migrate: async (folder) => await migrateEmbedded(database, folder),
    ping: async (deadlineMs) => await readClock(database, deadlineMs),
    close: async () => await (closing ??= pglite.close().then(onClosed)),
  };
}

async function makeDataFolder(path: string): Promise<void> {
  try {
    await makeFolder(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartProblem(`The data folder ${path} cannot be made: ${reason}`, { cause: error });
  }
}

/** The first start builds the files elsewhere and renames them into place, so that half a database is never opened. */
async function openDurably(folder: string, log: Log): Promise<PGlite> {
  if (!(await exists(folder))) {
    log.info("Setting up the embedded database.");
    const draft = `${folder}.new`;
    await rm(draft, { recursive: true, force: true });
    if (!(await unpackBlankCluster(draft))) await (await startDurably(draft)).close();
    await syncTree(draft);
    await rename(draft, folder);
  }
  await syncPath(dirname(folder)); // every time: a start that was killed may have got no further than the renaming
  return await startDurably(folder);
}

async function startDurably(folder: string): Promise<PGlite> {
  return await start({
    fs: new DurableFS(folder),
    startParams: [...PGlite.defaultStartParams.filter((flag) => flag !== "-F"), ...frugal, ...durable],
  });
}

async function start(options: PGliteOptions): Promise<PGlite> {
  const pglite = new YieldingPGlite({ ...options, parsers });
  await pglite.waitReady;
  return pglite;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
