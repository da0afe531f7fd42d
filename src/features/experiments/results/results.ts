/** What is known of an experiment at one moment: the analysis, and what it was made from. Pure. */
import type { AnalysisInput } from "../analysis/frame.js";
import type { ExperimentResults } from "../analysis/results.js";

export interface Analysed {
  readonly input: AnalysisInput;
  readonly results: ExperimentResults;
}
