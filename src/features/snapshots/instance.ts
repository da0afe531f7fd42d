/** A server among those that run on one database, and what of a change each of them must understand: pure. */
import { ConditionOperator } from "../../evaluation/index.js";
import type { Entry } from "../ledger/index.js";

export interface LiveInstance {
  readonly id: string;
  readonly version: string;
  /** Condition operators that its evaluator knows. */
  readonly operators: readonly string[];
}

/** What this one's evaluator knows. */
export const knownOperators: readonly string[] = Object.values(ConditionOperator);

/** The condition operators in what a change of a flag or segment leaves behind. */
export function operatorsOf({ subjectType, after }: Pick<Entry, "subjectType" | "after">): Set<string> {
  const operators = new Set<string>();
  if (subjectType === "FLAG" || subjectType === "SEGMENT") collect(after, operators);
  return operators;
}

/** Values are anybody's, and may look like anything. */
const opaque: ReadonlySet<string> = new Set(["value", "values", "valueSchema"]);

function collect(part: unknown, operators: Set<string>): void {
  if (typeof part !== "object" || part === null) return;
  if (!Array.isArray(part) && "operator" in part && typeof part.operator === "string") {
    operators.add(part.operator);
  }
  for (const [name, member] of Object.entries(part)) {
    if (!opaque.has(name)) collect(member, operators);
  }
}
