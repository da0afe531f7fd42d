/** The one place that chooses between the two buses. */
import type { Config } from "../config.js";
import type { Log } from "../log.js";
import type { Bus } from "./bus.js";
import { openInProcessBus } from "./in-process.js";
import { openRedisBus } from "./redis.js";

/**
 * Redis at `redisUrl`, or else the bus inside the process.
 * @param now epoch milliseconds.
 * @throws {StartProblem} if Redis cannot be reached.
 */
export async function openBus(config: Pick<Config, "redisUrl">, log: Log, now: () => number): Promise<Bus> {
  return config.redisUrl === undefined
    ? openInProcessBus(log, now)
    : await openRedisBus(config.redisUrl, log, now);
}
