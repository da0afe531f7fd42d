/** Conditions as people send and read them: percentages rather than buckets, one optional member for each form. */
import {
  checkCondition,
  type Condition,
  type ConditionOperator,
  GRID,
  LARGEST_PATTERN,
  patternParts,
  percentToWeight,
  weightToPercent,
} from "../../evaluation/index.js";
import { json, list, type Mistakes, percent, strings, text } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";

/** Exactly one of: all · any · not · segment · flag (+ variants) · bucket · attribute (+ operator, values, ignoreCase). Members that are null count as absent. */
export interface WrittenCondition {
  readonly all?: readonly WrittenCondition[] | null | undefined;
  readonly any?: readonly WrittenCondition[] | null | undefined;
  readonly not?: WrittenCondition | null | undefined;
  readonly segment?: string | null | undefined;
  readonly flag?: string | null | undefined;
  readonly variants?: readonly string[] | null | undefined;
  readonly bucket?: WrittenBucket | null | undefined;
  readonly attribute?: string | null | undefined;
  readonly operator?: ConditionOperator | null | undefined;
  readonly values?: readonly unknown[] | null | undefined;
  readonly ignoreCase?: boolean | null | undefined;
}

export interface WrittenBucket {
  readonly fromPercent: number;
  readonly toPercent: number;
  readonly bucketBy?: readonly string[] | null | undefined;
  readonly seed: string;
}

const maxDepth = 32; // evaluation takes 64, and rules wrap conditions in others
const maxParts = 1_000;
const maxValues = 5_000;
const maxTextLength = 200;
const maxAttributes = 10;
const maxPatternParts = 20_000;

/** What stands in for a part that is mistaken, so that reading goes on. */
const standIn: Condition = { all: [] };

type Reader = (path: string, input: WrittenCondition, mistakes: Mistakes, depth: number) => Condition;

/** Each form by the member that gives it away, and the members that belong to it. */
const forms: Readonly<Record<string, { readonly read: Reader; readonly with: readonly string[] }>> = {
  all: { read: (path, { all }, ...rest) => ({ all: readParts(`${path}.all`, all, ...rest) }), with: [] },
  any: { read: (path, { any }, ...rest) => ({ any: readParts(`${path}.any`, any, ...rest) }), with: [] },
  not: {
    read: (path, { not }, mistakes, depth) => ({
      not: readPart(`${path}.not`, not ?? {}, mistakes, depth + 1),
    }),
    with: [],
  },
  segment: {
    read: (path, { segment }, mistakes) => ({ segment: shortText(`${path}.segment`, segment, mistakes) }),
    with: [],
  },
  flag: { read: readFlagTest, with: ["variants"] },
  bucket: { read: readBucketTest, with: [] },
  attribute: { read: readClause, with: ["operator", "values", "ignoreCase"] },
};
const formNames = Object.keys(forms);
const companions = ["variants", "operator", "values", "ignoreCase"] as const;

/**
 * The condition that `input` means, fit for evaluation; whether the segments and flags it names exist is not looked at.
 * Mistakes are added with paths that start with `path`; after one, the result means nothing.
 */
export function readCondition(path: string, input: WrittenCondition, mistakes: Mistakes): Condition {
  return readPart(path, input, mistakes, 0);
}

function readPart(path: string, input: WrittenCondition, mistakes: Mistakes, depth: number): Condition {
  const given = formNames.filter((form) => isGiven(input, form));
  const form = forms[given[0] ?? ""];
  if (form === undefined || given.length !== 1) {
    const got = given.length === 0 ? "none of them" : given.join(" and ");
    mistakes.add(path, `must have exactly one of ${formNames.join(", ")}, got ${got}.`);
    return standIn;
  }
  if (depth > maxDepth) {
    mistakes.add(path, `must not nest deeper than ${maxDepth} levels.`);
    return standIn;
  }
  for (const companion of companions) {
    if (isGiven(input, companion) && !form.with.includes(companion)) {
      mistakes.add(`${path}.${companion}`, `does not belong beside ${given[0]}.`);
    }
  }
  return form.read(path, input, mistakes, depth);
}

function isGiven(input: object, member: string): boolean {
  const value: unknown = Reflect.get(input, member);
  return value !== undefined && value !== null;
}

function readParts(
  path: string,
  parts: readonly WrittenCondition[] | null | undefined,
  mistakes: Mistakes,
  depth: number,
): readonly Condition[] {
  return list(path, parts, mistakes, { max: maxParts }).map((part, index) =>
    readPart(`${path}[${index}]`, part, mistakes, depth + 1),
  );
}

function readFlagTest(path: string, input: WrittenCondition, mistakes: Mistakes): Condition {
  const { flag, variants } = input;
  return {
    flag: shortText(`${path}.flag`, flag, mistakes),
    variants: strings(`${path}.variants`, variants, mistakes, { min: 1, max: maxParts, text: maxTextLength }),
  };
}

function readBucketTest(path: string, { bucket }: WrittenCondition, mistakes: Mistakes): Condition {
  if (bucket === undefined || bucket === null) return standIn;
  const inside = `${path}.bucket`;
  const { bucketBy = null, seed } = bucket;
  const from = percent(`${inside}.fromPercent`, bucket.fromPercent, mistakes);
  const to = percent(`${inside}.toPercent`, bucket.toPercent, mistakes);
  if (from > to) {
    mistakes.add(`${inside}.fromPercent`, `must not be above toPercent, got ${from} and ${to}.`);
  }
  const limits = { min: 1, max: maxAttributes, text: maxTextLength };
  const by = bucketBy === null ? null : strings(`${inside}.bucketBy`, bucketBy, mistakes, limits);
  if (by?.includes("request.time") === true) {
    mistakes.add(`${inside}.bucketBy`, "must be other attributes than the clock, request.time.");
  }
  const bucketing = { ...(by === null ? {} : { by }), seed: shortText(`${inside}.seed`, seed, mistakes) };
  return { bucket: bucketing, from: weight(from), to: weight(to), of: GRID };
}

function weight(checked: number): number {
  return percentToWeight(checked) ?? 0;
}

function readClause(path: string, input: WrittenCondition, mistakes: Mistakes): Condition {
  const { operator, values = null, ignoreCase = null } = input;
  const mistaken = mistakes.count;
  const attribute = shortText(`${path}.attribute`, input.attribute, mistakes);
  const read = values === null ? null : readValues(`${path}.values`, values, mistakes);
  if (operator === undefined || operator === null) {
    mistakes.add(`${path}.operator`, `must be an operator, got ${quote(operator)}.`);
    return standIn;
  }
  const clause = {
    attribute,
    operator,
    ...(read === null ? {} : { values: read }),
    ...(ignoreCase === null ? {} : { ignoreCase }),
  };
  if (isPatternTest(operator)) countPatterns(`${path}.values`, read ?? [], mistakes);
  if (mistakes.count === mistaken) {
    for (const problem of checkCondition(clause, path)) mistakes.add(problem.path, `${problem.message}.`);
  }
  return clause;
}

function isPatternTest(operator: ConditionOperator): boolean {
  return operator === "MATCHES" || operator === "NOT_MATCHES";
}

/** How many parts the patterns have that were read for one input. */
const patternsOf = new WeakMap<Mistakes, number>();

/** Each pattern is bounded where it is compiled, but an input may hold hundreds of thousands. */
function countPatterns(path: string, values: readonly unknown[], mistakes: Mistakes): void {
  const sizes = values.map((value) => (typeof value === "string" ? patternParts(value) : 0));
  const compiled = sizes.filter((size) => size <= LARGEST_PATTERN);
  const parts = compiled.reduce((sum, size) => sum + size, patternsOf.get(mistakes) ?? 0);
  patternsOf.set(mistakes, parts);
  if (parts > maxPatternParts) {
    mistakes.add(path, `must not bring the patterns of one input to more than ${maxPatternParts} parts.`);
  }
}

function readValues(path: string, values: readonly unknown[], mistakes: Mistakes): readonly unknown[] {
  return list(path, values, mistakes, { max: maxValues }).map((value, index) =>
    json(`${path}[${index}]`, value, mistakes),
  );
}

/** A key, attribute path or seed: 1–200 characters. */
function shortText(path: string, value: unknown, mistakes: Mistakes): string {
  return text(path, value, mistakes, { min: 1, max: maxTextLength });
}

/** The condition as `readCondition` reads it, absent members left out: what is read can be sent back. */
export function writeCondition(condition: Condition): WrittenCondition {
  if ("all" in condition) return { all: condition.all.map(writeCondition) };
  if ("any" in condition) return { any: condition.any.map(writeCondition) };
  if ("not" in condition) return { not: writeCondition(condition.not) };
  if (!("bucket" in condition)) return condition;
  const { bucket, from, to, of = GRID } = condition;
  return {
    bucket: {
      fromPercent: weightToPercent(from, of),
      toPercent: weightToPercent(to, of),
      ...(bucket.by === undefined ? {} : { bucketBy: bucket.by }),
      seed: bucket.seed ?? "",
    },
  };
}
