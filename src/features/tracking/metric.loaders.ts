/** What lists of metrics lead to, read for the whole list at once. */
import type DataLoader from "dataloader";
import type { Database } from "../../platform/database/index.js";
import { perProject } from "../projects/index.js";
import type { Metric, MetricName } from "./metric.js";
import { findMetricsByKeys } from "./metric.store.js";

/** A metric; null where there is none. Only for names that the caller was given by something it may see. */
export function metricByName({
  database,
}: {
  readonly database: Database;
}): DataLoader<MetricName, Metric | null, string> {
  return perProject(
    async (project, keys) => findMetricsByKeys(database, project, keys),
    ({ key }) => key,
    ([metric]) => metric ?? null,
  );
}
