/** Statements on trials. What begins, changes and ends them does it inside its own transaction. */
import { asc, eq, inArray, sql } from "drizzle-orm";
import type { Database, Transaction } from "../../platform/database/index.js";
import {
  addSteps,
  departExposures,
  joinedTo,
  lockWriters,
  stepsFrom,
  type TrackingPlace,
} from "./ingest.store.js";
import { metricEvents } from "./metric.table.js";
import {
  type BucketRange,
  movedBuckets,
  sourcesOf,
  type Trial,
  type TrialMetric,
  type TrialSlot,
} from "./trial.js";
import { trialEpochs, trialMetrics, trials, unitMetrics } from "./trial.table.js";

export interface NewTrial extends Omit<Trial, "slices" | "endedAt" | "epochs"> {
  /** Absent: none. */
  readonly slices?: readonly string[];
  /** Of its first epoch. */
  readonly slots: readonly TrialSlot[];
  readonly metrics: readonly TrialMetric[];
}

/** Its first epoch begins with it. */
export async function beginTrial(
  tx: Transaction,
  { slots, metrics, slices = [], ...trial }: NewTrial,
): Promise<void> {
  await tx.insert(trials).values({ ...trial, slices: [...slices] });
  await tx.insert(trialEpochs).values({ trial: trial.id, epoch: 1, slots, from: trial.startedAt });
  await insertMetrics(tx, trial.id, metrics);
}

/** Measures by more metrics, from the trial's beginning on as far as events are kept. None of them becomes the covariate: that is chosen beforehand. */
export async function addTrialMetrics(
  tx: Transaction,
  trial: string,
  metrics: readonly Omit<TrialMetric, "isCovariate">[],
): Promise<void> {
  await lockTrial(tx, trial);
  await insertMetrics(
    tx,
    trial,
    metrics.map((metric) => ({ ...metric, isCovariate: false })),
  );
  for (const { metric } of metrics) await catchUp(tx, trial, metric);
}

/**
 * Begins the next epoch and gives its number. Units that were first exposed before `from` and whose bucket has another variant now count no
 * more, whether or not they return; those that are exposed later do, also with an instance that serves the epoch before.
 */
export async function beginEpoch(
  tx: Transaction,
  trial: string,
  slots: readonly TrialSlot[],
  from: Date,
): Promise<number> {
  await lockTrial(tx, trial);
  const epochs = await tx
    .select()
    .from(trialEpochs)
    .where(eq(trialEpochs.trial, trial))
    .orderBy(asc(trialEpochs.epoch));
  const epoch = (epochs.at(-1)?.epoch ?? 0) + 1;
  await tx.insert(trialEpochs).values({ trial, epoch, slots, from });
  const moved = epochs.flatMap((before) =>
    movedBuckets(before.slots, slots).map((range) => ({ epoch: before.epoch, ...range })),
  );
  await departMoved(tx, trial, moved, from);
  return epoch;
}

async function departMoved(
  tx: Transaction,
  trial: string,
  moved: readonly (BucketRange & { readonly epoch: number })[],
  from: Date,
): Promise<void> {
  if (moved.length === 0) return;
  const ranges = sql`json_to_recordset(${JSON.stringify(moved)}::text::json) as moved(epoch int, low int, high int)`;
  await departExposures(
    tx,
    trial,
    sql`x.first_at < ${from.toISOString()}::timestamptz and exists (
      select from ${ranges} where moved.epoch = x.epoch and x.bucket >= moved.low and x.bucket < moved.high)`,
  );
}

/** Exposures and events after `at` count no more; those from before that come later do. Once for each trial. */
export async function endTrial(tx: Transaction, trial: string, at: Date): Promise<void> {
  const place = await lockTrial(tx, trial);
  const moment = sql`${at.toISOString()}::timestamptz`;
  await departExposures(tx, trial, sql`x.first_at > ${moment}`);
  const day = at.toISOString().slice(0, 10);
  const later = sql`t.id = ${trial} and e.project = ${place.project} and e.environment = ${place.environment}
    and e.day >= ${day}::date and e.at > ${moment}`;
  const steps = stepsFrom(joinedTo(sql`${metricEvents}`, place), later);
  await addSteps(tx, sql`select trial, unit, metric, -dv as dv, -dd as dd from (${steps}) as added`);
  await tx.update(trials).set({ endedAt: at }).where(eq(trials.id, trial));
}

/** Makes what units did by one metric what the stored events say. */
async function catchUp(tx: Transaction, trial: string, metric: string): Promise<void> {
  const place = await lockTrial(tx, trial);
  const within = sql`t.id = ${trial} and m.metric = ${metric} and e.project = ${place.project} and e.environment = ${place.environment}`;
  const steps = stepsFrom(joinedTo(sql`${metricEvents}`, place), within);
  await addSteps(
    tx,
    sql`select trial, unit, metric, dv - coalesce(u.value, 0) as dv, dd - coalesce(u.denominator, 0) as dd
      from (${steps}) as found left join ${unitMetrics} as u using (trial, unit, metric)`,
  );
}

/** The trials of the environment that these ids name, by id; ended ones too. */
export async function readTrials(
  database: Database,
  { project, environment }: TrackingPlace,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Trial>> {
  if (ids.length === 0) return new Map();
  const rows = await database
    .select()
    .from(trials)
    .innerJoin(trialEpochs, eq(trialEpochs.trial, trials.id))
    .where(inArray(trials.id, [...ids]))
    .orderBy(asc(trialEpochs.epoch));
  const found = new Map<string, Trial>();
  for (const { trials: trial, trial_epochs: epoch } of rows) {
    if (trial.project !== project || trial.environment !== environment) continue;
    const epochs = [...(found.get(trial.id)?.epochs ?? []), epoch];
    found.set(trial.id, { ...trial, epochs });
  }
  return found;
}

async function insertMetrics(tx: Transaction, trial: string, metrics: readonly TrialMetric[]): Promise<void> {
  const rows = metrics.flatMap((metric) =>
    sourcesOf(metric).map(({ source, part, cap }) => ({
      ...{ trial, source, part, metric: metric.metric, windowHours: metric.windowHours },
      cap: cap === null ? null : String(cap),
      isCovariate: metric.isCovariate,
    })),
  );
  if (rows.length > 0) await tx.insert(trialMetrics).values(rows);
}

/** Until the transaction ends, nothing of its environment is stored by others. */
async function lockTrial(tx: Transaction, trial: string): Promise<TrackingPlace> {
  const [place] = await tx
    .select({ project: trials.project, environment: trials.environment })
    .from(trials)
    .where(eq(trials.id, trial));
  if (place === undefined) throw new Error(`There is no trial ${trial}.`);
  await lockWriters(tx, place);
  return place;
}
