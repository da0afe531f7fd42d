/** Doorway of the tracking room: what is measured, the trials that measure it, and the exposures and events that it is measured by. */
export { AnomalyMetricResolver } from "./anomaly-metric.resolver.js";
export { findRepeatedMetric } from "./find-repeated-metric.js";
export { keepTracking } from "./keep-tracking.js";
export type { Metric, MetricDirection, MetricType } from "./metric.js";
export { exposureRows, guessEvents, guessExposures, metricEventRows } from "./tracked-rows.store.js";
export { findMetric } from "./metric.queries.js";
export { metricByName } from "./metric.loaders.js";
export { MetricResolver } from "./metric.resolver.js";
export { findMetricsByKeys, lockMetrics } from "./metric.store.js";
export { MetricObjectType } from "./metric.types.js";
export { revertMetricChange } from "./revert-metric.js";
export { createTracking, type Tracking, type TrackingTools } from "./tracking.js";
export type { ExposureSum, MetricSum, SlicedSums, SumCell, TrialSums } from "./sums.js";
export { readSums, readSumStates, readUnits } from "./sums.store.js";
export { TrackingResolver } from "./tracking.resolver.js";
export {
  type MetricSource,
  type RatioPart,
  sourcesOf,
  type Trial,
  type TrialEpoch,
  type TrialMetric,
  type TrialSlot,
} from "./trial.js";
export {
  addTrialMetrics,
  beginEpoch,
  beginTrial,
  endTrial,
  type NewTrial,
  readTrials,
} from "./trial.store.js";
export { unitSecrets } from "./unit-secret.store.js";
