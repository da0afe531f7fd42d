/** archiveMetric and restoreMetric: a metric that nothing is to be measured by any more, and its return. */
import type { Transaction } from "../../platform/database/index.js";
import { Mistakes, reason } from "../../platform/input.js";
import { AuditSubject, checkVersion, type LedgerTools, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { type Metric, partsOf } from "./metric.js";
import { refuseUsed, refuseWithoutParts } from "./guard-metric.js";
import { findMetric, lockMetric } from "./metric.queries.js";
import { saveMetric } from "./metric.store.js";

export interface MetricRef {
  readonly metric: string;
  readonly project?: string | null | undefined;
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/** Throws NOT_FOUND, FORBIDDEN, and CONFLICT for a stale version and where a ratio or something that runs needs it. An archived metric is given as it is. */
export async function archiveMetric(tools: LedgerTools, caller: Caller, input: MetricRef): Promise<Metric> {
  return putAway(tools, caller, input, true);
}

/** Throws NOT_FOUND, FORBIDDEN, and CONFLICT for a stale version and where parts of a ratio are archived. A metric that is not archived is given as it is. */
export async function restoreMetric(tools: LedgerTools, caller: Caller, input: MetricRef): Promise<Metric> {
  return putAway(tools, caller, input, false);
}

async function putAway(
  tools: LedgerTools,
  caller: Caller,
  input: MetricRef,
  archived: boolean,
): Promise<Metric> {
  const found = await findMetric(tools, caller, input.project, input.metric);
  const proof = permit(caller, "metric:archive", { project: found.project });
  const mistakes = new Mistakes();
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    const { metric, others } = await lockMetric(tx, found, partsOf(found));
    checkVersion("Metric", metric.version, input.expectedVersion);
    if (metric.archived === archived) return metric;
    await refuseMove(tx, metric, others);
    record({
      kind: archived ? "metric.archived" : "metric.restored",
      subjectType: AuditSubject.METRIC,
      subject: metric.key,
      project: metric.project,
      before: { archived: metric.archived },
      after: { archived },
      reason: why,
    });
    return saveMetric(tx, metric, { archived });
  });
}

/** Throws CONFLICT for an archiving, or a return, that something stands in the way of. The caller holds the locks of the metric and of its parts. */
export async function refuseMove(tx: Transaction, metric: Metric, parts: readonly Metric[]): Promise<void> {
  if (metric.archived) refuseWithoutParts(metric, parts);
  else await refuseUsed(tx, metric);
}
