/** What a plan demands of the test by which it is judged. Pure. */
import type { Demands, Looking } from "../../../statistics/index.js";
import type { AnalysisMode } from "../experiment.js";
import type { PlanSettings } from "./plan.js";

/** How often results are looked at. */
export const looking: Readonly<Record<AnalysisMode, Looking>> = {
  ANYTIME: "anytime",
  GROUP_SEQUENTIAL: "groupSequential",
  FIXED_HORIZON: "once",
};

/** Every treatment is compared with the control, and α is for all of them together: Bonferroni, which Holm never falls behind. */
export function demandsOf({ alpha, power, arms }: PlanSettings): Demands {
  return { alpha: alpha / (arms - 1), power };
}
