/** concludeExperiment: what was decided, why, and – where a variant is chosen – that everybody gets it whom it was tried on. */
import { maxReasonLength, Mistakes, text } from "../../../platform/input.js";
import { quote } from "../../../platform/problems.js";
import { handOverRule, lockFlag, lockFlagEnvironment, serveToAll, setOwnedRule } from "../../flags/index.js";
import type { Caller } from "../../permissions/index.js";
import {
  changeExperiment,
  type ExperimentRef,
  type ExperimentScope,
  type ExperimentTools,
  recordCourse,
} from "../change-experiment.js";
import { type Conclusion, type Experiment, refuseUnless } from "../experiment.js";
import { ruleOf, ruleOwnerOf } from "../experiment-rule.js";
import { saveExperiment } from "../experiment.store.js";
import { readSlots } from "./current-slots.js";
import { withdrawRule } from "./pause-experiment.js";
import { end } from "./stop-experiment.js";

export interface ConcludeExperiment extends ExperimentRef {
  /** null or absent: what the flag serves without the experiment stays. */
  readonly variant?: string | null | undefined;
  /** What was decided, and why. */
  readonly text: string;
}

export const maxConclusionLength = 10_000;

/** Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, and CONFLICT for a stale version, for what was never started, and for what was concluded before. */
export async function concludeExperiment(
  tools: ExperimentTools,
  caller: Caller,
  input: ConcludeExperiment,
): Promise<Experiment> {
  return changeExperiment(tools, caller, input, "experiment:run", async (scope) => {
    const { experiment } = scope;
    refuseUnless(experiment, ["RUNNING", "PAUSED", "STOPPED"], "concluded");
    const mistakes = new Mistakes();
    const words = text("input.text", input.text, mistakes, { min: 1, max: maxConclusionLength });
    const variant = input.variant ?? null;
    const variants = experiment.arms.map((arm) => arm.variant);
    if (variant !== null && !variants.includes(variant)) {
      mistakes.add("input.variant", `must be one of ${variants.join(", ")}, got ${quote(variant)}.`);
    }
    mistakes.throwIfAny();
    return conclude(scope, { variant, text: words, automatic: false });
  });
}

/** Ends the experiment, where it has not ended, and lets everybody who qualified have the variant. For one that was started and is not concluded. */
export async function conclude(
  scope: ExperimentScope,
  decision: Omit<Conclusion, "at">,
): Promise<Experiment> {
  const { tx, experiment, now } = scope;
  const { variant, text: words } = decision;
  const leave = variant !== null && experiment.audience !== null ? leaveRule : withdrawRule;
  const ended = experiment.status === "STOPPED" ? experiment : await end(scope, leave);
  const { status } = ended;
  const conclusion = { ...decision, at: now.toISOString() };
  const course = { status: "CONCLUDED", conclusion } as const;
  recordCourse({ ...scope, experiment: ended }, "experiment.concluded", { status }, course);
  if (variant !== null)
    await serve({ ...scope, reason: scope.reason ?? words.slice(0, maxReasonLength) }, variant);
  return saveExperiment(tx, ended, course);
}

/**
 * Ends, by itself, an experiment of which some treatments do harm. What the flag serves without it stays, unless that is one of them: then the
 * control is served.
 */
export async function rollBack(
  scope: ExperimentScope,
  harmful: readonly string[],
  words: string,
): Promise<Experiment> {
  const { tx, experiment } = scope;
  const { project, environment, control } = experiment;
  const flag = await lockFlag(tx, project, experiment.flag);
  const { fallthrough } = await lockFlagEnvironment(tx, project, flag.key, environment);
  const leadsToHarm = "variant" in fallthrough && harmful.includes(fallthrough.variant);
  return conclude(scope, { variant: leadsToHarm ? control : null, text: words, automatic: true });
}

/** `serve` hands it over. */
async function leaveRule(): Promise<void> {}

/**
 * By the fallthrough, where everybody qualified, in a layer and beside holdouts, too; else by its rule, which is the flag's own from now on: of
 * whoever did not qualify nothing is known.
 */
async function serve({ tx, record, experiment, reason }: ExperimentScope, variant: string): Promise<void> {
  const { audience } = experiment;
  if (audience === null) {
    await serveToAll(tx, record, experiment, variant, reason);
    return;
  }
  const owner = ruleOwnerOf(experiment);
  const rule = ruleOf({ ...experiment, condition: audience }, await readSlots(tx, experiment));
  await setOwnedRule(tx, record, experiment, owner, { rule, reason });
  await handOverRule(tx, record, experiment, owner, variant, reason);
}
