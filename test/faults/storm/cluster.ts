/** A whole installation that can be mistreated: PostgreSQL, Redis, and servers with lines of their own to both. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../fuzz/random.js";
import { killable, type OwnPostgres, startOwnPostgres } from "../../support/services/postgres-server.js";
import { startOwnRedis } from "../../support/services/redis-server.js";
import type { OwnService } from "../../support/services/service.js";
import { openTcpProxy } from "../../support/tcp-proxy.js";
import { Doorbells } from "./doorbells.js";
import { Server } from "./server.js";

export interface Cluster {
  readonly folder: string;
  readonly postgres: OwnPostgres;
  readonly redis: OwnService;
  readonly doorbells: Doorbells;
  /** The first, the witness, lives through the whole storm; the others are ended and started again. */
  readonly servers: readonly Server[];
  /** The secret of the first start whose name begins so: `management`, `client_development`. */
  readonly key: (name: string) => string;
  /** Ends everything. The folder, with what the servers printed, stays where it is to be looked at. */
  readonly close: (options: { readonly keep: boolean }) => Promise<void>;
}

export interface ClusterOptions {
  readonly random: Random;
  readonly instances: number;
  readonly main: string;
  /** Called once the first server is there: what others load when they start, they also keep. */
  readonly furnish: (url: string, key: string) => Promise<void>;
}

const settings = {
  ...{ NODE_ENV: "development", LOG_LEVEL: "info", LOG_FORMAT: "json" },
  ...{ RATE_LIMIT_MANAGEMENT: "0", SANDBOX: "off" },
};

export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { random, instances, main, furnish } = options;
  const postgres = await startOwnPostgres(killable);
  const redis = await startOwnRedis();
  if (redis === undefined) throw new Error("The storm needs a redis-server on the PATH.");
  const folder = await mkdtemp(join(tmpdir(), "halyard-storm-"));
  const doorbells = new Doorbells(random);
  const secretKey = randomBytes(32).toString("base64url");
  const servers: Server[] = [];
  for (let index = 0; index < instances; index += 1) {
    const lines = {
      postgres: await openTcpProxy(addressOf(postgres.url)),
      redis: await openTcpProxy(addressOf(redis.url), doorbells.filter),
    };
    const addresses = {
      DATABASE_URL: `postgres://postgres@127.0.0.1:${lines.postgres.port}/postgres`,
      REDIS_URL: `redis://127.0.0.1:${lines.redis.port}`,
      SECRET_KEY: secretKey,
    };
    const name = `server-${index + 1}`;
    servers.push(
      await Server.make({ name, folder, main, ...lines, settings: { ...settings, ...addresses } }),
    );
  }
  const key = await startFirst(servers[0]);
  await furnish(servers[0]?.url ?? "", key("management"));
  for (const server of servers.slice(1)) await server.start();
  return {
    ...{ folder, postgres, redis, doorbells, servers, key },
    close: async ({ keep }) => {
      for (const server of servers) await closeServer(server, keep ? folder : undefined);
      await redis.strike("SIGCONT");
      await postgres.strike("SIGCONT");
      await redis.stop();
      await postgres.stop();
      if (!keep) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Gives the keys that the first start prints, once the last of them is there. */
async function startFirst(server: Server | undefined): Promise<Cluster["key"]> {
  await server?.start();
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; await sleep(50)) {
    const printed = server?.output ?? "";
    if (printed.includes("hal_management_")) return (name) => keyIn(printed, name);
  }
  throw new Error("The first start printed no keys.");
}

function keyIn(printed: string, name: string): string {
  const found = new RegExp(`hal_${name}_\\w+`).exec(printed)?.[0];
  if (found === undefined) throw new Error(`The first start printed no key hal_${name}_…`);
  return found;
}

async function closeServer(server: Server, folder: string | undefined): Promise<void> {
  await server.end("SIGKILL");
  await server.postgres.close();
  await server.redis.close();
  if (folder !== undefined) await writeFile(join(folder, `${server.name}.log`), server.output);
}

function addressOf(url: string): { host: string; port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
