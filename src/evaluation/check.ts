/** Checking definitions when they are written: the very reading that evaluation does, so that what passes here never fails there. */
import { readCondition } from "./conditions/condition.js";
import { compileFlag } from "./definitions/flag.js";
import { type DefinitionProblem, Reading } from "./definitions/reading.js";
import { compileSegment } from "./definitions/segment.js";
import { readServe } from "./definitions/serve.js";
import type { Flag, Segment } from "./model.js";

/** What is wrong with a flag, whatever it is; paths start inside it. */
export function checkFlag(flag: unknown): readonly DefinitionProblem[] {
  return compileFlag("", flag as Flag).findings.problems;
}

/** What is wrong with a segment, whatever it is; paths start inside it. */
export function checkSegment(segment: unknown): readonly DefinitionProblem[] {
  return compileSegment("", segment as Segment).findings.problems;
}

/** What is wrong with a condition; paths start with `path`. */
export function checkCondition(condition: unknown, path: string): readonly DefinitionProblem[] {
  const reading = new Reading();
  readCondition(condition, path, reading);
  return reading.findings.problems;
}

/** What is wrong with a serve; paths start with `path`. Holes are for rules, not for the fallthrough. */
export function checkServe(
  serve: unknown,
  path: string,
  allowed: { readonly variants: readonly string[]; readonly holes: boolean },
): readonly DefinitionProblem[] {
  const reading = new Reading();
  const outcomes = new Map(allowed.variants.map((variant) => [variant, { variant, value: undefined }]));
  readServe(serve, path, { outcomes, flagKey: "", holes: allowed.holes }, reading);
  return reading.findings.problems;
}
