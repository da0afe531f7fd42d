/** Reads the lists of values that get a variant ahead of all rules. */
import { list, text } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import type { Target } from "./flag.js";
import { readAttribute, readVariant, type SettingsReading } from "./settings-reading.js";

export interface TargetInput {
  readonly variant: string;
  /** Attribute path; absent: the targeting key. */
  readonly attribute?: string | null | undefined;
  readonly values: readonly string[];
}

const maxTargets = 200;
const maxValues = 10_000;
const maxValueLength = 512;

/** Reads a list of targets; a value stands once for each attribute. */
export function readTargets(
  path: string,
  inputs: readonly TargetInput[],
  reading: SettingsReading,
): Target[] {
  const { mistakes } = reading;
  const count = inputs.reduce((sum, { values }) => sum + values.length, 0);
  if (count > maxValues) mistakes.add(path, `must not list more than ${maxValues} values, got ${count}.`);
  const listed = new Map<string, Set<string>>();
  return list(path, inputs, mistakes, { max: maxTargets }).map((input, index) => {
    const at = `${path}[${index}]`;
    const attribute = readAttribute(`${at}.attribute`, input.attribute ?? "targetingKey", reading);
    const known = listed.get(attribute) ?? new Set();
    listed.set(attribute, known);
    return {
      variant: readVariant(`${at}.variant`, input.variant, reading),
      attribute,
      values: input.values.map((value, place) => readValue(`${at}.values[${place}]`, value, known, reading)),
    };
  });
}

function readValue(path: string, value: string, known: Set<string>, { mistakes }: SettingsReading): string {
  if (known.has(value)) mistakes.add(path, `must be listed once, got ${quote(value)} again.`);
  known.add(value);
  return text(path, value, mistakes, { min: 1, max: maxValueLength });
}
