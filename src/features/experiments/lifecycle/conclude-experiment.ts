/** concludeExperiment: what was decided, why, and – where a variant is chosen – that everybody gets it. */
import { Mistakes, text } from "../../../platform/input.js";
import { quote } from "../../../platform/problems.js";
import { serveToAll } from "../../flags/index.js";
import type { Caller } from "../../permissions/index.js";
import {
  changeExperiment,
  type ExperimentRef,
  type ExperimentScope,
  type ExperimentTools,
  recordCourse,
} from "../change-experiment.js";
import { type Conclusion, type Experiment, refuseUnless } from "../experiment.js";
import { saveExperiment } from "../experiment.store.js";
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

/** Ends the experiment, where it has not ended, and lets everybody have the variant. For one that was started and is not concluded. */
export async function conclude(
  scope: ExperimentScope,
  decision: Omit<Conclusion, "at">,
): Promise<Experiment> {
  const { tx, record, now, reason } = scope;
  const ended = scope.experiment.status === "STOPPED" ? scope.experiment : await end(scope);
  const { status } = ended;
  const conclusion = { ...decision, at: now.toISOString() };
  const course = { status: "CONCLUDED", conclusion } as const;
  recordCourse({ ...scope, experiment: ended }, "experiment.concluded", { status }, course);
  const { variant } = decision;
  if (variant !== null) await serveToAll(tx, record, ended, variant, reason ?? decision.text.slice(0, 1_000));
  return saveExperiment(tx, ended, course);
}
