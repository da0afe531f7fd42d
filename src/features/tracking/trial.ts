/** Whatever splits units and measures them: an experiment, or a guarded rollout. Pure. */
import type { MetricType } from "./metric.js";

/** A run of buckets of a trial's split; null: a hole, whose units take no part. */
export interface TrialSlot {
  readonly variant: string | null;
  readonly weight: number;
}

/** A stretch of a trial in which its slots stayed as they were. */
export interface TrialEpoch {
  /** Counts from 1. */
  readonly epoch: number;
  readonly slots: readonly TrialSlot[];
  readonly from: Date;
}

export interface Trial {
  /** Also the seed of its split. */
  readonly id: string;
  readonly project: string;
  readonly environment: string;
  readonly flag: string;
  /** Path of the attribute by whose value units are told apart. */
  readonly attribute: string;
  /** Paths of the attributes that are kept of each exposure, to tell results apart by. */
  readonly slices: readonly string[];
  readonly startedAt: Date;
  /** What happened after then does not count; null: it runs. */
  readonly endedAt: Date | null;
  /** In their order. */
  readonly epochs: readonly TrialEpoch[];
}

/** A metric that a ratio is made of. */
export interface RatioPart {
  readonly key: string;
  readonly type: MetricType;
}

/** What a trial measures by one metric. */
export interface TrialMetric {
  /** Id of the metric. */
  readonly metric: string;
  readonly key: string;
  readonly type: MetricType;
  /** RATIO only, and always then. */
  readonly numerator?: RatioPart | null;
  /** RATIO only, and always then. */
  readonly denominator?: RatioPart | null;
  /** Hours after the first exposure for which events count; null: as long as the trial runs. */
  readonly windowHours: number | null;
  /** What one unit counts for at most; null: whatever it has. */
  readonly cap: number | null;
  /** Whether what units did before they were exposed is gathered too; of one metric of a trial at most. */
  readonly isCovariate: boolean;
}

/** What one event of a metric adds to the value of its unit, or to what the value is divided by. */
export type SourcePart = "CONVERSION" | "COUNT" | "SUM" | "MEAN" | "DENOMINATOR_COUNT" | "DENOMINATOR_SUM";

/** Whose events count for a metric, and how. */
export interface MetricSource {
  /** Key of the metric whose events they are. */
  readonly source: string;
  readonly part: SourcePart;
  /** Of the value, or of what it is divided by. */
  readonly cap: number | null;
}

/** Throws for a ratio that lacks a part, or has one that events alone do not make: such a metric cannot be created. */
export function sourcesOf(metric: TrialMetric): readonly MetricSource[] {
  const { key: source, type, cap } = metric;
  if (type !== "RATIO") return [{ source, part: type, cap: type === "CONVERSION" ? 1 : cap }];
  const { numerator, denominator } = metric;
  if (!numerator || !denominator) throw new Error(`The ratio ${source} lacks a part.`);
  const above = plainType(numerator);
  const below = plainType(denominator);
  return [
    { source: numerator.key, part: above, cap: above === "CONVERSION" ? 1 : cap },
    {
      source: denominator.key,
      part: below === "SUM" ? "DENOMINATOR_SUM" : "DENOMINATOR_COUNT",
      cap: below === "CONVERSION" ? 1 : null,
    },
  ];
}

function plainType({ key, type }: RatioPart): "CONVERSION" | "COUNT" | "SUM" {
  if (type === "MEAN" || type === "RATIO") throw new Error(`${key} cannot be part of a ratio.`);
  return type;
}

export function bucketsOf(slots: readonly TrialSlot[]): number {
  return slots.reduce((sum, { weight }) => sum + weight, 0);
}

/** null: a hole, or no bucket of these slots. */
export function variantAt(slots: readonly TrialSlot[], bucket: number): string | null {
  let end = 0;
  for (const { variant, weight } of slots) {
    end += weight;
    if (bucket < end) return bucket < 0 ? null : variant;
  }
  return null;
}

/** Buckets, from `low` to below `high`. */
export interface BucketRange {
  readonly low: number;
  readonly high: number;
}

/** The buckets that have another variant after than before. Throws when the number of buckets differs, since then none can be compared. */
export function movedBuckets(before: readonly TrialSlot[], after: readonly TrialSlot[]): BucketRange[] {
  if (bucketsOf(before) !== bucketsOf(after)) {
    throw new Error("The epochs of a trial must have the same number of buckets.");
  }
  const bounds = [...new Set([0, ...endsOf(before), ...endsOf(after)])].sort((a, b) => a - b);
  return bounds.flatMap((low, index) => {
    const high = bounds[index + 1];
    if (high === undefined || variantAt(before, low) === variantAt(after, low)) return [];
    return [{ low, high }];
  });
}

function endsOf(slots: readonly TrialSlot[]): number[] {
  let end = 0;
  return slots.map(({ weight }) => (end += weight));
}

/** Whether a unit that was first exposed then, in that epoch, counts no more because its bucket was given to another variant since. */
export function hasDeparted(
  { epochs }: Pick<Trial, "epochs">,
  exposure: { readonly epoch: number; readonly bucket: number; readonly at: number },
): boolean {
  const own = epochs.find(({ epoch }) => epoch === exposure.epoch);
  if (own === undefined) return false;
  const variant = variantAt(own.slots, exposure.bucket);
  return epochs.some(
    ({ epoch, slots, from }) =>
      epoch > exposure.epoch && from.getTime() > exposure.at && variantAt(slots, exposure.bucket) !== variant,
  );
}
