/** updateMetric: what people read of a metric, and how it is measured, as far as nothing was measured by it. */
import type { Transaction } from "../../platform/database/index.js";
import { description, Mistakes, name, reason } from "../../platform/input.js";
import { AuditSubject, checkVersion, differenceOf, type LedgerTools, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { checkStaysPart, refuseResettling } from "./guard-metric.js";
import { checkMeasuring, checkParts, type MetricInput, readMeasuring } from "./metric-input.js";
import { type Metric, type MetricSettings, partsOf, refuseArchived, settingsOf } from "./metric.js";
import { findMetric, lockMetric } from "./metric.queries.js";
import { saveMetric } from "./metric.store.js";

/** null clears what can be cleared. */
export interface UpdateMetric extends MetricInput {
  readonly metric: string;
  readonly name?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly project?: string | null | undefined;
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/**
 * Throws NOT_FOUND, FORBIDDEN, BAD_USER_INPUT, and CONFLICT for a stale version, an archived metric, and a change of what is settled. An update
 * that changes nothing leaves no trace.
 */
export async function updateMetric(tools: LedgerTools, caller: Caller, input: UpdateMetric): Promise<Metric> {
  const found = await findMetric(tools, caller, input.project, input.metric);
  const proof = permit(caller, "metric:update", { project: found.project });
  const { why, ...changes } = readInput(input);
  return write(tools, proof, async (tx, record) => {
    const locked = await lockMetric(tx, found, partsOf(partsIn(changes)));
    const { metric } = locked;
    checkVersion("Metric", metric.version, input.expectedVersion);
    refuseArchived(metric);
    const settings = { ...settingsOf(metric), ...changes };
    const difference = differenceOf(settingsOf(metric), settings);
    if (difference === null) return metric;
    const { after } = difference;
    (await checkChanges(tx, locked, changes)).throwIfAny();
    record({
      kind: "metric.updated",
      subjectType: AuditSubject.METRIC,
      subject: metric.key,
      project: metric.project,
      ...difference,
      reason: why,
    });
    return saveMetric(tx, metric, after);
  });
}

/** What is wrong with a metric that is changed so. Throws CONFLICT for a change of what is settled. The caller holds all their locks. */
export async function checkChanges(
  tx: Transaction,
  { metric, others }: { readonly metric: Metric; readonly others: readonly Metric[] },
  changes: Partial<MetricSettings>,
): Promise<Mistakes> {
  const settings = { ...settingsOf(metric), ...changes };
  await refuseResettling(tx, metric, differenceOf(settingsOf(metric), settings)?.after ?? {});
  const mistakes = new Mistakes();
  checkMeasuring(settings, mistakes);
  checkParts(partsIn(changes), others, mistakes);
  await checkStaysPart(tx, metric, settings, mistakes);
  return mistakes;
}

function partsIn({ numerator = null, denominator = null }: Partial<MetricSettings>) {
  return { numerator, denominator };
}

function readInput(input: UpdateMetric) {
  const mistakes = new Mistakes();
  const read = {
    ...(input.name === undefined ? {} : { name: name("input.name", input.name, mistakes) }),
    ...(input.description === undefined
      ? {}
      : { description: description("input.description", input.description, mistakes) }),
    ...readMeasuring(input, mistakes),
    why: reason("input.reason", input.reason, mistakes),
  };
  mistakes.throwIfAny();
  return read;
}
