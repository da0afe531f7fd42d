/** Guarded rollouts over a real database: flags that people ask about, and events that they do, by the doors that applications use. */
import { sql } from "drizzle-orm";
import { evaluate } from "../../../src/features/delivery/index.js";
import { setFallthrough } from "../../../src/features/flags/set-fallthrough.js";
import { setFlagEnabled } from "../../../src/features/flags/set-flag-enabled.js";
import { systemCaller } from "../../../src/features/permissions/index.js";
import type { GuardedRollout } from "../../../src/features/rollouts/rollout.js";
import { readRollout } from "../../../src/features/rollouts/rollout.store.js";
import { runRollouts } from "../../../src/features/rollouts/run-rollouts.js";
import {
  type StartGuardedRollout,
  startGuardedRollout,
} from "../../../src/features/rollouts/start-guarded-rollout.js";
import { createMetric } from "../../../src/features/tracking/create-metric.js";
import { createTracking, findMetricsByKeys } from "../../../src/features/tracking/index.js";
import { keepDays } from "../../../src/features/tracking/keep-days.js";
import { track } from "../../../src/features/tracking/track.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { freshDatabase } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
import { admin, cipher, evaluationKey, openInstance } from "../delivery/delivery-fixture.js";

export const hourMs = 3_600_000;
export const begun = Date.parse("2026-03-10T12:00:00Z");

/** Time as everybody in the test has it. */
export class Clock {
  now = begun;

  pass(hours: number): void {
    this.now += hours * hourMs;
  }
}

const server = evaluationKey("SERVER");
const metrics = [
  ["errors", "CONVERSION", "DECREASE"],
  ["crashes", "COUNT", "DECREASE"],
  ["orders", "CONVERSION", "INCREASE"],
  ["latency", "MEAN", "DECREASE"],
  ["revenue", "SUM", "INCREASE"],
] as const;

/** Somebody who asked, and what they got. */
export interface Person {
  readonly unit: string;
  readonly variant: string;
}

export type RolloutFixture = Awaited<ReturnType<typeof openRollouts>>;

/** An instance over a database of its own, or over that one; the metrics are made where they are not there. */
export async function openRollouts(clock: Clock, given?: OpenDatabase) {
  const opened = given ?? (await freshDatabase());
  const now = () => clock.now;
  const instance = await openInstance({ opened, now });
  const { database } = opened;
  const tracking = createTracking({ database, log: silentLog, metrics: openMetrics(), cipher, now });
  await tracking.start();
  const tools = { ...instance.tools, tracking, answered: tracking.expose, log: silentLog };
  const known = await findMetricsByKeys(database, "default", [metrics[0][0]]);
  for (const [key, type, direction] of known.length > 0 ? [] : metrics) {
    await createMetric(tools, admin, { key, type, direction });
  }
  let events = 0;
  const ask = (flagKey: string, unit: string, attributes: object = {}): Person => {
    const context = { targetingKey: unit, attributes };
    return { unit, variant: evaluate(tools, server, { flagKey, context }).variant ?? "nothing" };
  };
  return {
    ...{ opened, instance, tools, tracking, clock, ask },
    /** A flag that is on and serves `off`. */
    addFlag: async (key: string): Promise<void> => {
      await instance.addFlag(key);
      const place = { flagKey: key, environment: "staging" };
      await setFallthrough(tools, admin, { ...place, serve: { variant: "off" } });
      await setFlagEnabled(tools, admin, { ...place, enabled: true });
    },
    start: async (input: Partial<StartGuardedRollout> & { readonly flagKey: string }) =>
      startGuardedRollout(tools, admin, { ...ordinary, ...input }),
    /** So many people ask for the first time; they are `name` and a number. */
    people: async (flagKey: string, name: string, count: number): Promise<Person[]> => {
      const asked = Array.from({ length: count }, (_none, index) => ask(flagKey, `${name}-${index}`));
      await tracking.flush();
      return asked;
    },
    /** Each of them does that once. */
    happens: async (metric: string, people: readonly Person[], value?: (index: number) => number) => {
      for (let from = 0; from < people.length; from += 500) {
        const sent = people.slice(from, from + 500).map(({ unit }, index) => ({
          ...{
            id: `event-${clock.now}-${(events += 1)}`,
            metric,
            unit,
            at: new Date(clock.now).toISOString(),
          },
          ...(value && { value: value(from + index) }),
        }));
        const { rejected } = await track(tools, server, { events: sent });
        if (rejected.length > 0) throw new Error(JSON.stringify(rejected[0]));
      }
    },
    /** Looks at all rollouts, as the chore does. */
    look: async () => runRollouts(tools, systemCaller("test")),
    /** As if the rollouts of earlier tests had ended, and the days had come that the clock is at. */
    endAll: async (): Promise<void> => {
      await database.execute(
        sql`update guarded_rollouts set status = 'ABORTED', ended_at = now() where ended_at is null`,
      );
      await keepDays({ database, now });
    },
    read: async ({ id }: Pick<GuardedRollout, "id">): Promise<GuardedRollout> => {
      const rollout = await readRollout(database, id);
      if (rollout === null) throw new Error(`There is no rollout ${id}.`);
      return rollout;
    },
    close: async () => {
      await tracking.close();
      await instance.close();
      if (given === undefined) await opened.close();
    },
  };
}

/** A day at 10 %, a day at 50 %, then everybody. */
export const ordinary = {
  environment: "staging",
  variant: "on",
  steps: [{ percent: 10, hold: { hours: 24 } }, { percent: 50, hold: { hours: 24 } }, { percent: 100 }],
  guardrails: [{ metric: "errors" }],
} as const satisfies Omit<StartGuardedRollout, "flagKey">;

/** One in so many of those who have the variant. */
export function oneIn(people: readonly Person[], variant: string, count: number): Person[] {
  return people.filter((person) => person.variant === variant).filter((_one, index) => index % count === 0);
}
