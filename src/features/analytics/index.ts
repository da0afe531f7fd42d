/** Doorway of the analytics room. */
export { type Anomaly, type CountHistory, lastFullHour } from "./anomaly.js";
export { addAnomalies } from "./anomaly.store.js";
export { AnomalyType } from "./anomaly.types.js";
export { readHistories } from "./history.store.js";
export { judgeCounts, tellAnomaly } from "./judge-counts.js";
export { type Analytics, createAnalytics } from "./count-answers.js";
export { AnomalyResolver } from "./anomaly.resolver.js";
export { ApiKeyClientsResolver, ClientVersionResolver } from "./client-version.resolver.js";
export {
  FlagAnalyticsResolver,
  FlagEnvironmentUseResolver,
  FlagUseResolver,
} from "./flag-analytics.resolver.js";
export { keepAnalytics } from "./keep-analytics.js";
export { StaleFlagResolver } from "./stale-flag.resolver.js";
export { UnknownFlagResolver } from "./unknown-flag.resolver.js";
