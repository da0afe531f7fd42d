/** What lists of metrics lead to, read for the whole list at once. */
import DataLoader from "dataloader";
import type { Database } from "../../platform/database/index.js";
import type { Metric, MetricName } from "./metric.js";
import { findMetricsByKeys } from "./metric.store.js";

/** A metric; null where there is none. One statement a project, nearly always one. Only for names that the caller was given by something it may see. */
export function metricByName({
  database,
}: {
  readonly database: Database;
}): DataLoader<MetricName, Metric | null, string> {
  const textOf = ({ project, key }: MetricName): string => `${project}/${key}`;
  const batch = async (names: readonly MetricName[]): Promise<(Metric | null)[]> => {
    const found = new Map<string, Metric>();
    for (const project of new Set(names.map((name) => name.project))) {
      const keys = names.filter((name) => name.project === project).map((name) => name.key);
      for (const metric of await findMetricsByKeys(database, project, keys))
        found.set(textOf(metric), metric);
    }
    return names.map((name) => found.get(textOf(name)) ?? null);
  };
  return new DataLoader(batch, { cacheKeyFn: textOf });
}
