/** What the sums of a trial must be, by plain SQL on the rows of exposures and events: slow, and without a word of the statements that keep the sums. */
import { sql, type SQL } from "drizzle-orm";
import type { TrialSums } from "../../../../src/features/tracking/sums.js";
import type { TrialMetric, TrialSlot } from "../../../../src/features/tracking/trial.js";
import { type Database, rowsOf } from "../../../../src/platform/database/index.js";
import { type Defined, place } from "../tracking-fixture.js";

/** By the definition alone; cells where nobody did anything are left out. */
export async function bruteForceInSql(database: Database, trial: Defined): Promise<TrialSums> {
  const exposed = await database.execute(sql`
    with ${people(trial)}, ${past(trial)}
    select epoch, variant, day, count(*) as n, count(*) filter (where conflicted) as conflicted,
      ${exactly("coalesce(x, 0)")} as "sumX", ${exactly("coalesce(x * x, 0)")} as "sumXx"
    from people left join past using (unit) group by epoch, variant, day`);
  const measured = await database.execute(sql`
    with ${people(trial)}, ${past(trial)}, ${did(trial)}
    select metric, epoch, variant, day, count(*) filter (where y <> 0) as nonzero,
      ${exactly("y")} as "sumY", ${exactly("y * y")} as "sumYy", ${exactly("d")} as "sumD", ${exactly("d * d")} as "sumDd",
      ${exactly("y * d")} as "sumYd", ${exactly("y * coalesce(x, 0)")} as "sumXy"
    from did join people using (unit) left join past using (unit) group by metric, epoch, variant, day`);
  const numbers = (row: Row, ...names: string[]) =>
    Object.fromEntries(names.map((name) => [name, Number(row[name])]));
  return {
    exposures: rowsOf(exposed).map((row) => ({ ...row, ...numbers(row, "epoch", "n", "conflicted") })),
    metrics: rowsOf(measured).map((row) => ({ ...row, ...numbers(row, "epoch", "nonzero") })),
  } as unknown as TrialSums;
}

type Row = Readonly<Record<string, unknown>>;

function exactly(expression: string): SQL {
  return sql.raw(`trim_scale(sum(${expression})::numeric)::text`);
}

/** Who counts: was exposed before the end, in buckets that no later epoch gave to others. */
function people({ id, epochs, endedAt }: Defined): SQL {
  const ranges = epochs.flatMap(({ epoch, slots, from }) =>
    rangesOf(slots).map((range) => ({ epoch, from: moment(from), ...range })),
  );
  return sql`
    slots as (select * from json_to_recordset(${JSON.stringify(ranges)}::text::json)
      as given(epoch int, "from" timestamptz, low int, high int, variant text)),
    people as (
      select unit, epoch, variant, first_at, conflicted, to_char(first_at at time zone 'UTC', 'YYYY-MM-DD') as day
      from exposures as x where trial = ${id}::uuid and first_at <= ${endOf(endedAt)} and not exists (
        select from slots as own join slots as later on later.epoch > own.epoch
        where own.epoch = x.epoch and own.low <= x.bucket and x.bucket < own.high
          and later.low <= x.bucket and x.bucket < later.high
          and x.first_at < later."from" and later.variant is distinct from own.variant)
    )`;
}

const happened = sql`(select unit, metric, at, value from metric_events
  where project = ${place.project} and environment = ${place.environment})`;

/** What people did in the two weeks before. */
function past({ metrics }: Defined): SQL {
  const covariate = metrics.find(({ isCovariate }) => isCovariate);
  if (covariate?.type === "RATIO") throw new Error("The covariate must have one number for each unit.");
  const each = sql.raw(covariate?.type === "SUM" || covariate?.type === "MEAN" ? "value" : "1");
  return sql`past as (
    select unit, sum(${each}) as x from people join ${happened} as e using (unit)
    where metric = ${covariate?.key ?? null} and at < first_at and at >= first_at - interval '336 hours' group by unit)`;
}

/** What people did from then on, by each metric: y, and d by which it is divided. */
function did({ metrics, endedAt }: Defined): SQL {
  return sql`
    measures as (select * from json_to_recordset(${JSON.stringify(metrics.map(measureOf))}::text::json)
      as given(id text, above text, "aboveType" text, below text, "belowType" text, hours int, cap numeric)),
    acts as (
      select unit, id, count(*) filter (where metric = above) as times_above, count(*) filter (where metric = below) as times_below,
        coalesce(sum(value) filter (where metric = above), 0) as sum_above,
        coalesce(sum(value) filter (where metric = below), 0) as sum_below
      from people join ${happened} as e using (unit) join measures on metric = above or metric = below
      where at >= first_at and at <= ${endOf(endedAt)} and (hours is null or at < first_at + hours * interval '1 hour')
      group by unit, id
    ),
    did as (
      select unit, id as metric,
        least(case "aboveType" when 'CONVERSION' then least(times_above, 1) when 'COUNT' then times_above else sum_above end, cap) as y,
        case "belowType" when 'CONVERSION' then least(times_below, 1) when 'COUNT' then times_below
          when 'SUM' then sum_below else 0 end as d
      from acts join measures using (id)
    )`;
}

/** Every metric as one above a line, and one below it where there is one. */
function measureOf({ metric, key, type, numerator, denominator, windowHours, cap }: TrialMetric) {
  const alone = { above: key, aboveType: type, below: null, belowType: null };
  const mean = { above: key, aboveType: "SUM", below: key, belowType: "COUNT" };
  const ratio = {
    ...{ above: numerator?.key, aboveType: numerator?.type },
    ...{ below: denominator?.key, belowType: denominator?.type },
  };
  const parts = type === "RATIO" ? ratio : type === "MEAN" ? mean : alone;
  return { id: metric, ...parts, hours: windowHours, cap };
}

function rangesOf(slots: readonly TrialSlot[]) {
  let end = 0;
  return slots.map(({ variant, weight }) => ({ variant, low: end, high: (end += weight) }));
}

function endOf(endedAt: number | null): SQL {
  return endedAt === null ? sql`'infinity'::timestamptz` : sql`${moment(endedAt)}::timestamptz`;
}

function moment(at: number): string {
  return new Date(at).toISOString();
}
