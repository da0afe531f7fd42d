/** startExperiment: from now on, or from a set moment on, the flag shows its variants and is measured. */
import { beginTrial } from "../../tracking/index.js";
import type { Caller } from "../../permissions/index.js";
import { lockFlag, setOwnedRule } from "../../flags/index.js";
import { conflict } from "../../../platform/problems.js";
import {
  type Parts,
  readParts,
  refuseRivals,
  refuseUnstartable,
  trialMetricsOf,
} from "../check-experiment.js";
import {
  changeExperiment,
  type ExperimentRef,
  type ExperimentScope,
  type ExperimentTools,
  recordCourse,
} from "../change-experiment.js";
import { type Experiment, nameOf, refuseUnless } from "../experiment.js";
import { conditionOf, ruleOf, ruleOwnerOf, slotsAt } from "../experiment-rule.js";
import { saveExperiment } from "../experiment.store.js";
import { listHoldoutsAt } from "../holdouts/holdout.store.js";

/**
 * Throws NOT_FOUND, FORBIDDEN, and CONFLICT for a stale version and for everything that stands in the way: it is under way already, something it
 * names is gone or archived, another experiment has the flag or the share of the layer, its dates are past.
 */
export async function startExperiment(
  tools: ExperimentTools,
  caller: Caller,
  input: ExperimentRef,
): Promise<Experiment> {
  return changeExperiment(tools, caller, input, "experiment:run", async (scope) => {
    const { experiment, now } = scope;
    const { startsAt, status } = experiment;
    refuseUnless(experiment, ["DRAFT", "SCHEDULED"], "started");
    if (startsAt === null || startsAt <= now) return begin(scope);
    if (status === "SCHEDULED") {
      throw conflict(
        `${nameOf(experiment)} starts by itself at ${startsAt.toISOString()}: set startsAt to another moment first.`,
      );
    }
    return schedule(scope, startsAt);
  });
}

async function schedule(scope: ExperimentScope, startsAt: Date): Promise<Experiment> {
  const { tx, experiment } = scope;
  await lockFlag(tx, experiment.project, experiment.flag); // it is in use from now on: nobody archives it meanwhile
  await refuseUnstartable(tx, experiment, await readParts(tx, experiment), startsAt);
  const { status } = experiment;
  recordCourse(scope, "experiment.scheduled", { status }, { status: "SCHEDULED", startsAt });
  return saveExperiment(tx, experiment, { status: "SCHEDULED" });
}

/** Starts an experiment at this moment, whatever it says of its start. Throws like `startExperiment`. */
export async function begin(scope: ExperimentScope): Promise<Experiment> {
  const { tx, record, experiment, now, reason } = scope;
  const parts = await readParts(tx, experiment);
  await refuseUnstartable(tx, experiment, parts, now);
  await refuseRivals(tx, experiment);
  const { project, environment, flag, attribute, id, arms, traffic, slices, status, epoch } = experiment;
  const condition = await qualification(scope, parts);
  const course = { status: "RUNNING", condition, epoch: 1, startedAt: now } as const;
  recordCourse(scope, "experiment.started", { status, epoch }, course);
  const begun = { ...experiment, ...course };
  const slots = slotsAt(arms, traffic);
  const rule = ruleOf(begun, slots);
  const place = { project, environment, flag };
  await setOwnedRule(tx, record, place, ruleOwnerOf(begun), { rule, position: "FIRST", reason });
  const metrics = trialMetricsOf(experiment, parts);
  await beginTrial(tx, { ...place, id, attribute, slices, startedAt: now, slots, metrics });
  return saveExperiment(tx, experiment, course);
}

/** Whom its rule is to be for, by the holdouts as they are now. */
async function qualification({ tx, experiment }: ExperimentScope, { layer }: Parts) {
  const holdouts = await listHoldoutsAt(tx, experiment);
  const share =
    layer === null || experiment.layer === null
      ? null
      : {
          attribute: layer.attribute,
          seed: layer.id,
          low: experiment.layer.low,
          high: experiment.layer.high,
        };
  const held = holdouts.map(({ attribute, id, weight }) => ({ attribute, seed: id, low: 0, high: weight }));
  return conditionOf(experiment.audience, share, held);
}
