/** startGuardedRollout: a variant begins to reach more and more people, as long as nothing gets worse. */
import { randomUUID } from "node:crypto";
import { isUniqueViolation, type Transaction } from "../../platform/database/index.js";
import { Mistakes, reason as readReason } from "../../platform/input.js";
import { conflict, quote } from "../../platform/problems.js";
import { findEnvironment } from "../environments/index.js";
import { listExperimentsOfFlags, lockExperiments, trialMetricsOf } from "../experiments/index.js";
import {
  checkReferences,
  type Flag,
  type FlagEnvironment,
  lockFlag,
  lockFlagEnvironment,
  type RulePlace,
  serveToAll,
  setOwnedRule,
} from "../flags/index.js";
import { AuditSubject, checkVersion, type RecordEntry, write } from "../ledger/index.js";
import { actorOf, type Caller, permit } from "../permissions/index.js";
import { conditionReferences } from "../segments/index.js";
import { beginTrial, findMetricsByKeys, lockMetrics, type Metric } from "../tracking/index.js";
import type { RolloutTools } from "./change-rollout.js";
import { type GuardedRollout, nameOf, type Plan } from "./rollout.js";
import { type ReadRollout, readRollout, type RolloutInput } from "./rollout-input.js";
import { ruleOf, ruleOwnerOf, slotsIn } from "./rollout-rule.js";
import { insertRollout, listLiveOfFlags } from "./rollout.store.js";

export interface StartGuardedRollout extends RolloutInput {
  readonly environment: string;
  readonly project?: string | null | undefined;
  /** FlagEnvironment.version that it builds on; must be given where the environment says so. */
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/**
 * Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, PRECONDITION_REQUIRED, and CONFLICT for a stale version, for an archived flag, where another rollout
 * or an experiment is under way, and where everybody has the variant already.
 */
export async function startGuardedRollout(
  tools: RolloutTools,
  caller: Caller,
  input: StartGuardedRollout,
): Promise<GuardedRollout> {
  const environment = await findEnvironment(tools, caller, input.project, input.environment);
  const { project } = environment;
  const proof = permit(caller, "rollout:run", { project, environment });
  const mistakes = new Mistakes();
  const read = readRollout(input, mistakes);
  const reason = readReason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  const place = { project, environment: environment.key, flag: input.flagKey };
  const startedAt = new Date(tools.now());
  const { kind, id } = actorOf(caller);
  return write(tools, proof, async (tx, record) => {
    await lockExperiments(tx, project);
    const metrics = await holdMetrics(tx, project, read, mistakes);
    const flag = await lockFlag(tx, project, place.flag);
    if (flag.archived) throw conflict(`Flag ${quote(flag.key)} is archived: restore it first.`);
    const settings = await lockFlagEnvironment(tx, project, flag.key, place.environment);
    const label = `Flag ${quote(flag.key)} in ${place.environment}`;
    checkVersion(label, settings.version, input.expectedVersion, environment.requireExpectedVersion);
    await refuseRivals(tx, place);
    const plan: Plan = { ...place, ...read, baseline: baselineOf(read, flag, settings, mistakes) };
    const { audience } = plan;
    if (audience !== null) {
      await checkReferences(tx, place, conditionReferences("input.audience", audience), mistakes);
    }
    mistakes.throwIfAny();
    const start = { id: randomUUID(), stepStartedAt: startedAt, startedBy: { kind, id } };
    const offSince = settings.enabled ? null : startedAt;
    return begin({ tx, record, reason, metrics, settings }, { ...plan, ...start, offSince });
  });
}

/** The metrics of the guardrails and what ratios of them are made of. Adds a mistake for each that is not there, or archived. */
async function holdMetrics(
  tx: Transaction,
  project: string,
  { guardrails }: ReadRollout,
  mistakes: Mistakes,
): Promise<Metric[]> {
  const keys = guardrails.map(({ metric }) => metric);
  const parts = (await findMetricsByKeys(tx, project, keys)).flatMap(({ numerator, denominator }) =>
    [numerator, denominator].filter((part) => part !== null),
  );
  const metrics = await lockMetrics(tx, project, [...keys, ...parts]);
  for (const [index, key] of keys.entries()) {
    const found = metrics.find((metric) => metric.key === key);
    if (found !== undefined && !found.archived) continue;
    const what = found === undefined ? "an existing metric" : "a metric that is not archived";
    mistakes.add(`input.guardrails[${index}].metric`, `must be ${what}, got ${quote(key)}.`);
  }
  return metrics;
}

async function refuseRivals(tx: Transaction, place: RulePlace): Promise<void> {
  const { project, environment, flag } = place;
  const rollout = (await listLiveOfFlags(tx, project, [flag])).find(
    (other) => other.environment === environment,
  );
  if (rollout !== undefined) {
    throw conflict(`${nameOf(rollout)} is ${rollout.status}: one at a time, so abort that first.`);
  }
  const experiment = (await listExperimentsOfFlags(tx, project, [flag])).find(
    (other) => other.environment === environment && ["RUNNING", "PAUSED"].includes(other.status),
  );
  if (experiment === undefined) return;
  const { key, status } = experiment;
  throw conflict(
    `Experiment ${quote(key)} is ${status} on flag ${quote(flag)} in ${environment}: one at a time, so stop that first.`,
  );
}

/** What the others are to get: as named, else what the flag serves otherwise. Throws CONFLICT where everybody has the variant already. */
function baselineOf(
  { variant, baseline }: ReadRollout,
  flag: Flag,
  { enabled, fallthrough, offVariant, environment }: FlagEnvironment,
  mistakes: Mistakes,
): string {
  const variants = flag.variants.map(({ key }) => key);
  for (const [name, key] of Object.entries({ variant, baseline })) {
    if (key === null || variants.includes(key)) continue;
    mistakes.add(
      `input.${name}`,
      `must be a variant of the flag (${variants.join(", ")}), got ${quote(key)}.`,
    );
  }
  const served = "variant" in fallthrough ? fallthrough.variant : null;
  if (enabled && served === variant) {
    throw conflict(
      `Flag ${quote(flag.key)} serves ${quote(variant)} to everybody in ${environment} whom no rule decides: serve the baseline first.`,
    );
  }
  if (baseline !== null) return baseline;
  const others = [served, offVariant].find((other) => other !== null && other !== variant);
  if (others !== undefined && others !== null && served !== null) return others;
  const why = served === null ? "the fallthrough of the flag is a split" : "the flag serves no other variant";
  mistakes.add("input.baseline", `must be named, since ${why}.`);
  return "";
}

interface StartScope {
  readonly tx: Transaction;
  readonly record: RecordEntry;
  readonly reason: string | null;
  readonly metrics: readonly Metric[];
  readonly settings: FlagEnvironment;
}

/** Its rule comes behind those of people, just before the fallthrough, which it stands in for. */
async function begin(
  { tx, record, reason, metrics, settings }: StartScope,
  start: Parameters<typeof insertRollout>[1],
): Promise<GuardedRollout> {
  const { id, project, environment, flag, attribute, guardrails, variant, baseline } = start;
  const rollout = await inserted(tx, start);
  const { key, audience, steps, status, step, startedBy: _by } = rollout;
  const after = { id, key, variant, baseline, attribute, audience, steps, guardrails, status, step };
  const about = { subjectType: AuditSubject.FLAG, subject: flag, project, environment } as const;
  record({ kind: "rollout.started", ...about, after, reason });
  const { fallthrough, rules } = settings;
  if ("variant" in fallthrough && fallthrough.variant === variant) {
    await serveToAll(tx, record, rollout, baseline, reason); // the flag is off: nobody notices, and a rollback leads there
  }
  const change = { rule: ruleOf(rollout), position: rules.length, reason };
  await setOwnedRule(tx, record, rollout, ruleOwnerOf(rollout), change);
  const measured = guardrails.map(({ metric, margin }) => ({ metric, margin, role: "GUARDRAIL" as const }));
  await beginTrial(tx, {
    ...{ id, project, environment, flag, attribute, startedAt: start.stepStartedAt },
    slots: slotsIn(rollout, 1),
    metrics: trialMetricsOf({ metrics: measured, adjustsForPast: false }, { metrics }),
  });
  return rollout;
}

async function inserted(
  tx: Transaction,
  start: Parameters<typeof insertRollout>[1],
): Promise<GuardedRollout> {
  try {
    return await insertRollout(tx, start);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw conflict(`Flag ${quote(start.flag)} has a guarded rollout in ${start.environment} already.`);
  }
}
