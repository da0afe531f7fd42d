/** Reads what people set on a metric, and checks that it makes sense as a whole. */
import { type Mistakes, text } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import {
  canBePart,
  isValue,
  maxValueDecimals,
  type Metric,
  type MetricDirection,
  type MetricSettings,
  type MetricType,
} from "./metric.js";

/** What creating and changing a metric have in common. */
export interface MetricInput {
  readonly type?: MetricType | null | undefined;
  readonly direction?: MetricDirection | null | undefined;
  readonly attributionWindowHours?: number | null | undefined;
  readonly cap?: number | null | undefined;
  readonly unit?: string | null | undefined;
  readonly decimals?: number | null | undefined;
  /** Key of a metric. */
  readonly numerator?: string | null | undefined;
  /** Key of a metric. */
  readonly denominator?: string | null | undefined;
}

/** All but the names for people. */
type Measuring = Omit<MetricSettings, "name" | "description">;

export const maxWindowHours = 8_760; // 365 days
export const maxUnitLength = 32;
export const maxDecimals = 6;
const maxPartLength = 128;

/** What was given; what is absent is left out. */
export function readMeasuring(input: MetricInput, mistakes: Mistakes): Partial<Measuring> {
  const { type, direction, attributionWindowHours, cap, unit, decimals, numerator, denominator } = input;
  return {
    ...(type === undefined ? {} : { type: required("input.type", type, "SUM", mistakes) }),
    ...(direction === undefined
      ? {}
      : { direction: required("input.direction", direction, "INCREASE", mistakes) }),
    ...(attributionWindowHours === undefined
      ? {}
      : { windowHours: readWindow(attributionWindowHours, mistakes) }),
    ...(cap === undefined ? {} : { cap: readCap(cap, mistakes) }),
    ...(unit === undefined ? {} : { unit: readText("input.unit", unit, maxUnitLength, mistakes) }),
    ...(decimals === undefined ? {} : { decimals: readDecimals(decimals, mistakes) }),
    ...(numerator === undefined
      ? {}
      : { numerator: readText("input.numerator", numerator, maxPartLength, mistakes) }),
    ...(denominator === undefined
      ? {}
      : { denominator: readText("input.denominator", denominator, maxPartLength, mistakes) }),
  };
}

/** What nobody may clear; the stand-in after a mistake. */
function required<T>(path: string, value: T | null, standIn: T, mistakes: Mistakes): T {
  if (value !== null) return value;
  mistakes.add(path, "must not be null.");
  return standIn;
}

function readWindow(value: number | null, mistakes: Mistakes): number | null {
  if (value === null || (Number.isInteger(value) && value >= 1 && value <= maxWindowHours)) return value;
  mistakes.add("input.attributionWindowHours", `must be between 1 and ${maxWindowHours}, got ${value}.`);
  return null;
}

function readCap(value: number | null, mistakes: Mistakes): number | null {
  if (value === null || (isValue(value) && value > 0)) return value;
  mistakes.add(
    "input.cap",
    `must be above 0, below 2^53 and of at most ${maxValueDecimals} decimals, got ${value}.`,
  );
  return null;
}

function readDecimals(value: number | null, mistakes: Mistakes): number {
  if (value !== null && Number.isInteger(value) && value >= 0 && value <= maxDecimals) return value;
  mistakes.add("input.decimals", `must be between 0 and ${maxDecimals}, got ${quote(value)}.`);
  return 0;
}

function readText(path: string, value: string | null, max: number, mistakes: Mistakes): string | null {
  return value === null ? null : text(path, value, mistakes, { min: 1, max });
}

/** What of a metric is only for some types. */
const reserved = {
  cap: ["COUNT", "SUM", "RATIO"],
  decimals: ["SUM", "MEAN"],
  numerator: ["RATIO"],
  denominator: ["RATIO"],
} as const satisfies Partial<Record<keyof MetricSettings, readonly MetricType[]>>;

const empty = { cap: null, decimals: 0, numerator: null, denominator: null } as const;

/** Adds a mistake for whatever does not go with the type. Whether the parts of a ratio are fit is for `checkParts`. */
export function checkMeasuring(metric: Measuring, mistakes: Mistakes): void {
  for (const name of ["cap", "decimals", "numerator", "denominator"] as const) {
    const types: readonly MetricType[] = reserved[name];
    if (metric[name] !== empty[name] && !types.includes(metric.type)) {
      mistakes.add(
        `input.${name}`,
        `is for metrics of the type ${types.join(" or ")}: ${quote(empty[name])} takes it away from one of the type ${metric.type}.`,
      );
    }
  }
  if (metric.type !== "RATIO") return;
  for (const name of ["numerator", "denominator"] as const) {
    if (metric[name] === null) mistakes.add(`input.${name}`, "must be given for a metric of the type RATIO.");
  }
  if (metric.numerator !== null && metric.numerator === metric.denominator) {
    mistakes.add("input.denominator", "must be another metric than the numerator.");
  }
}

/** Adds mistakes for parts of a ratio that are not among the `others` of the project, are archived, or are means and ratios themselves. */
export function checkParts(
  ratio: Pick<MetricSettings, "numerator" | "denominator">,
  others: readonly Metric[],
  mistakes: Mistakes,
): void {
  for (const name of ["numerator", "denominator"] as const) {
    const key = ratio[name];
    if (key === null) continue;
    const mistake = partMistake(others.find((part) => part.key === key));
    if (mistake !== null) mistakes.add(`input.${name}`, `must be ${mistake}, got ${quote(key)}.`);
  }
}

function partMistake(part: Metric | undefined): string | null {
  if (part === undefined) return "another metric that exists";
  if (part.archived) return "a metric that is not archived";
  return canBePart(part.type) ? null : "a metric of the type CONVERSION, COUNT or SUM";
}
