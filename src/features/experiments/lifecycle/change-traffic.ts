/** changeTraffic: more or fewer of those who qualify take part, and whoever takes part before and after keeps their variant. */
import { Mistakes } from "../../../platform/input.js";
import type { Caller } from "../../permissions/index.js";
import { changeExperiment, type ExperimentRef, type ExperimentTools } from "../change-experiment.js";
import { type Experiment, refuseUnless } from "../experiment.js";
import { checkSettings, readTraffic } from "../experiment-input.js";
import { goOnWith } from "./next-epoch.js";

export interface ChangeTraffic extends ExperimentRef {
  /** Above 0, at most 100. */
  readonly traffic: number;
}

/** Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, and CONFLICT for a stale version and for what does not run. The traffic that there is leaves no trace. */
export async function changeTraffic(
  tools: ExperimentTools,
  caller: Caller,
  input: ChangeTraffic,
): Promise<Experiment> {
  return changeExperiment(tools, caller, input, "experiment:run", async (scope) => {
    const { experiment } = scope;
    refuseUnless(experiment, ["RUNNING"], "given another traffic");
    const mistakes = new Mistakes();
    const traffic = readTraffic("input.traffic", input.traffic, mistakes);
    mistakes.throwIfAny();
    checkSettings({ ...experiment, traffic }, mistakes);
    mistakes.throwIfAny();
    return traffic === experiment.traffic
      ? experiment
      : goOnWith(scope, "experiment.traffic_changed", { traffic });
  });
}
