/** pauseExperiment and resumeExperiment: the flag answers as if there were no experiment, and then as it did before. */
import { setOwnedRule } from "../../flags/index.js";
import type { Caller } from "../../permissions/index.js";
import {
  changeExperiment,
  type ExperimentRef,
  type ExperimentScope,
  type ExperimentTools,
  recordCourse,
} from "../change-experiment.js";
import { readSlots } from "./current-slots.js";
import { type Experiment, refuseUnless } from "../experiment.js";
import { ruleOf, ruleOwnerOf } from "../experiment-rule.js";
import { saveExperiment } from "../experiment.store.js";

/** Throws NOT_FOUND, FORBIDDEN, and CONFLICT for a stale version and for what does not run. */
export async function pauseExperiment(
  tools: ExperimentTools,
  caller: Caller,
  input: ExperimentRef,
): Promise<Experiment> {
  return changeExperiment(tools, caller, input, "experiment:run", async (scope) => {
    const { tx, experiment } = scope;
    refuseUnless(experiment, ["RUNNING"], "paused");
    recordCourse(scope, "experiment.paused", { status: "RUNNING" }, { status: "PAUSED" });
    await withdrawRule(scope);
    return saveExperiment(tx, experiment, { status: "PAUSED" });
  });
}

/** Throws NOT_FOUND, FORBIDDEN, and CONFLICT for a stale version, for what is not paused, and where the flag cannot take the rule any more. */
export async function resumeExperiment(
  tools: ExperimentTools,
  caller: Caller,
  input: ExperimentRef,
): Promise<Experiment> {
  return changeExperiment(tools, caller, input, "experiment:run", async (scope) => {
    const { tx, record, experiment, now, reason } = scope;
    refuseUnless(experiment, ["PAUSED"], "resumed");
    recordCourse(scope, "experiment.resumed", { status: "PAUSED" }, { status: "RUNNING" });
    const rule = ruleOf(experiment, await readSlots(tx, experiment));
    await setOwnedRule(tx, record, experiment, ruleOwnerOf(experiment), { rule, position: "FIRST", reason });
    return saveExperiment(tx, experiment, { status: "RUNNING", resumedAt: now });
  });
}

/** Takes the experiment's rule out of its flag, where there is one. */
export async function withdrawRule({ tx, record, experiment, reason }: ExperimentScope): Promise<void> {
  if (experiment.status !== "RUNNING") return;
  await setOwnedRule(tx, record, experiment, ruleOwnerOf(experiment), { rule: null, reason });
}
