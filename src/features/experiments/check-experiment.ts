/** Whether what an experiment names is there and fits: the half of checking that asks the database. */
import type { Transaction } from "../../platform/database/index.js";
import { Mistakes } from "../../platform/input.js";
import { conflict, type FieldMistake, notFound, quote } from "../../platform/problems.js";
import { checkReferences, findFlag, type Flag, listFlagEnvironments, refuseOwned } from "../flags/index.js";
import { conditionReferences } from "../segments/index.js";
import { findMetricsByKeys, lockMetrics, type Metric, type TrialMetric } from "../tracking/index.js";
import { weightToPercent } from "../../evaluation/index.js";
import { type Experiment, type ExperimentSettings, nameOf } from "./experiment.js";
import { listOthersUnderWay } from "./experiment.store.js";
import type { Layer } from "./layers/layer.js";
import { readLayer } from "./layers/layer.store.js";

/** Where it takes place, and what is set. */
type Checked = Pick<Experiment, "project" | "environment" | "flag"> & ExperimentSettings;

/** What an experiment is made of, each as it is now, the metrics held until the transaction ends. */
export interface Parts {
  readonly flag: Flag;
  /** Those that are there. */
  readonly metrics: readonly Metric[];
  readonly layer: Layer | null;
}

/** Reads what the experiment names. Throws NOT_FOUND for the flag, and CONFLICT for an archived one. */
export async function readParts(tx: Transaction, experiment: Checked): Promise<Parts> {
  const { project } = experiment;
  const keys = experiment.metrics.map(({ metric }) => metric);
  const metrics = await lockMetrics(tx, project, [
    ...keys,
    ...(await findMetricsByKeys(tx, project, keys)).flatMap(partsOf),
  ]);
  const flag = await findFlag(tx, project, experiment.flag);
  if (flag === null) throw notFound("Flag", experiment.flag);
  if (flag.archived) throw conflict(`Flag ${quote(flag.key)} is archived: restore it first.`);
  const { layer } = experiment;
  return { flag, metrics, layer: layer === null ? null : await readLayer(tx, { project, key: layer.layer }) };
}

function partsOf({ numerator, denominator }: Metric): string[] {
  return [numerator, denominator].filter((part) => part !== null);
}

/** Adds a mistake for each thing that is not there or does not fit. */
export async function checkParts(
  tx: Transaction,
  experiment: Checked,
  parts: Parts,
  mistakes: Mistakes,
): Promise<void> {
  for (const { path, message } of misfits(experiment, parts)) mistakes.add(path, message);
  const { audience } = experiment;
  if (audience === null) return;
  await checkReferences(tx, experiment, conditionReferences("input.audience", audience), mistakes);
}

function misfits({ arms, metrics, layer, attribute }: Checked, parts: Parts): FieldMistake[] {
  const variants = parts.flag.variants.map(({ key }) => key);
  const strange = arms.flatMap(({ variant }, index) => {
    if (variants.includes(variant)) return [];
    const message = `must be a variant of the flag (${variants.join(", ")}), got ${quote(variant)}.`;
    return [{ path: `input.arms[${index}].variant`, message }];
  });
  const unusable = metrics.flatMap(({ metric }, index) => {
    const found = parts.metrics.find(({ key }) => key === metric);
    if (found !== undefined && !found.archived) return [];
    const what = found === undefined ? "an existing metric" : "a metric that is not archived";
    return [{ path: `input.metrics[${index}].metric`, message: `must be ${what}, got ${quote(metric)}.` }];
  });
  return [...strange, ...unusable, ...(layer === null ? [] : layerMisfits(layer.layer, attribute, parts))];
}

function layerMisfits(key: string, attribute: string, { layer }: Parts): FieldMistake[] {
  if (layer === null) {
    return [{ path: "input.layer.layer", message: `must be an existing layer, got ${quote(key)}.` }];
  }
  if (layer.attribute === attribute) return [];
  const message = `must be that of the layer, ${quote(layer.attribute)}, so that nobody is in two of its experiments; got ${quote(attribute)}.`;
  return [{ path: "input.attribute", message }];
}

/** Throws CONFLICT naming everything that stands in the way of starting the experiment at that moment. */
export async function refuseUnstartable(
  tx: Transaction,
  experiment: Experiment,
  parts: Parts,
  at: Date,
): Promise<void> {
  const mistakes = new Mistakes();
  await checkParts(tx, experiment, parts, mistakes);
  const { mode, endsAt, optimises } = experiment;
  if (endsAt === null && mode !== "ANYTIME")
    mistakes.add("input.endsAt", `must be set for the mode ${mode}.`);
  if (endsAt === null && optimises) mistakes.add("input.endsAt", "must be set where `optimises` is true.");
  if (endsAt !== null && endsAt <= at) {
    mistakes.add("input.endsAt", `must be after the start, got ${endsAt.toISOString()}.`);
  }
  if (mistakes.isEmpty) return;
  const faults = mistakes.all.map(({ path, message }) => `${path.replace("input.", "")} ${message}`);
  throw conflict(`${nameOf(experiment)} cannot start: ${faults.join(" ")}`);
}

/** Throws CONFLICT for another experiment or a guarded rollout under way on the flag there, and for an experiment that has some of the share of the layer. */
export async function refuseRivals(tx: Transaction, experiment: Experiment): Promise<void> {
  const { project, flag, environment, layer } = experiment;
  for (const other of await listOthersUnderWay(tx, experiment)) {
    if (other.flag === flag) {
      throw conflict(
        `${nameOf(other)} is ${other.status} on flag ${quote(flag)} in ${environment}: one at a time, so stop that first.`,
      );
    }
    const taken = other.layer;
    if (layer === null || taken === null || taken.layer !== layer.layer) continue;
    if (taken.low < layer.high && layer.low < taken.high) {
      const share = `${weightToPercent(taken.low)} to ${weightToPercent(taken.high)} %`;
      throw conflict(
        `${nameOf(other)} has ${share} of layer ${quote(layer.layer)} in ${environment}: take another share.`,
      );
    }
  }
  const settings = await listFlagEnvironments(tx, project, [flag]);
  refuseOwned(
    { key: flag },
    settings.filter((one) => one.environment === environment),
  );
}

/** What a trial is to measure. The first primary metric that has one number for each unit tells what units were like before. */
export function trialMetricsOf(
  { metrics, adjustsForPast }: Pick<ExperimentSettings, "metrics" | "adjustsForPast">,
  parts: Pick<Parts, "metrics">,
): TrialMetric[] {
  const found = new Map(parts.metrics.map((metric) => [metric.key, metric]));
  const part = (key: string | null) => {
    const metric = key === null ? undefined : found.get(key);
    return metric === undefined ? null : { key: metric.key, type: metric.type };
  };
  const covariate = metrics.find(
    ({ metric, role }) => role === "PRIMARY" && isPerUnit(found.get(metric)),
  )?.metric;
  return metrics.flatMap(({ metric: key }) => {
    const metric = found.get(key);
    if (metric === undefined) return [];
    const { id, type, numerator, denominator, windowHours, cap } = metric;
    if (!partsOf(metric).every((name) => found.has(name)))
      throw conflict(`Metric ${quote(key)} was changed meanwhile: try again.`);
    const own = { metric: id, key, type, windowHours, cap };
    const isCovariate = adjustsForPast && key === covariate;
    return [{ ...own, numerator: part(numerator), denominator: part(denominator), isCovariate }];
  });
}

function isPerUnit(metric: Metric | undefined): boolean {
  return metric !== undefined && metric.type !== "MEAN" && metric.type !== "RATIO";
}
