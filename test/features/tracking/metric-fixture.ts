/** What was tracked and measured, as it stands in the database; how it comes there is for others to test. */
import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { createFlag } from "../../../src/features/flags/index.js";
import type { Metric } from "../../../src/features/tracking/metric.js";
import { adminCaller, type TestTools } from "../../support/tools.js";

/** One event of that key, in development. */
export async function trackedOnce({ database }: TestTools, key: string, project = "default"): Promise<void> {
  await database.execute(
    sql`create table if not exists metric_events_of_tests partition of metric_events default`,
  );
  await database.execute(sql`
    insert into metric_events (day, project, environment, event_id, unit, metric, at, value)
    values ('2026-01-01', ${project}, 'development', ${randomUUID()}, 'unit'::bytea, ${key}, '2026-01-01T00:00:00Z', 1)`);
}

/** A trial in development, on a flag of its own, that measures the metric by events of the key `source`. Gives what ends it. */
export async function measured(
  tools: TestTools,
  { id, project, key }: Pick<Metric, "id" | "project" | "key">,
  flag: string,
  source = key,
): Promise<() => Promise<void>> {
  const { database } = tools;
  const trial = randomUUID();
  await createFlag(tools, adminCaller(), { project, key: flag });
  await database.execute(sql`
    insert into trials (id, project, environment, flag, attribute, started_at)
    values (${trial}, ${project}, 'development', ${flag}, 'targetingKey', '2026-01-01T00:00:00Z')`);
  await database.execute(sql`
    insert into trial_metrics (trial, metric, source, part) values (${trial}, ${id}, ${source}, 'COUNT')`);
  return async () => {
    await database.execute(sql`update trials set ended_at = '2026-01-02T00:00:00Z' where id = ${trial}`);
  };
}
