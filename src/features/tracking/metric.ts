/** What a metric is: something that people do, as one number for each of them. Pure. */
import { conflict, quote } from "../../platform/problems.js";

export const MetricType = {
  CONVERSION: "CONVERSION",
  COUNT: "COUNT",
  SUM: "SUM",
  MEAN: "MEAN",
  RATIO: "RATIO",
} as const;
/** How the events of one unit become a number. */
export type MetricType = (typeof MetricType)[keyof typeof MetricType];

export const MetricDirection = { INCREASE: "INCREASE", DECREASE: "DECREASE" } as const;
/** Which way is better. */
export type MetricDirection = (typeof MetricDirection)[keyof typeof MetricDirection];

export interface Metric {
  readonly id: string;
  /** Project key. */
  readonly project: string;
  readonly key: string;
  readonly name: string;
  readonly description: string | null;
  readonly type: MetricType;
  readonly direction: MetricDirection;
  /** Hours after the first exposure for which events count; null: as long as the trial runs. */
  readonly windowHours: number | null;
  /** COUNT, SUM and the numerator of a RATIO: what one unit counts for at most; null: whatever it has. */
  readonly cap: number | null;
  /** Such as `EUR` or `ms`. */
  readonly unit: string | null;
  /** SUM and MEAN: values are shown divided by 10^decimals. */
  readonly decimals: number;
  /** RATIO: key of the metric above the line. */
  readonly numerator: string | null;
  /** RATIO: key of the metric below the line. */
  readonly denominator: string | null;
  readonly archived: boolean;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Names a metric. */
export type MetricName = Pick<Metric, "project" | "key">;

/** What people set on a metric. */
export type MetricSettings = Omit<
  Metric,
  "id" | "project" | "key" | "archived" | "version" | "createdAt" | "updatedAt"
>;

export function settingsOf(metric: Metric): MetricSettings {
  const { name, description, type, direction, windowHours, cap, unit, decimals, numerator, denominator } =
    metric;
  return { name, description, type, direction, windowHours, cap, unit, decimals, numerator, denominator };
}

/** The keys of the metrics that a ratio is made of; none for other types. */
export function partsOf({ numerator, denominator }: Pick<Metric, "numerator" | "denominator">): string[] {
  return [numerator, denominator].filter((part) => part !== null);
}

const partTypes: ReadonlySet<MetricType> = new Set(["CONVERSION", "COUNT", "SUM"]);

/** Whether a metric of that type can be part of a ratio. */
export function canBePart(type: MetricType): boolean {
  return partTypes.has(type);
}

/** Throws CONFLICT for an archived metric: it is restored, and nothing else. */
export function refuseArchived({ key, archived }: Metric): void {
  if (archived) throw conflict(`Metric ${quote(key)} is archived: restore it first.`);
}

/** Decimals that the value of an event, and a cap, may have. */
export const maxValueDecimals = 6;

/** Whether it can be a value: a number within ±(2^53 − 1) of at most six decimals, which a numeric keeps exactly as it was written. */
export function isValue(value: unknown): value is number {
  return (
    typeof value === "number" &&
    Math.abs(value) <= Number.MAX_SAFE_INTEGER &&
    decimalsOf(value) <= maxValueDecimals
  );
}

/** Of the shortest decimal that is read as this number, which is how it was written. */
function decimalsOf(value: number): number {
  const [digits = "", exponent = "0"] = String(value).split("e");
  const [, fraction = ""] = digits.split(".");
  return Math.max(0, fraction.length - Number(exponent));
}
