/** deleteExperiment: a draft that is not wanted any more. What was measured is kept. */
import { AuditSubject } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { changeExperiment, type ExperimentRef, type ExperimentTools } from "./change-experiment.js";
import { type Experiment, refuseUnless } from "./experiment.js";
import { removeExperiment } from "./experiment.store.js";

/** Gives the experiment as it was. Throws NOT_FOUND, FORBIDDEN, and CONFLICT for a stale version and for what is no draft. */
export async function deleteExperiment(
  tools: ExperimentTools,
  caller: Caller,
  input: ExperimentRef,
): Promise<Experiment> {
  return changeExperiment(tools, caller, input, "experiment:update", async (scope) => {
    const { tx, record, experiment, reason } = scope;
    refuseUnless(experiment, ["DRAFT"], "deleted");
    await removeExperiment(tx, experiment);
    const { project, ...before } = experiment;
    record({
      kind: "experiment.deleted",
      ...{ subjectType: AuditSubject.EXPERIMENT, subject: experiment.key },
      ...{ project, environment: experiment.environment, before, reason },
    });
    return experiment;
  });
}
