/** Both buses, as many instances of one installation as a test needs. */
import { afterEach, describe } from "vitest";
import { openInProcessBus } from "../../src/platform/bus/in-process.js";
import type { Bus, BusStatus } from "../../src/platform/bus/index.js";
import { openRedisBus } from "../../src/platform/bus/redis.js";
import { redisUrl } from "./services.js";
import { silentLog } from "./silent-log.js";

/** The clock of all buses of a suite: it stands still but for what a test lets pass. */
interface Clock {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly pass: (milliseconds: number) => void;
}

/** Runs one suite over both buses; what `open` opened is closed after each test. To be awaited at the top of a file. */
export async function describeBuses(
  name: string,
  suite: (open: () => Promise<Bus>, kind: BusStatus["kind"], clock: Clock) => void,
): Promise<void> {
  const url = await redisUrl(name);
  let instant = Date.now();
  const now = (): number => instant;
  const clock = { now, pass: (milliseconds: number) => void (instant += milliseconds) };
  const openers: Readonly<Record<BusStatus["kind"], () => Promise<Bus>>> = {
    "in-process": async () => await Promise.resolve(openInProcessBus(silentLog, now)),
    redis: async () => await openRedisBus(url ?? "", silentLog, now),
  };
  for (const kind of ["in-process", "redis"] as const) {
    describe.skipIf(kind === "redis" && url === undefined)(`${name} on ${kind}`, () => {
      const opened: Bus[] = [];
      afterEach(async () => {
        for (const bus of opened.splice(0)) await bus.close();
      });
      suite(
        async () => {
          const bus = await openers[kind]();
          opened.push(bus);
          return bus;
        },
        kind,
        clock,
      );
    });
  }
}
