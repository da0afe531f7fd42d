/** Compiles a segment. */
import { readCondition } from "../conditions/condition.js";
import type { Segment } from "../model.js";
import type { Test } from "../run.js";
import { describeProblem, type Findings, Reading } from "./reading.js";

export interface CompiledSegment {
  readonly key: string;
  /** The definition as it was put in. */
  readonly source: Segment;
  readonly findings: Findings;
  /** Why nothing can be said of its members; undefined when it is well-formed. */
  readonly malformed: string | undefined;
  readonly included: ReadonlySet<unknown>;
  readonly excluded: ReadonlySet<unknown>;
  /** Undefined: nobody but the included. */
  readonly when: Test | undefined;
}

/** Total: what is wrong is among the findings. */
export function compileSegment(key: string, source: Segment): CompiledSegment {
  const reading = new Reading();
  const segment = reading.object(source, "") ?? {};
  const included = new Set(reading.strings(segment["included"], "included", true));
  const excluded = new Set(reading.strings(segment["excluded"], "excluded", true));
  const condition = segment["when"] ?? undefined;
  const when = condition === undefined ? undefined : readCondition(condition, "when", reading);
  const { findings } = reading;
  const malformed = describeProblem(`Segment ${JSON.stringify(key)}`, findings);
  return { key, source, findings, malformed, included, excluded, when };
}
