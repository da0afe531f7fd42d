/** How a decision is carried out: what it does, and what is kept of it, in one transaction, so that neither is there without the other. */
import { maxReasonLength } from "../../../platform/input.js";
import { conclude, rollBack } from "../lifecycle/conclude-experiment.js";
import type { ExperimentScope } from "../change-experiment.js";
import { type MeasuredLook, measuring } from "../analysis/frame.js";
import { type Act, actOf, type Decided } from "./decide.js";
import { insertDecision } from "./decision.store.js";
import { writeInputs } from "./decide-inputs.js";
import { inTurns } from "../results/in-turns.js";
import { readLook } from "../results/look.js";
import { summarising } from "./decide-summary.js";
import type { Experiment } from "../experiment.js";
import { goOnWith } from "../lifecycle/next-epoch.js";
import { end } from "../lifecycle/stop-experiment.js";

/** What happens to an experiment while nothing else changes it; whoever decides writes the reason. */
export type DecidingScope = Omit<ExperimentScope, "reason">;

/** Does what the rule asks for now; null: nothing. The experiment was started, and is not over. */
export async function decideNow(scope: DecidingScope): Promise<Act | null> {
  const { tx, experiment, now } = scope;
  const seen = await inTurns(measuring(await readLook(tx, experiment, now)));
  const act = actOf(seen);
  if (act === null) return null;
  const summary = await inTurns(summarising(seen, act));
  await carryOut({ ...scope, reason: summary.slice(0, maxReasonLength) }, act, summary);
  await keepDecision(scope, seen, act, summary);
  return act;
}

async function carryOut(scope: ExperimentScope, act: Act, text: string): Promise<Experiment> {
  switch (act.action) {
    case "PROMOTED":
      return conclude(scope, { variant: act.variant, text, automatic: true });
    case "ROLLED_BACK":
      return rollBack(scope, act.variants, text);
    case "INCONCLUSIVE":
      return end(scope);
    case "OPTIMISED":
      return goOnWith(scope, "experiment.shares_moved", { arms: act.after });
  }
}

/** With everything that it was decided from. */
export async function keepDecision(
  { tx, experiment, now }: Pick<DecidingScope, "tx" | "experiment" | "now">,
  seen: MeasuredLook,
  decided: Decided,
  summary?: string,
): Promise<void> {
  const { project, environment, id: trial } = experiment;
  const inputs = writeInputs(seen.look, decided);
  const text = summary ?? (await inTurns(summarising(seen, decided)));
  const decision = { project, trial, at: now, action: decided.action, summary: text, inputs };
  await insertDecision(tx, environment, decision);
}
