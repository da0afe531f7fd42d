/** The one place that chooses between the two buses, and loads the Redis client only for the one that needs it. */
import type { Config } from "../config.js";
import type { Log } from "../log.js";
import type { Bus } from "./bus.js";
import { openInProcessBus } from "./in-process.js";

/**
 * Redis at `redisUrl`, or else the bus inside the process.
 * @param now epoch milliseconds.
 * @throws {StartProblem} if Redis refuses; one that is away is waited for in the background.
 */
export async function openBus(config: Pick<Config, "redisUrl">, log: Log, now: () => number): Promise<Bus> {
  if (config.redisUrl === undefined) return openInProcessBus(log, now);
  const { openRedisBus } = await import("./redis.js");
  return await openRedisBus(config.redisUrl, log, now);
}
