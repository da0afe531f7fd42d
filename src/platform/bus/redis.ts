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
import { createRedisLimits } from "./redis-limits.js";

const START_DEADLINE_MS = 5_000;
const RING_DEADLINE_MS = 500;
const HEARTBEAT_MS = 3_000;
const SLOWEST_RECONNECT_MS = 2_000;

const doorbellShape = z.object({ epoch: z.int().nonnegative(), seq: z.int().nonnegative() });

const connection: RedisOptions = {
  lazyConnect: true,
  connectionName: "halyard",
  enableOfflineQueue: false, // a doorbell that waits for a reconnection wakes nobody in time
  autoResendUnfulfilledCommands: false,
  connectTimeout: 2_000,
  disconnectTimeout: 500,
  retryStrategy: (attempt) => Math.min(attempt * 100, SLOWEST_RECONNECT_MS),
};

/**
 * Connects to Redis. Installations that share a server are told apart by the number of its database.
 * @param now epoch milliseconds.
 * @throws {StartProblem} if Redis cannot be reached; losing it later only makes the bus deaf until it is back.
 */
export async function openRedisBus(
  url: string,
  log: Log,
  now: () => number,
  { heartbeatMs = HEARTBEAT_MS, startDeadlineMs = START_DEADLINE_MS } = {},
): Promise<Bus> {
  const publisher = new Redis(url, connection);
  const subscriber = new Redis(url, connection);
  const line = new Line([publisher, subscriber], { log, now, heartbeatMs });
  const pubsub = new RedisPubSub({ publisher, subscriber });
  const channel = `halyard:doorbell:${subscriber.options.db ?? 0}`;
  const rings = new Listeners<[Doorbell]>(log);
  let failures = 0;

  const opening = line.open().then(async () => {
    await pubsub.subscribe(channel, (message: unknown) => {
      const doorbell = doorbellShape.safeParse(message);
      if (doorbell.success) rings.tell(doorbell.data);
    });
  });
  await requireLine(opening, line, url, startDeadlineMs);
  const shared = createRedisLimits(publisher, now);
  return {
    limits: shared.limits,
    ring: async (doorbell) => {
      const late = (): Error => new Error("the doorbell was not taken in time");
      await withDeadline(pubsub.publish(channel, doorbell), RING_DEADLINE_MS, late).catch(() => {
        failures += 1;
      });
    },
    onRing: (listener) => rings.add(listener),
    onReady: (listener) => line.onBack(listener),
    status: () => ({ kind: "redis", ...line.status(), failures }),
    close: async () => {
      rings.clear();
      shared.close();
      line.close();
      await Promise.resolve();
    },
  };
}

async function requireLine(
  opening: Promise<void>,
  line: Line,
  url: string,
  deadlineMs: number,
): Promise<void> {
  try {
    await withDeadline(opening, deadlineMs, () => new Error(`no answer within ${deadlineMs / 1000} s`));
  } catch (error) {
    line.close();
    const reason = line.lastError ?? (error instanceof Error ? error.message : String(error));
    throw new StartProblem(`Redis at ${new URL(url).host} cannot be used: ${reason}`, { cause: error });
  }
}
