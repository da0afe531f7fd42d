/** How a decision is carried out: what it does, and what is kept of it, in one transaction, so that neither is there without the other. */
import { conclude } from "../lifecycle/conclude-experiment.js";
import type { ExperimentScope } from "../change-experiment.js";
import type { AnalysisInput } from "../analysis/frame.js";
import { type Act, actAt, type Decided } from "./decide.js";
import { insertDecision } from "./decision.store.js";
import { writeInputs } from "./decide-inputs.js";
import { readLook } from "../results/look.js";
import { summaryOf } from "./decide-summary.js";
import type { Experiment } from "../experiment.js";
import { goOnWith } from "../lifecycle/next-epoch.js";
import { end } from "../lifecycle/stop-experiment.js";

/** What happens to an experiment while nothing else changes it; whoever decides writes the reason. */
export type DecidingScope = Omit<ExperimentScope, "reason">;

/** Does what the rule asks for now; null: nothing. The experiment was started, and is not over. */
export async function decideNow(scope: DecidingScope): Promise<Act | null> {
  const { tx, experiment, now } = scope;
  const look = await readLook(tx, experiment, now);
  const act = actAt(look);
  if (act === null) return null;
  const summary = summaryOf(look, act);
  await carryOut({ ...scope, reason: summary.slice(0, 1_000) }, act, summary);
  await keepDecision(scope, look, act, summary);
  return act;
}

async function carryOut(scope: ExperimentScope, act: Act, text: string): Promise<Experiment> {
  switch (act.action) {
    case "PROMOTED":
      return conclude(scope, { variant: act.variant, text, automatic: true });
    case "ROLLED_BACK":
      return conclude(scope, { variant: null, text, automatic: true });
    case "INCONCLUSIVE":
      return end(scope);
    case "OPTIMISED":
      return goOnWith(scope, "experiment.shares_moved", { arms: act.after });
  }
}

/** With everything that it was decided from. */
export async function keepDecision(
  { tx, experiment, now }: Pick<DecidingScope, "tx" | "experiment" | "now">,
  look: AnalysisInput,
  decided: Decided,
  summary = summaryOf(look, decided),
): Promise<void> {
  const { project, id: trial } = experiment;
  const inputs = writeInputs(look, decided);
  await insertDecision(tx, { project, trial, at: now, action: decided.action, summary, inputs });
}
