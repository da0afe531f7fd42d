/** What stands between a metric and a change of it: what was measured by it, and the ratios that it is part of. */
import type { Transaction } from "../../platform/database/index.js";
import type { Mistakes } from "../../platform/input.js";
import { conflict, quote } from "../../platform/problems.js";
import { canBePart, type Metric, type MetricName, type MetricSettings } from "./metric.js";
import { isTracked, type MeasuringPlace, placesMeasuring, ratiosWith } from "./metric.store.js";

/** What says how what was tracked is to be read. */
const settledByEvents = ["type", "numerator", "denominator", "decimals"] as const;
/** What would turn results around. */
const settledByTrials = ["direction"] as const;

/** Throws CONFLICT for a change of what stays as it is once something was tracked or measured. The caller holds the metric's lock. */
export async function refuseResettling(
  tx: Transaction,
  metric: Metric,
  after: Partial<MetricSettings>,
): Promise<void> {
  const byEvents = settledByEvents.filter((name) => name in after);
  const byTrials = settledByTrials.filter((name) => name in after);
  const settled = [...byEvents, ...byTrials];
  if (settled.length === 0) return;
  const measuring = await placesMeasuring(tx, metric, false);
  if (measuring.length > 0) throw settledBy(metric, settled, `it was measured ${placed(measuring)}`);
  if (byEvents.length > 0 && (await isTracked(tx, metric))) {
    throw settledBy(metric, byEvents, "events of it were tracked");
  }
}

function settledBy({ key }: MetricName, names: readonly string[], why: string): Error {
  return conflict(
    `The ${names.join(" and ")} of metric ${quote(key)} cannot change, because ${why}: create another metric.`,
  );
}

/** Adds a mistake where a part of a ratio would become what cannot be one. The caller holds the metric's lock. */
export async function checkStaysPart(
  tx: Transaction,
  name: MetricName,
  { type }: Pick<Metric, "type">,
  mistakes: Mistakes,
): Promise<void> {
  if (canBePart(type)) return;
  const ratios = await ratiosWith(tx, name);
  if (ratios.length === 0) return;
  mistakes.add(
    "input.type",
    `must stay CONVERSION, COUNT or SUM: the metric is part of ${quotedKeys(ratios)}.`,
  );
}

/** Throws CONFLICT with the ratios that the metric is part of, or with the flags that it is measured on. The caller holds its lock. */
export async function refuseUsed(tx: Transaction, metric: Metric): Promise<void> {
  const ratios = await ratiosWith(tx, metric);
  if (ratios.length > 0) {
    throw conflict(`Metric ${quote(metric.key)} is part of ${quotedKeys(ratios)}: archive that first.`);
  }
  const measuring = await placesMeasuring(tx, metric, true);
  if (measuring.length > 0) {
    throw conflict(
      `Metric ${quote(metric.key)} is being measured ${placed(measuring)}: end that first, or take it out.`,
    );
  }
}

/** Throws CONFLICT for a ratio whose parts are archived, which come first, or are no longer fit. */
export function refuseWithoutParts(ratio: Metric, parts: readonly Metric[]): void {
  const archived = parts.filter((part) => part.archived);
  if (archived.length > 0) {
    throw conflict(
      `Metric ${quote(ratio.key)} is made of archived metrics: restore ${quotedKeys(archived)} first.`,
    );
  }
  const unfit = parts.filter(({ type }) => !canBePart(type));
  if (unfit.length > 0) {
    throw conflict(
      `Metric ${quote(ratio.key)} cannot come back: the type of ${quotedKeys(unfit)} was changed since.`,
    );
  }
}

function placed(places: readonly MeasuringPlace[]): string {
  return places.map(({ flag, environment }) => `on flag ${quote(flag)} in ${environment}`).join(", ");
}

function quotedKeys(metrics: readonly Pick<Metric, "key">[]): string {
  return metrics.map(({ key }) => quote(key)).join(", ");
}
