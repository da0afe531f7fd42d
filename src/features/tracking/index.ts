/** Doorway of the tracking room: what is measured, and the events that it is measured by. */
export { findRepeatedMetric } from "./find-repeated-metric.js";
export { MetricResolver } from "./metric.resolver.js";
