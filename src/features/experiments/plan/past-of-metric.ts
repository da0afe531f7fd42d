/** What a metric was like lately in an environment: of the units that were exposed to something, where there are enough of them. */
import type { Database } from "../../../platform/database/index.js";
import type { Caller } from "../../permissions/index.js";
import { findMetric, type Metric, sourcesOf } from "../../tracking/index.js";
import { isPerUnit, type Past, pastDays, readPast } from "./past.js";
import { type PastQuery, sumExposed, sumPast } from "./plan.store.js";

export interface PlanTools {
  readonly database: Database;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Fewer tell less than all units of which something was tracked. */
const leastExposed = 100;

/** A text: why the past tells nothing, as what the metric must be. Throws NOT_FOUND for a part of a ratio that is gone. */
export async function pastOf(
  tools: PlanTools,
  caller: Caller,
  metric: Metric,
  environment: string,
): Promise<Past | string> {
  const { project, type, windowHours } = metric;
  const now = tools.now();
  const query: PastQuery = {
    ...{ project, environment, windowHours },
    sources: await sourcesFor(tools, caller, metric),
    from: new Date(now - pastDays * 86_400_000),
    to: new Date(now),
  };
  const exposed = isPerUnit(type) ? await sumExposed(tools.database, query) : null;
  if (exposed !== null && exposed.events > 0 && exposed.n / exposed.share >= leastExposed) {
    const past = readPast(type, exposed, now, "EXPOSED_UNITS");
    if (typeof past !== "string") return past;
  }
  return readPast(type, await sumPast(tools.database, query), now);
}

async function sourcesFor(tools: PlanTools, caller: Caller, metric: Metric) {
  const part = async (key: string | null) =>
    key === null ? null : findMetric(tools, caller, metric.project, key);
  const parts = { numerator: await part(metric.numerator), denominator: await part(metric.denominator) };
  return sourcesOf({ ...metric, metric: metric.id, ...parts, isCovariate: false });
}
