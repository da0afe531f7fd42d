/** How what runs goes on with another traffic or other shares: whoever takes part before and after keeps their variant. */
import { setOwnedRule } from "../../flags/index.js";
import type { ChangeKind } from "../../ledger/index.js";
import { beginEpoch } from "../../tracking/index.js";
import { type ExperimentScope, recordCourse } from "../change-experiment.js";
import { readSlots } from "./current-slots.js";
import type { Experiment } from "../experiment.js";
import { ruleOf, ruleOwnerOf, slotsChangedTo } from "../experiment-rule.js";
import { saveExperiment } from "../experiment.store.js";

/** For an experiment that runs. Units whose bucket goes to another variant count no more. */
export async function goOnWith(
  scope: ExperimentScope,
  kind: ChangeKind,
  change: Partial<Pick<Experiment, "traffic" | "arms">>,
): Promise<Experiment> {
  const { tx, record, experiment, now, reason } = scope;
  const { epoch, traffic, arms } = experiment;
  const course = { ...change, epoch: epoch + 1 };
  const changed = { ...experiment, ...course };
  const slots = slotsChangedTo(await readSlots(tx, experiment), changed, changed.traffic);
  const before = change.arms === undefined ? { traffic, epoch } : { arms, epoch };
  recordCourse(scope, kind, before, course);
  await setOwnedRule(tx, record, experiment, ruleOwnerOf(changed), { rule: ruleOf(changed, slots), reason });
  const begun = await beginEpoch(tx, experiment.id, slots, now);
  if (begun !== course.epoch) throw new Error(`Epoch ${begun} began where ${course.epoch} was due.`);
  return saveExperiment(tx, experiment, course);
}
