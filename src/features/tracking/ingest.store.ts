/**
 * The statements by which exposures, events and their sums are stored. Each takes a whole batch and leaves the sums as if all that is stored had
 * been summed up anew: in whatever order things come, and however often. The caller holds the lock of the environment.
 */
import { sql, type SQL } from "drizzle-orm";
import { rowsOf, type Transaction } from "../../platform/database/index.js";
import { environmentRows } from "../environments/index.js";
import type { JudgedExposure, MetricEvent } from "./exposure.js";
import { metricEvents } from "./metric.table.js";
import { addToExposureSums, addToMetricSums, capsOf, dayOf } from "./sums.store.js";
import { exposures, trialMetrics, trials, unitMetrics } from "./trial.table.js";

/** An environment, by keys. */
export interface TrackingPlace {
  readonly project: string;
  readonly environment: string;
}

/**
 * Makes this transaction the only one that stores exposures and events of the environment, until it ends; false: there is no such environment.
 * The row comes first: whoever deletes or changes the environment has it already, and would be waited for with the lock in hand.
 */
export async function lockPlace(tx: Transaction, place: TrackingPlace): Promise<boolean> {
  const { project, environment } = place;
  const found = await tx.execute(
    sql`select 1 as one from ${environmentRows} as e where project = ${project} and key = ${environment} for key share`,
  );
  if (rowsOf(found).length === 0) return false;
  await lockWriters(tx, place);
  return true;
}

/**
 * `lockPlace` for who changes a trial, and may hold its flag: without the environment's row, since whoever deletes that has it and waits for the flag.
 * What of the trial is gone then is not there to be changed.
 */
export async function lockWriters(tx: Transaction, { project, environment }: TrackingPlace): Promise<void> {
  const name = `tracking ${project} ${environment}`;
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}::text, 0))`);
}

const covariateHours = sql`interval '336 hours'`; // two weeks

/** Whether an event `e` counts for an exposure `x`, by a metric `m` of its trial `t`. */
const counts = sql`e.at >= x.first_at
  and (t.ended_at is null or e.at <= t.ended_at)
  and (m.window_hours is null or e.at < x.first_at + m.window_hours * interval '1 hour')`;

/** Whether it is part of the covariate. */
const precedes = sql`m.is_covariate and m.part not like 'DENOMINATOR%'
  and e.at < x.first_at and e.at >= x.first_at - ${covariateHours}`;

/** What it adds to the value, and to what that is divided by. */
const toValue = sql`case when m.part in ('CONVERSION', 'COUNT') then 1 when m.part in ('SUM', 'MEAN') then e.value else 0 end`;
const toDenominator = sql`case when m.part in ('MEAN', 'DENOMINATOR_COUNT') then 1 when m.part = 'DENOMINATOR_SUM' then e.value else 0 end`;

/** What events add to what units did: rows of (trial, unit, metric, dv, dd). */
export function stepsFrom(source: SQL, where: SQL = sql`true`): SQL {
  return sql`select x.trial, x.unit, m.metric, sum(${toValue}) as dv, sum(${toDenominator}) as dd
    from ${source} where ${counts} and ${where} group by x.trial, x.unit, m.metric`;
}

/**
 * Exposures `x` of the environment with the events `e` that stand in a table or expression of that name, by the metrics `m` of their trials `t`.
 * `offset 0` has each unit looked up by itself: a planner that does not know yet how much there is would read all units of a trial for each event.
 */
export function joinedTo(events: SQL, { project, environment }: TrackingPlace): SQL {
  return sql`${events} as e
    join lateral (select * from ${exposures} as one where one.unit = e.unit offset 0) as x on true
    join ${trials} as t on t.id = x.trial and t.project = ${project}::text and t.environment = ${environment}::text
    join ${trialMetrics} as m on m.trial = t.id and m.source = e.metric`;
}

/** What a unit of `subject` did by a metric of `caps` as `c`; looked up by itself, as in `joinedTo`. */
const didOf = (subject: SQL): SQL => sql`select value, denominator from ${unitMetrics} as one
  where one.trial = ${subject}.trial and one.metric = c.metric and one.unit = ${subject}.unit offset 0`;

/**
 * Expressions that add to what units did, and to their sums. They need `subjects` (trial, unit, epoch, variant, day, departed, covariate): the
 * exposures as they were before; `steps` (trial, unit, metric, dv, dd); and `shifts` (trial, unit, dx), of covariates.
 */
export const additions = sql`
  caps as (${capsOf(sql`select trial from subjects`)}),
  touched as (
    select trial, unit, metric from steps
    union select h.trial, h.unit, c.metric from shifts as h join caps as c using (trial)
      join lateral (${didOf(sql`h`)}) as u on true
  ),
  changes as (
    select s.trial, k.metric, s.epoch, s.variant, s.day, s.covariate as x0, s.covariate + coalesce(h.dx, 0) as x1,
      least(coalesce(u.value, 0), c.y_cap) as y0, least(coalesce(u.value, 0) + coalesce(p.dv, 0), c.y_cap) as y1,
      least(coalesce(u.denominator, 0), c.d_cap) as d0,
      least(coalesce(u.denominator, 0) + coalesce(p.dd, 0), c.d_cap) as d1
    from touched as k join subjects as s using (trial, unit) join caps as c using (trial, metric)
      left join ${unitMetrics} as u using (trial, unit, metric)
      left join steps as p using (trial, unit, metric)
      left join shifts as h using (trial, unit)
    where not s.departed
  ),
  stored as (
    insert into ${unitMetrics} (trial, metric, unit, value, denominator)
    select trial, metric, unit, dv, dd from steps
    on conflict (trial, metric, unit) do update
      set value = ${unitMetrics}.value + excluded.value, denominator = ${unitMetrics}.denominator + excluded.denominator
  ),
  shifted as (
    update ${exposures} as x set covariate = x.covariate + h.dx
    from shifts as h where x.trial = h.trial and x.unit = h.unit
  ),
  summed as (${addToMetricSums(sql`
    select trial, metric, epoch, variant, day, sum((y1 <> 0)::int - (y0 <> 0)::int), sum(y1 - y0), sum(y1 * y1 - y0 * y0),
      sum(d1 - d0), sum(d1 * d1 - d0 * d0), sum(y1 * d1 - y0 * d0), sum(x1 * y1 - x0 * y0)
    from changes group by trial, metric, epoch, variant, day`)}
  )`;

const noShifts = sql`shifts as (select trial, unit, 0::numeric as dx from subjects where false)`;

/** The exposures that `names` (trial, unit) names, as they are. */
function subjectsNamed(names: SQL): SQL {
  return sql`subjects as (
    select x.trial, x.unit, x.epoch, x.variant, ${dayOf(sql`x.first_at`)} as day, x.departed, x.covariate
    from (${names}) as named join ${exposures} as x using (trial, unit)
  )`;
}

/** Adds to what units did whatever `steps` selects: rows of (trial, unit, metric, dv, dd), of exposures that are stored. */
export async function addSteps(tx: Transaction, steps: SQL): Promise<void> {
  await tx.execute(
    sql`with steps as (${steps}), ${subjectsNamed(sql`select distinct trial, unit from steps`)}, ${noShifts}, ${additions} select 1`,
  );
}

/** Gives how many were new. What an event adds to sums it adds once. */
export async function insertEvents(
  tx: Transaction,
  place: TrackingPlace,
  events: readonly MetricEvent[],
): Promise<number> {
  const list = JSON.stringify(
    events.map(({ at, value, ...event }) => ({ ...event, at: stamp(at), value: String(value) })),
  );
  const named = sql`select trial, unit from steps union select trial, unit from shifts`;
  const added = await tx.execute(sql`
    with fresh as (
      insert into ${metricEvents} (day, project, environment, event_id, unit, metric, at, value)
      select ${dayOf(sql`at`)}, ${place.project}, ${place.environment}, id, decode(unit, 'hex'), metric, at, value
      from json_to_recordset(${list}::text::json) as given(id text, unit text, metric text, at timestamptz, value numeric)
      on conflict do nothing
      returning unit, metric, at, value
    ),
    steps as (${stepsFrom(joinedTo(sql`fresh`, place))}),
    shifts as (
      select x.trial, x.unit, sum(${toValue}) as dx from ${joinedTo(sql`fresh`, place)}
      where ${precedes} group by x.trial, x.unit
    ),
    ${subjectsNamed(named)},
    ${additions},
    counted as (${addToExposureSums(sql`
      select trial, epoch, variant, day, 0, 0, sum(dx), sum((covariate + dx) * (covariate + dx) - covariate * covariate)
      from shifts join subjects using (trial, unit) where not departed group by trial, epoch, variant, day`)}
    )
    select count(*) as added from fresh`);
  return Number(rowsOf(added)[0]?.["added"]);
}

/** The exposures of a batch, in their order: `given`, `conflicts` among them, and `firsts`, of units that have none in their trial. */
function batchOf(rows: readonly JudgedExposure[]): SQL {
  const list = JSON.stringify(rows.map(({ at, ...row }, place) => ({ ...row, place, at: stamp(at) })));
  return sql`
    given as (
      select trial, decode(unit, 'hex') as unit, bucket, variant, epoch, at as first_at, slice, conflicted, departed, place
      from json_to_recordset(${list}::text::json) as given(place int, trial uuid, unit text, bucket int, variant text,
        epoch int, at timestamptz, slice jsonb, conflicted boolean, departed boolean)
    ),
    conflicts as (select distinct trial, unit from given where conflicted),
    firsts as (
      select distinct on (trial, unit) g.* from given as g
      where not exists (select from ${exposures} as x where x.trial = g.trial and x.unit = g.unit)
      order by trial, unit, place
    )`;
}

/** Gives how many were of units that had none. Events that are stored already count for them; see `stepsFrom`. */
export async function insertExposures(
  tx: Transaction,
  { project, environment }: TrackingPlace,
  rows: readonly JudgedExposure[],
): Promise<number> {
  const earliest = rows.reduce((least, { at }) => Math.min(least, at), Infinity);
  // Partitions with nothing to find are left alone: before them are the two weeks of the covariate, and a day to be sure.
  const firstDay = sql`${stamp(earliest - 15 * 86_400_000).slice(0, 10)}::date`;
  const own = sql`lateral (select * from ${metricEvents} as one where one.project = ${project}::text
    and one.environment = ${environment}::text and one.unit = x.unit and one.day >= ${firstDay} offset 0) as e`;
  const joined = sql`fresh as x join ${trials} as t on t.id = x.trial
    join ${own} on true join ${trialMetrics} as m on m.trial = x.trial and m.source = e.metric`;
  const added = await tx.execute(sql`
    with ${batchOf(rows)},
    fresh as (
      insert into ${exposures} (trial, unit, bucket, variant, epoch, first_at, slice, departed, conflicted, covariate)
      select x.trial, x.unit, x.bucket, x.variant, x.epoch, x.first_at, x.slice, x.departed,
        exists (select from conflicts as c where c.trial = x.trial and c.unit = x.unit),
        coalesce((select sum(${toValue}) from ${own} join ${trialMetrics} as m on m.source = e.metric
          where m.trial = x.trial and ${precedes}), 0)
      from firsts as x
      returning trial, unit, epoch, variant, first_at, departed, conflicted, covariate
    ),
    subjects as (select f.*, ${dayOf(sql`f.first_at`)} as day from fresh as f),
    steps as (${stepsFrom(joined)}),
    ${noShifts},
    ${additions},
    marked as (
      update ${exposures} as x set conflicted = true from conflicts as c
      where x.trial = c.trial and x.unit = c.unit and not x.conflicted
      returning x.trial, x.epoch, x.variant, ${dayOf(sql`x.first_at`)} as day, x.departed
    ),
    counted as (${addToExposureSums(sql`
      select trial, epoch, variant, day, sum(n), sum(conflicted), sum(x), sum(x * x) from (
        select trial, epoch, variant, day, departed, 1 as n, conflicted::int as conflicted, covariate as x from subjects
        union all select trial, epoch, variant, day, departed, 0, 1, 0 from marked
      ) as one where not departed group by trial, epoch, variant, day`)}
    )
    select count(*) as added from fresh`);
  return Number(rowsOf(added)[0]?.["added"]);
}

/** Takes exposures of the trial out of all sums, for good. `where` says which of `x`. */
export async function departExposures(tx: Transaction, trial: string, where: SQL): Promise<void> {
  await tx.execute(sql`
    with leaving as (
      update ${exposures} as x set departed = true where x.trial = ${trial} and not x.departed and ${where}
      returning x.trial, x.unit, x.epoch, x.variant, ${dayOf(sql`x.first_at`)} as day, x.conflicted, x.covariate as x
    ),
    caps as (${capsOf(sql`${trial}::uuid`)}),
    done as (
      select l.*, c.metric, least(u.value, c.y_cap) as y, least(u.denominator, c.d_cap) as d
      from leaving as l join caps as c using (trial) join lateral (${didOf(sql`l`)}) as u on true
    ),
    counted as (${addToExposureSums(sql`
      select trial, epoch, variant, day, -count(*), -count(*) filter (where conflicted), -sum(x), -sum(x * x)
      from leaving group by trial, epoch, variant, day`)}
    ),
    summed as (${addToMetricSums(sql`
      select trial, metric, epoch, variant, day, -count(*) filter (where y <> 0), -sum(y), -sum(y * y), -sum(d), -sum(d * d),
        -sum(y * d), -sum(x * y)
      from done group by trial, metric, epoch, variant, day`)}
    )
    select 1`);
}

/** A moment as PostgreSQL reads it. */
function stamp(at: number): string {
  return new Date(at).toISOString();
}
