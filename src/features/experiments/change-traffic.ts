/** changeTraffic: more or fewer of those who qualify take part, and whoever takes part before and after keeps their variant. */
import { Mistakes } from "../../platform/input.js";
import { setOwnedRule } from "../flags/index.js";
import type { Caller } from "../permissions/index.js";
import { beginEpoch } from "../tracking/index.js";
import {
  changeExperiment,
  type ExperimentRef,
  type ExperimentScope,
  type ExperimentTools,
  recordCourse,
} from "./change-experiment.js";
import { readSlots } from "./current-slots.js";
import { type Experiment, refuseUnless } from "./experiment.js";
import { checkSettings, readTraffic } from "./experiment-input.js";
import { ruleOf, ruleOwnerOf, slotsChangedTo } from "./experiment-rule.js";
import { saveExperiment } from "./experiment.store.js";

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
    return traffic === experiment.traffic ? experiment : goOnAt(scope, traffic);
  });
}

async function goOnAt(scope: ExperimentScope, traffic: number): Promise<Experiment> {
  const { tx, record, experiment, now, reason } = scope;
  const course = { traffic, epoch: experiment.epoch + 1 };
  const slots = slotsChangedTo(await readSlots(tx, experiment), experiment, traffic);
  const { epoch } = experiment;
  recordCourse(scope, "experiment.traffic_changed", { traffic: experiment.traffic, epoch }, course);
  const changed = { ...experiment, ...course };
  await setOwnedRule(tx, record, experiment, ruleOwnerOf(changed), { rule: ruleOf(changed, slots), reason });
  const begun = await beginEpoch(tx, experiment.id, slots, now);
  if (begun !== course.epoch) throw new Error(`Epoch ${begun} began where ${course.epoch} was due.`);
  return saveExperiment(tx, experiment, course);
}
