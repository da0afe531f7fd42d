/** What metrics were like by the hour, as PostgreSQL keeps it for those who watch over them: counted once an hour is over. */
import { bigint, foreignKey, index, pgTable, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { environments } from "../environments/environment.table.js";
import { metrics } from "./metric.table.js";
import { trials } from "./trial.table.js";
import type { WatchedKind } from "./watched-hours.js";

/** How many events of a metric came in; none where there were none. */
export const metricHours = pgTable(
  "metric_hours",
  {
    project: text().notNull(),
    environment: text().notNull(),
    metric: text().notNull(),
    /** Its beginning; by when the events were received. */
    hour: timestamp({ withTimezone: true }).notNull(),
    count: bigint({ mode: "number" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.environment, table.metric, table.hour] }),
    index("metric_hours_hour").on(table.hour),
    foreignKey({
      columns: [table.project, table.metric],
      foreignColumns: [metrics.project, metrics.key],
      name: "metric_hours_metric",
    }).onDelete("cascade"),
    foreignKey({
      columns: [table.project, table.environment],
      foreignColumns: [environments.project, environments.key],
      name: "metric_hours_environment",
    }).onDelete("cascade"),
  ],
);

/** Of the units that a trial exposed first in an hour, whatever their variant: how many did something soon; none where there were none. */
export const rateHours = pgTable(
  "rate_hours",
  {
    trial: uuid()
      .notNull()
      .references(() => trials.id, { onDelete: "cascade" }),
    /** Key of the metric whose events are looked for. */
    metric: text().notNull(),
    /** Its beginning. */
    hour: timestamp({ withTimezone: true }).notNull(),
    units: bigint({ mode: "number" }).notNull(),
    /** Units with an event within an hour of their first exposure. */
    did: bigint({ mode: "number" }).notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.trial, table.metric, table.hour] }),
    index("rate_hours_hour").on(table.hour),
  ],
);

/** Up to which hour there is something to judge by: what is counted is not counted again. */
export const watchMarks = pgTable("watch_marks", {
  what: text().$type<WatchedKind>().primaryKey(),
  /** The beginning of the last hour that is counted. */
  hour: timestamp({ withTimezone: true }).notNull(),
});
