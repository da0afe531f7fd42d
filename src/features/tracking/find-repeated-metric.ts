/** What a repeated change of a metric is answered: the metric as it is now. */
import type { Database } from "../../platform/database/index.js";
import { type Repetition, sameOrGone } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import type { Metric } from "./metric.js";
import { findMetric } from "./metric.queries.js";

/** Throws NOT_FOUND and FORBIDDEN. */
export async function findRepeatedMetric(
  tools: { readonly database: Database },
  caller: Caller,
  repetition: Repetition,
): Promise<Metric> {
  const { change, input } = repetition;
  const project = change?.project ?? input.project;
  return sameOrGone(repetition, findMetric(tools, caller, project, change?.subject ?? input.metric ?? ""));
}
