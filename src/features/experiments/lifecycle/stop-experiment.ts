/** stopExperiment: nobody is shown anything by the experiment any more, and what happens from now on does not count. */
import type { Caller } from "../../permissions/index.js";
import { endTrial } from "../../tracking/index.js";
import {
  changeExperiment,
  type ExperimentRef,
  type ExperimentScope,
  type ExperimentTools,
  recordCourse,
} from "../change-experiment.js";
import { type Experiment, refuseUnless } from "../experiment.js";
import { saveExperiment } from "../experiment.store.js";
import { withdrawRule } from "./pause-experiment.js";

/** What is only scheduled is a draft again. Throws NOT_FOUND, FORBIDDEN, and CONFLICT for a stale version and for what is not under way. */
export async function stopExperiment(
  tools: ExperimentTools,
  caller: Caller,
  input: ExperimentRef,
): Promise<Experiment> {
  return changeExperiment(tools, caller, input, "experiment:run", async (scope) => {
    const { experiment } = scope;
    refuseUnless(experiment, ["SCHEDULED", "RUNNING", "PAUSED"], "stopped");
    return experiment.status === "SCHEDULED" ? unschedule(scope) : end(scope);
  });
}

/** Makes a draft of what was to start by itself. */
export async function unschedule(scope: ExperimentScope): Promise<Experiment> {
  recordCourse(scope, "experiment.unscheduled", { status: "SCHEDULED" }, { status: "DRAFT" });
  return saveExperiment(scope.tx, scope.experiment, { status: "DRAFT" });
}

/** Ends what runs or is paused, at this moment. `leave` does what becomes of its rule. */
export async function end(scope: ExperimentScope, leave = withdrawRule): Promise<Experiment> {
  const { tx, experiment, now } = scope;
  const { status } = experiment;
  const course = { status: "STOPPED", stoppedAt: now } as const;
  recordCourse(scope, "experiment.stopped", { status }, course);
  await leave(scope);
  await endTrial(tx, experiment.id, now);
  return saveExperiment(tx, experiment, course);
}
