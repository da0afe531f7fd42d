/** The folder lock where the kernel keeps no names: a file that says which process holds it. */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const ATTEMPTS = 100;
const PAUSE_MS = 20;

/**
 * Holds a folder by `server.lock`, or answers undefined if a living process holds it. A dead holder's file is taken over;
 * a process that merely got the number of the dead one is told apart by its start time.
 */
export async function lockByFile(folder: string): Promise<(() => Promise<void>) | undefined> {
  const path = join(folder, "server.lock");
  const mine = await describeProcess(process.pid);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (await create(path, mine)) return async () => await rm(path, { force: true });
    const theirs = await read(path);
    if (theirs === undefined) continue;
    if (await isAlive(theirs)) return undefined;
    await clear(path, theirs, mine);
  }
  return undefined;
}

/** Takes a dead holder's file away. One process at a time, so that nobody takes away what another has put there since. */
async function clear(path: string, dead: string, mine: string): Promise<void> {
  const turn = `${path}.turn`;
  if (!(await create(turn, mine))) {
    const other = await read(turn);
    if (other !== undefined && !(await isAlive(other))) await rm(turn, { force: true });
    return await sleep(PAUSE_MS);
  }
  try {
    if ((await read(path)) === dead) await rm(path, { force: true });
  } finally {
    await rm(turn, { force: true });
  }
}

/** Appears with its content or not at all, and only if there is none. */
async function create(path: string, content: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content, { flag: "wx", mode: 0o600 });
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft);
  }
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function isAlive(holder: string): Promise<boolean> {
  const pid = Number.parseInt(holder, 10);
  if (!(pid > 0)) return false; // torn by a power cut, which its writer did not survive either
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === "ESRCH") return false;
  }
  return (await describeProcess(pid)) === holder;
}

/** A process's number and, where `ps` tells it, start time: together they name it once and for all. */
async function describeProcess(pid: number): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "lstart=", "-p", String(pid)], {
      env: { LC_ALL: "C", TZ: "UTC" },
    });
    return `${pid} ${stdout.trim()}`;
  } catch {
    return `${pid}`;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
