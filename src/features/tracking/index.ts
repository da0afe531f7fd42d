/** Doorway of the tracking room: what is measured, the trials that measure it, and the exposures and events that it is measured by. */
export { attachWaitingEvents } from "./ingest-events.js";
export { findRepeatedMetric } from "./find-repeated-metric.js";
export { keepTracking } from "./keep-tracking.js";
export type { Metric, MetricType } from "./metric.js";
export { findMetric } from "./metric.queries.js";
export { MetricResolver } from "./metric.resolver.js";
export { createTracking, type Tracking, type TrackingTools } from "./tracking.js";
export type { ExposureSum, MetricSum, SlicedSums, SumCell, TrialSums } from "./sums.js";
export { readSums, readUnits } from "./sums.store.js";
export { TrackingResolver } from "./tracking.resolver.js";
export {
  type MetricSource,
  type RatioPart,
  sourcesOf,
  type Trial,
  type TrialMetric,
  type TrialSlot,
} from "./trial.js";
export { addTrialMetrics, beginEpoch, beginTrial, endTrial, type NewTrial } from "./trial.store.js";
export { unitSecrets } from "./unit-secret.store.js";
