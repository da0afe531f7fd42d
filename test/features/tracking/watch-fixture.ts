/** Metrics with hours that were counted and events that were not, and instances that look at them. */
import { sql } from "drizzle-orm";
import { keepDays } from "../../../src/features/tracking/keep-days.js";
import { MetricWatch } from "../../../src/features/tracking/watch-metrics.js";
import type { Log } from "../../../src/platform/log.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { silentLog } from "../../support/silent-log.js";
import { day, type Fixture, hour, openFixture } from "../analytics/analytics-fixture.js";

/** The first hour that is not counted yet. */
export const firstHour = Date.parse("2020-06-08T10:00:00Z");
export const iso = (moment: number): string => new Date(moment).toISOString();
export const minutesAfter = (end: number, minutes: number): number => end + hour + minutes * 60_000;

/** Events of staging, evenly over an hour, and told at once. */
export async function insertEvents({ database }: Fixture, metric: string, from: number, count: number) {
  await database.execute(sql`
    insert into metric_events (day, project, environment, event_id, unit, metric, at, value, received_at)
    select (at at time zone 'UTC')::date, 'default', 'staging', gen_random_uuid()::text, sha256('somebody'), ${metric}, at, 1, at
    from (select ${iso(from)}::timestamptz + number * interval '1 hour' / ${count} as at
      from generate_series(0, ${count - 1}) as number) as one`);
}

/** So many events an hour as if they had been counted already. */
export async function insertCounted(
  { database }: Fixture,
  metric: string,
  count: number,
  from: number,
  to = firstHour,
) {
  await database.execute(sql`
    insert into metric_hours (project, environment, metric, hour, count)
    select 'default', 'staging', ${metric}, hour, ${count}
    from generate_series(${iso(from)}::timestamptz, ${iso(to - hour)}::timestamptz, interval '1 hour') as hour`);
}

export async function insertMetrics({ database }: Fixture, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    await database.execute(sql`
      insert into metrics (project, key, name, type, direction) values ('default', ${key}, ${key}, 'COUNT', 'INCREASE')`);
  }
}

/** An instance that looks at a moment, and what it says. */
export function watching({ database }: Fixture) {
  const metrics = openMetrics();
  const lines: string[] = [];
  const warn = (_fields: object, text: string) => lines.push(text);
  let now = 0;
  const log = { ...silentLog, warn } as unknown as Log;
  const watch = new MetricWatch({ database, log, metrics, now: () => now });
  return {
    lines,
    look: async (at: number, signal?: AbortSignal) => {
      now = at;
      return watch.look(signal);
    },
    figures: async (): Promise<string[]> =>
      (await metrics.render())
        .split("\n")
        .filter((line) => line.startsWith("halyard_metric_anomalies_total{")),
  };
}

export async function openWatched(opened: Parameters<typeof openFixture>[0], ...metrics: readonly string[]) {
  const fixture = await openFixture(opened);
  await insertMetrics(fixture, ...metrics);
  await keepDays({ database: fixture.database, now: () => firstHour + day });
  await fixture.database.execute(sql`
    insert into watch_marks (what, hour) values ('EVENTS', ${iso(firstHour - hour)}), ('RATES', ${iso(firstHour - 2 * hour)})`);
  return fixture;
}
