/** The bus of several servers: graphql-redis-subscriptions as a doorbell, watched so that a dead line is noticed. */
import { RedisPubSub } from "graphql-redis-subscriptions";
import { Redis, type RedisOptions } from "ioredis";
import { z } from "zod";
import { withDeadline } from "../deadline.js";
import type { Log } from "../log.js";
import { StartProblem } from "../start-problem.js";
import type { Bus, Doorbell } from "./bus.js";
import { Line } from "./line.js";
import { Listeners } from "./listeners.js";
import { createAsking } from "./redis-asking.js";
import { createRedisLimits } from "./redis-limits.js";
import { createRedisStore } from "./redis-store.js";

/** For the first attempt; a start does not need it. */
const PATIENCE_MS = 2_000;
const RING_DEADLINE_MS = 500;
const HEARTBEAT_MS = 3_000;
const SLOWEST_RECONNECT_MS = 2_000;

const doorbellShape = z.object({ epoch: z.int().nonnegative(), seq: z.int().nonnegative() });

const connection: RedisOptions = {
  lazyConnect: true,
  connectionName: "halyard",
  enableOfflineQueue: false, // a doorbell that waits for a reconnection wakes nobody in time
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false, // the line subscribes; the client's own attempt fails unheard on a line that is cut again, and ends the process
  connectTimeout: 2_000,
  disconnectTimeout: 500,
  retryStrategy: (attempt) => Math.min(attempt * 100, SLOWEST_RECONNECT_MS),
};

/** What Redis says to a password, a user or a database that it does not take: it would say so again. */
const refused = /WRONGPASS|NOAUTH|NOPERM|invalid password|DB index/i;

/**
 * Connects to Redis. Installations that share a server are told apart by the number of its database. A Redis that is away, now or later, only
 * makes the bus deaf until it is back.
 * @param now epoch milliseconds.
 * @throws {StartProblem} if Redis refuses, or the URL cannot be read.
 */
export async function openRedisBus(
  url: string,
  log: Log,
  now: () => number,
  { heartbeatMs = HEARTBEAT_MS, patienceMs = PATIENCE_MS } = {},
): Promise<Bus> {
  const host = hostOf(url);
  const publisher = new Redis(url, connection);
  const subscriber = new Redis(url, connection);
  const channel = `halyard:doorbell:${subscriber.options.db ?? 0}`;
  const prepare = async (): Promise<void> => {
    // A subscription that overtakes the client's own questions to the server makes it connect again, without the subscription.
    if (subscriber.status !== "ready") throw new Error("the connection was closed");
    await subscriber.subscribe(channel);
  };
  const line = new Line([publisher, subscriber], { log, now, heartbeatMs, prepare });
  const pubsub = new RedisPubSub({ publisher, subscriber: trusting(subscriber) });
  const { ask, breaker, heard } = createAsking();
  line.onBack(heard);
  const rings = new Listeners<[Doorbell]>(log);
  let failures = 0;

  await pubsub.subscribe(channel, (message: unknown) => {
    const doorbell = doorbellShape.safeParse(message);
    if (doorbell.success) rings.tell(doorbell.data);
  });
  await begin(line, host, log, patienceMs);
  const limits = createRedisLimits(publisher, ask, now);
  return {
    limits: limits.limits,
    shared: createRedisStore(publisher, ask),
    ring: async (doorbell) => {
      await ask(async () => pubsub.publish(channel, doorbell), RING_DEADLINE_MS).catch(() => {
        failures += 1;
      });
    },
    onRing: (listener) => rings.add(listener),
    onReady: (listener) => line.onBack(listener),
    status: () => ({ kind: "redis", ...line.status(), failures, breaker: breaker() }),
    close: async () => {
      rings.clear();
      limits.close();
      line.close();
      await Promise.resolve();
    },
  };
}

function hostOf(url: string): string {
  if (URL.canParse(url)) return new URL(url).host;
  throw new StartProblem("REDIS_URL cannot be read: it must look like redis://user:password@host:6379/0");
}

/** The package takes a subscription that fails for a bug, and the process with it: it only registers, and the line subscribes. */
function trusting(subscriber: Redis): Redis {
  const on = subscriber.on.bind(subscriber);
  const subscribe = (_channel: string, done: (error: null) => void): void => done(null);
  return { on, subscribe } as unknown as Redis;
}

/** Waits for the first attempt for a while. */
async function begin(line: Line, host: string, log: Log, patienceMs: number): Promise<void> {
  const late = (): Error => new Error(`no answer within ${patienceMs / 1000} s`);
  const failure = await withDeadline(line.open(), patienceMs, late).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error : late()),
  );
  if (line.lastError !== undefined && refused.test(line.lastError)) {
    line.close();
    throw new StartProblem(`Redis at ${host} cannot be used: ${line.lastError}`, { cause: failure });
  }
  if (failure === null) return;
  line.miss();
  const reason = line.lastError ?? failure.message;
  log.warn(
    { reason },
    `Redis at ${host} does not answer: changes elsewhere are found by polling until it does`,
  );
}
