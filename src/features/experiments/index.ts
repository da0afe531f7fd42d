/** Doorway of the experiments room. */
export { cellAt, type Cells, cellsOf } from "./analysis/cells.js";
export { type MeasuredArm, strataOf, tuned } from "./analysis/strata.js";
export { trialMetricsOf } from "./check-experiment.js";
export { insertDecision } from "./unattended/decision.store.js";
export {
  experimentsAskingForFlag,
  experimentsHolding,
  experimentsUsingSegment,
} from "./experiment-holders.js";
export { readAttribute } from "./experiment-input.js";
export { decisionsOf } from "./experiment.queries.js";
export { listExperimentsOfFlags, lockExperiments } from "./experiment.store.js";
export { PlanResolver } from "./plan/plan.resolver.js";
export {
  ExperimentFieldResolver,
  ExperimentLayerShareResolver,
  ExperimentMetricResolver,
} from "./experiment-fields.resolver.js";
export { ExperimentTemplateResolver } from "./templates/template.resolver.js";
export { ExperimentResolver } from "./experiment.resolver.js";
export {
  findRepeatedExperiment,
  findRepeatedHoldout,
  findRepeatedLayer,
  findRepeatedTemplate,
} from "./find-repeated-experiment.js";
export { FlagEnvironmentExperimentResolver, FlagExperimentsResolver } from "./flag-experiments.resolver.js";
export { HoldoutResolver } from "./holdouts/holdout.resolver.js";
export { keepExperiments } from "./unattended/keep-experiments.js";
export { LayerResolver } from "./layers/layer.resolver.js";
export { createResults, type Results } from "./results/desk.js";
export { ExperimentResultsFieldResolver, ExperimentResultsResolver } from "./results/results.resolver.js";
