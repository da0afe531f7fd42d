/** Statements on sums: read for an analysis, and changed by what one batch adds to them. */
import { eq, sql, type SQL } from "drizzle-orm";
import { type Database, rowsOf } from "../../platform/database/index.js";
import type { ExposureSum, LargestSlices, MetricSum, TrialSums } from "./sums.js";
import { exposures, exposureSums, metricSums, trialMetrics, unitMetrics } from "./trial.table.js";

const exposureFigures = [sql`n`, sql`conflicted`, sql`sum_x`, sql`sum_xx`];
const metricFigures = [
  ...[sql`nonzero`, sql`sum_y`, sql`sum_yy`, sql`sum_d`, sql`sum_dd`, sql`sum_yd`, sql`sum_xy`],
];

/** Adds rows of (trial, epoch, variant, day, n, conflicted, sum_x, sum_xx), one for each cell at most. */
export function addToExposureSums(rows: SQL): SQL {
  const added = sql.join(exposureFigures.map(addedTo(exposureSums)), sql`, `);
  const columns = sql.join([sql`trial, epoch, variant, day`, ...exposureFigures], sql`, `);
  return sql`insert into ${exposureSums} (${columns}) ${rows}
    on conflict (trial, epoch, variant, day) do update set ${added}`;
}

/** Adds rows of (trial, metric, epoch, variant, day, nonzero, sum_y, sum_yy, sum_d, sum_dd, sum_yd, sum_xy), one for each cell at most. */
export function addToMetricSums(rows: SQL): SQL {
  const added = sql.join(metricFigures.map(addedTo(metricSums)), sql`, `);
  const columns = sql.join([sql`trial, metric, epoch, variant, day`, ...metricFigures], sql`, `);
  return sql`insert into ${metricSums} (${columns}) ${rows}
    on conflict (trial, metric, epoch, variant, day) do update set ${added}`;
}

function addedTo(table: typeof exposureSums | typeof metricSums): (figure: SQL) => SQL {
  return (figure) => sql`${figure} = ${table}.${figure} + excluded.${figure}`;
}

/** The day of a moment, UTC. */
export function dayOf(moment: SQL): SQL {
  return sql`(${moment} at time zone 'UTC')::date`;
}

/** What one unit counts for at most, by trial and metric: (trial, metric, y_cap, d_cap), null where there is no cap. */
export const capsOf = (trials: SQL): SQL => sql`
  select trial, metric,
    min(cap) filter (where part not like 'DENOMINATOR%') as y_cap,
    min(cap) filter (where part like 'DENOMINATOR%') as d_cap
  from ${trialMetrics} where trial in (${trials}) group by trial, metric`;

/** All rows of one trial, in the order of epoch, variant and day. */
export async function readSums(database: Database, trial: string): Promise<TrialSums> {
  const cell = sql`epoch, variant, day::text as day`;
  const order = sql`order by epoch, variant, day`;
  const exposed = await database.execute(
    sql`select ${cell}, n, conflicted, ${exact("sum_x")}, ${exact("sum_xx")} from ${exposureSums}
      where ${eq(exposureSums.trial, trial)} ${order}`,
  );
  const measured = await database.execute(
    sql`select metric, ${cell}, nonzero, ${exact("sum_y")}, ${exact("sum_yy")}, ${exact("sum_d")}, ${exact("sum_dd")},
        ${exact("sum_yd")}, ${exact("sum_xy")} from ${metricSums}
      where ${eq(metricSums.trial, trial)} ${order}, metric`,
  );
  return { exposures: rowsOf(exposed).map(toExposureSum), metrics: rowsOf(measured).map(toMetricSum) };
}

/** By trial, a text that is another one whenever its sums are. */
export async function readSumStates(
  database: Database,
  trials: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const stateOf = (table: typeof exposureSums | typeof metricSums) => sql`
    (select coalesce(sum(hashtextextended(s::text, 0)), 0) from ${table} as s where s.trial = t.id::uuid)`;
  const result = await database.execute(
    sql`select t.id, ${stateOf(exposureSums)}::text as exposed, ${stateOf(metricSums)}::text as measured
      from jsonb_array_elements_text(${JSON.stringify(trials)}::text::jsonb) as t(id)`,
  );
  return new Map(
    rowsOf(result).map((row) => [String(row["id"]), `${String(row["exposed"])} ${String(row["measured"])}`]),
  );
}

/**
 * The sums of one trial by the value of an attribute that its exposures kept, of the `most` values with the most units, largest first: worked out
 * from its units, as slow as there are many. Whoever evaluates makes the values up, so there may be one for each unit, and only some of them leave
 * the database.
 */
export async function readUnits(
  database: Database,
  trial: string,
  attribute: string,
  most: number,
): Promise<LargestSlices> {
  const { values, total } = await readLargest(database, trial, attribute, most);
  const shown = sql`jsonb_array_elements_text(${JSON.stringify(values)}::text::jsonb) as shown(value)`;
  const units = sql`(
    select trial, unit, epoch, variant, ${dayOf(sql`first_at`)} as day, conflicted, covariate, slice ->> ${attribute}::text as slice
    from ${exposures} where ${eq(exposures.trial, trial)} and not departed
      and exists (select from ${shown} where shown.value is not distinct from slice ->> ${attribute}::text)) as x`;
  const exposed = await database.execute(
    sql`select slice, epoch, variant, day::text as day, count(*) as n, count(*) filter (where conflicted) as conflicted,
        trim_scale(sum(covariate))::text as sum_x, trim_scale(sum(covariate * covariate))::text as sum_xx
      from ${units} group by slice, epoch, variant, day order by epoch, variant, day`,
  );
  const measured = await database.execute(
    sql`select slice, metric, epoch, variant, day::text as day, count(*) filter (where y <> 0) as nonzero,
        trim_scale(sum(y))::text as sum_y, trim_scale(sum(y * y))::text as sum_yy,
        trim_scale(sum(d))::text as sum_d, trim_scale(sum(d * d))::text as sum_dd,
        trim_scale(sum(y * d))::text as sum_yd, trim_scale(sum(covariate * y))::text as sum_xy
      from (select x.*, u.metric, least(u.value, c.y_cap) as y, least(u.denominator, c.d_cap) as d
        from ${units} join ${unitMetrics} as u using (trial, unit)
        join (${capsOf(sql`${trial}::uuid`)}) as c using (trial, metric)) as counted
      group by slice, metric, epoch, variant, day order by epoch, variant, day, metric`,
  );
  const slices = values.map((slice) => ({
    slice,
    exposures: rowsOf(exposed).filter(isOf(slice)).map(toExposureSum),
    metrics: rowsOf(measured).filter(isOf(slice)).map(toMetricSum),
  }));
  return { slices, omitted: total - slices.length };
}

/** The values with the most units, and how many values there are. */
async function readLargest(database: Database, trial: string, attribute: string, most: number) {
  const found = await database.execute(
    sql`select slice, count(*) over () as total from (
        select slice ->> ${attribute}::text as slice, count(*) as n from ${exposures}
        where ${eq(exposures.trial, trial)} and not departed group by 1
      ) as sizes order by n desc, slice nulls last limit ${most}`,
  );
  const rows = rowsOf(found);
  return { values: rows.map((row) => row["slice"] as string | null), total: Number(rows[0]?.["total"] ?? 0) };
}

function isOf(slice: string | null): (row: Row) => boolean {
  return (row) => row["slice"] === slice;
}

type Row = Readonly<Record<string, unknown>>;

/** Without zeros at the end, so that equal sums are equal texts. */
function exact(column: string): SQL {
  const name = sql.identifier(column);
  return sql`trim_scale(${name})::text as ${name}`;
}

function toExposureSum(row: Row): ExposureSum {
  return {
    ...toCell(row),
    n: Number(row["n"]),
    conflicted: Number(row["conflicted"]),
    sumX: String(row["sum_x"]),
    sumXx: String(row["sum_xx"]),
  };
}

function toMetricSum(row: Row): MetricSum {
  return {
    metric: String(row["metric"]),
    ...toCell(row),
    nonzero: Number(row["nonzero"]),
    sumY: String(row["sum_y"]),
    sumYy: String(row["sum_yy"]),
    sumD: String(row["sum_d"]),
    sumDd: String(row["sum_dd"]),
    sumYd: String(row["sum_yd"]),
    sumXy: String(row["sum_xy"]),
  };
}

function toCell(row: Row): Pick<ExposureSum, "epoch" | "variant" | "day"> {
  return { epoch: Number(row["epoch"]), variant: String(row["variant"]), day: String(row["day"]) };
}
