/**
 * Starts a service when the first test asks for it, once for all workers, so that a run of pure tests waits for none.
 * Workers ask over HTTP; see ../services.ts.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import postgres from "postgres";
import { StartProblem } from "../../../src/platform/start-problem.js";
import { openPostgres } from "../../../src/platform/database/postgres.js";
import { buildServer } from "./built-server.js";
import { migratedDump } from "./migrated-dump.js";
import { startPostgres } from "./postgres-server.js";
import { startRedis } from "./redis-server.js";
import type { Service } from "./service.js";

/** What the desk answers to `GET /<name>`; null where there is no such service. */
export interface ServiceAnswers {
  /** A server, and the name of a migrated database on it to copy. Names of copies begin with `prefix`. */
  readonly postgresql: { readonly url: string; readonly prefix: string; readonly template: string };
  readonly redis: { readonly url: string } | null;
  /** Path of a migrated database's dump. */
  readonly pglite: { readonly dump: string };
  /** Path of the `main.js` of a built server. */
  readonly built: { readonly main: string };
}

export interface ServiceDesk {
  readonly url: string;
  /** Stops what was started. Answers the suites that had to be skipped. */
  readonly close: () => Promise<readonly string[]>;
}

export async function openServiceDesk(): Promise<ServiceDesk> {
  const cleanUps: (() => Promise<void>)[] = [];
  const skipped: string[] = [];
  const started = new Map<string, Promise<unknown>>();
  const starters: { [Name in keyof ServiceAnswers]: () => Promise<ServiceAnswers[Name]> } = {
    postgresql: async () => await preparePostgres(cleanUps),
    redis: async () => await prepareRedis(cleanUps),
    pglite: async () => ({ dump: await migratedDump() }),
    built: async () => await prepareServer(cleanUps),
  };
  const answer = async (path: string): Promise<unknown> => {
    const [, name = "", suite] = decodeURIComponent(path).split("/");
    if (suite !== undefined) return skipped.push(suite);
    const starter = Object.entries(starters).find(([known]) => known === name)?.[1];
    if (starter === undefined) throw new Error(`no service ${name}`);
    const service = started.get(name) ?? starter();
    started.set(name, service);
    return await service;
  };

  const server = createServer((request, response) => {
    response.setHeader("connection", "close"); // a busy worker would come back on a connection that timed out
    answer(request.url ?? "").then(
      (found) => response.end(JSON.stringify(found)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await Promise.allSettled(started.values());
      for (const cleanUp of cleanUps.reverse()) await cleanUp();
      return skipped;
    },
  };
}

async function preparePostgres(cleanUps: (() => Promise<void>)[]): Promise<ServiceAnswers["postgresql"]> {
  const service = await startPostgres();
  cleanUps.push(service.stop);
  const prefix = `halyard_test_${process.pid}_`;
  const template = `${prefix}template`;
  const admin = postgres(service.url, { max: 1 });
  await admin.unsafe(`create database ${template}`);
  cleanUps.push(async () => {
    const copies = await admin<{ datname: string }[]>`
      select datname from pg_database where starts_with(datname, ${prefix})`;
    for (const { datname } of copies) await admin.unsafe(`drop database ${datname} with (force)`);
    await admin.end();
  });
  const copied = new URL(service.url);
  copied.pathname = template;
  const database = await openPostgres(copied.href);
  await database.migrate();
  await database.close();
  return { url: service.url, prefix, template };
}

async function prepareServer(cleanUps: (() => Promise<void>)[]): Promise<ServiceAnswers["built"]> {
  const { main, remove } = await buildServer();
  cleanUps.push(remove);
  return { main };
}

async function prepareRedis(cleanUps: (() => Promise<void>)[]): Promise<ServiceAnswers["redis"]> {
  const service: Service | undefined = await startRedis();
  if (service !== undefined) {
    cleanUps.push(service.stop);
    return { url: service.url };
  }
  if (process.env["REQUIRE_SERVICES"] === "1") {
    throw new StartProblem("REQUIRE_SERVICES=1, but there is no TEST_REDIS_URL, redis-server or Docker");
  }
  return null;
}
