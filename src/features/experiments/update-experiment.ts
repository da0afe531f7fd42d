/** updateExperiment: all of a draft, and of what runs as much as leaves its meaning alone. */
import { Mistakes } from "../../platform/input.js";
import { conflict } from "../../platform/problems.js";
import { AuditSubject, canonicalJson, differenceOf } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { addTrialMetrics } from "../tracking/index.js";
import {
  changeExperiment,
  type ExperimentRef,
  type ExperimentScope,
  type ExperimentTools,
} from "./change-experiment.js";
import { checkParts, type Parts, readParts, refuseUnstartable, trialMetricsOf } from "./check-experiment.js";
import { type Experiment, type ExperimentSettings, isOver, nameOf, settingsOf } from "./experiment.js";
import { checkSettings, type ExperimentInput, readSettings } from "./experiment-input.js";
import { saveExperiment } from "./experiment.store.js";

/** What is absent stays as it is; null clears what can be cleared. */
export interface UpdateExperiment extends ExperimentInput, ExperimentRef {}

/**
 * Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, and CONFLICT for a stale version and for what cannot change any more. An update that changes nothing
 * leaves no trace.
 */
export async function updateExperiment(
  tools: ExperimentTools,
  caller: Caller,
  input: UpdateExperiment,
): Promise<Experiment> {
  return changeExperiment(tools, caller, input, "experiment:update", async (scope) => {
    const { tx, record, experiment, reason } = scope;
    const mistakes = new Mistakes();
    const settings = { ...settingsOf(experiment), ...readSettings("input", input, mistakes) };
    mistakes.throwIfAny();
    const difference = differenceOf(settingsOf(experiment), settings);
    if (difference === null) return experiment;
    const changed = { ...experiment, ...settings };
    refuseChange(
      experiment,
      changed,
      Object.keys(difference.after) as (keyof ExperimentSettings)[],
      scope.now,
    );
    await checkChange(scope, changed, mistakes);
    record({
      kind: "experiment.updated",
      ...{ subjectType: AuditSubject.EXPERIMENT, subject: experiment.key },
      ...{ project: experiment.project, environment: experiment.environment },
      ...difference,
      reason,
    });
    const isRecalled = experiment.status === "SCHEDULED" && settings.startsAt === null;
    return saveExperiment(tx, experiment, {
      ...difference.after,
      ...(isRecalled ? { status: "DRAFT" } : {}),
    });
  });
}

const otherPeople = "others would be measured than before";
const otherVariants = "whoever was shown one thing would be shown another";
const otherQuestion = "a question that is changed once there are numbers is answered by chance";

/** Why something stays as it is once an experiment was started. */
const settled: Partial<Record<keyof ExperimentSettings, string>> = {
  audience: otherPeople,
  attribute: otherPeople,
  layer: otherPeople,
  traffic: "it has a way of its own, changeTraffic, which moves nobody",
  arms: otherVariants,
  control: otherQuestion,
  mode: otherQuestion,
  alpha: otherQuestion,
  minimumEffect: otherQuestion,
  plannedUnits: otherQuestion,
  optimises: otherVariants,
  adjustsForPast: otherQuestion,
  slices: "what was not recorded cannot be told apart",
  startsAt: "it was started",
};

/** Throws CONFLICT naming what cannot change any more, and why. */
function refuseChange(
  before: Experiment,
  after: Experiment,
  names: readonly (keyof ExperimentSettings)[],
  now: Date,
): void {
  const { status } = before;
  if (status === "DRAFT" || status === "SCHEDULED") return;
  for (const name of names) {
    if (name === "name" || name === "hypothesis") continue;
    const why = isOver(before) ? "it is over" : (settled[name] ?? obstacleTo(name, before, after, now));
    if (why === null) continue;
    throw conflict(`${nameOf(before)} is ${status}, so that its ${name} cannot change: ${why}.`);
  }
}

function obstacleTo(
  name: keyof ExperimentSettings,
  before: Experiment,
  after: Experiment,
  now: Date,
): string | null {
  switch (name) {
    case "minimumRuntimeDays":
      return after.minimumRuntimeDays < before.minimumRuntimeDays ? "it may only become longer" : null;
    case "endsAt":
      return obstacleToEnd(before, after, now);
    case "metrics":
      return isExtended(before, after)
        ? null
        : `${otherQuestion}; SECONDARY ones may be added behind the others`;
    default:
      return null;
  }
}

function obstacleToEnd(before: Experiment, { endsAt }: Experiment, now: Date): string | null {
  const { mode, optimises } = before;
  if (mode !== "ANYTIME") return `in the mode ${mode} the results are judged by the end that was set`;
  if (optimises && before.endsAt !== null)
    return "where shares move, the results are judged by the end that was set";
  return endsAt !== null && endsAt <= now ? "it must lie ahead; stopExperiment ends it now" : null;
}

function isExtended(before: Experiment, after: Experiment): boolean {
  const kept = after.metrics.slice(0, before.metrics.length);
  const added = after.metrics.slice(before.metrics.length);
  return (
    canonicalJson(kept) === canonicalJson(before.metrics) && added.every(({ role }) => role === "SECONDARY")
  );
}

async function checkChange(scope: ExperimentScope, changed: Experiment, mistakes: Mistakes): Promise<void> {
  const { tx, experiment } = scope;
  checkSettings(changed, mistakes);
  if (isOver(experiment)) return;
  const parts = await readParts(tx, changed);
  await checkParts(tx, changed, parts, mistakes);
  mistakes.throwIfAny();
  if (experiment.status === "SCHEDULED" && changed.startsAt !== null) {
    await refuseUnstartable(tx, changed, parts, changed.startsAt);
  }
  if (experiment.startedAt !== null) await measureMore(scope, changed, parts);
}

/** Measures by the metrics that came to what runs. */
async function measureMore(
  { tx, experiment }: ExperimentScope,
  changed: Experiment,
  parts: Parts,
): Promise<void> {
  const known = new Set(experiment.metrics.map(({ metric }) => metric));
  const added = trialMetricsOf(changed, parts).filter(({ key }) => !known.has(key));
  if (added.length > 0) await addTrialMetrics(tx, experiment.id, added);
}
