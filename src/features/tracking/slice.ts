/** The attributes of whoever was shown something that results are told apart by: those that the trial names, and nothing else. */
import { bucketingValue, type EvaluationContext } from "../../evaluation/index.js";
import { isStorable, type Mistakes, storable } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import type { Exposure } from "./exposure.js";

/** Characters of an attribute's value that are kept. */
export const maxSliceLength = 64;
/** As many as an exposure may name. */
export const maxNamedSlices = 32;
/** Characters of a value that is sent; as much as a context takes. */
const maxSentLength = 4_096;

/** What is kept of a context, by paths; null: the trial tells nobody apart. */
export function sliceOf(paths: readonly string[], context: EvaluationContext): Exposure["slice"] {
  if (paths.length === 0) return null;
  const found = paths.flatMap((path) => {
    const value = bucketingValue(context, path);
    return value === undefined ? [] : [[path, storable(value, maxSliceLength)] as const];
  });
  return Object.fromEntries(found);
}

/** Attributes as a client sends them: path → text, number or boolean; null counts as absent. Empty where something is wrong. */
export function readSlices(path: string, value: unknown, mistakes: Mistakes): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    mistakes.add(path, `must be an object, got ${quote(value)}.`);
    return {};
  }
  const entries = Object.entries(value);
  if (entries.length > maxNamedSlices) {
    mistakes.add(path, `must name at most ${maxNamedSlices} attributes, got ${entries.length}.`);
    return {};
  }
  for (const [name, member] of entries) {
    const why = mistakeOf(member);
    if (why !== null) mistakes.add(`${path}[${quote(name)}]`, why);
  }
  return Object.fromEntries(entries);
}

function mistakeOf(value: unknown): string | null {
  if (value === null || typeof value === "boolean" || Number.isFinite(value)) return null;
  if (typeof value !== "string") return `must be a string, a number or a boolean, got ${quote(value)}.`;
  if (value.length > maxSentLength) {
    return `must be at most ${maxSentLength} characters long, got ${value.length}.`;
  }
  return isStorable(value) ? null : `must be well-formed Unicode without NUL, got ${quote(value)}.`;
}
