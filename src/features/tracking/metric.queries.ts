/** Finding metrics, as far as the caller may know of them. */
import type { Database, Transaction } from "../../platform/database/index.js";
import { makePage, type Page, type PageArguments, readPage } from "../../platform/graphql/page.js";
import { isKey, Mistakes, search } from "../../platform/input.js";
import { notFound } from "../../platform/problems.js";
import { type Caller, permit } from "../permissions/index.js";
import { findProject } from "../projects/index.js";
import type { Metric, MetricName } from "./metric.js";
import { countMetrics, lockMetrics, pageMetrics, readMetric } from "./metric.store.js";

interface Tools {
  readonly database: Database;
}

/** Throws UNAUTHENTICATED for strangers, FORBIDDEN without the role VIEWER, NOT_FOUND for what does not exist or may not be seen. */
export async function findMetric(
  tools: Tools,
  caller: Caller,
  projectKey: string | null | undefined,
  key: string,
): Promise<Metric> {
  const { key: project } = await findProject(tools, caller, projectKey);
  permit(caller, "metric:read", { project });
  const metric = isKey(key) ? await readMetric(tools.database, { project, key }) : null;
  if (metric === null) throw notFound("Metric", key);
  return metric;
}

export interface MetricQuery extends PageArguments {
  readonly project?: string | null | undefined;
  /** Looked for in keys, names and descriptions, in any case. */
  readonly search?: string | null | undefined;
  /** null and absent: both. */
  readonly archived?: boolean | null | undefined;
}

/** A page of the project's metrics, by key. Throws like `findMetric`, and BAD_USER_INPUT. */
export async function listMetrics(tools: Tools, caller: Caller, query: MetricQuery): Promise<Page<Metric>> {
  const { key: project } = await findProject(tools, caller, query.project);
  permit(caller, "metric:read", { project });
  const mistakes = new Mistakes();
  const sought = search("search", query.search, mistakes);
  mistakes.throwIfAny();
  const criteria = { project, search: sought, archived: query.archived ?? undefined };
  const request = readPage("metrics", 1, query);
  const rows = await pageMetrics(tools.database, criteria, request);
  return makePage(
    "metrics",
    request,
    rows,
    (metric) => [metric.key],
    (metric) => metric,
    async () => countMetrics(tools.database, criteria),
  );
}

/** Locks a metric, and others in one go, until the transaction ends. Throws NOT_FOUND when the project was deleted meanwhile. */
export async function lockMetric(
  tx: Transaction,
  { project, key }: MetricName,
  others: readonly string[] = [],
): Promise<{ readonly metric: Metric; readonly others: readonly Metric[] }> {
  const locked = await lockMetrics(tx, project, [key, ...others]);
  const metric = locked.find((one) => one.key === key);
  if (metric === undefined) throw notFound("Metric", key);
  return { metric, others: locked.filter((one) => one !== metric) };
}
