/** The one table of operators. */
import type { ConditionOperator } from "../model.js";
import { inCidr } from "./cidr.js";
import { after, before } from "./dates.js";
import { equals } from "./equality.js";
import { greater, greaterOrEqual, less, lessOrEqual } from "./numbers.js";
import type { Operator } from "./operator.js";
import { matches } from "./regex.js";
import { newer, newerOrSame, older, olderOrSame, sameVersion } from "./semver.js";
import { contains, endsWith, startsWith } from "./text.js";

/** How a clause tests an attribute that is present; EXISTS needs no more than that, and has no operator. */
export interface OperatorEntry {
  readonly operator: Operator | undefined;
  readonly negated: boolean;
  /** The clause in words: attribute, these, values. */
  readonly words: string;
}

const is = (words: string, operator?: Operator): OperatorEntry => ({ operator, negated: false, words });
const not = (words: string, operator?: Operator): OperatorEntry => ({ operator, negated: true, words });

export const OPERATORS: Readonly<Record<ConditionOperator, OperatorEntry>> = {
  EQUALS: is("is", equals),
  NOT_EQUALS: not("is not", equals),
  IN: is("is one of", equals),
  NOT_IN: not("is none of", equals),
  CONTAINS: is("contains", contains),
  NOT_CONTAINS: not("does not contain", contains),
  STARTS_WITH: is("starts with", startsWith),
  NOT_STARTS_WITH: not("does not start with", startsWith),
  ENDS_WITH: is("ends with", endsWith),
  NOT_ENDS_WITH: not("does not end with", endsWith),
  MATCHES: is("matches", matches),
  NOT_MATCHES: not("does not match", matches),
  GT: is("is greater than", greater),
  GTE: is("is at least", greaterOrEqual),
  LT: is("is less than", less),
  LTE: is("is at most", lessOrEqual),
  BEFORE: is("is before", before),
  AFTER: is("is after", after),
  SEMVER_EQ: is("is version", sameVersion),
  SEMVER_GT: is("is newer than version", newer),
  SEMVER_GTE: is("is at least version", newerOrSame),
  SEMVER_LT: is("is older than version", older),
  SEMVER_LTE: is("is at most version", olderOrSame),
  IN_CIDR: is("is in network", inCidr),
  NOT_IN_CIDR: not("is not in network", inCidr),
  EXISTS: is("exists"),
  NOT_EXISTS: not("does not exist"),
};

const NAMES: ReadonlySet<unknown> = new Set(Object.keys(OPERATORS));

export function isOperator(name: unknown): name is ConditionOperator {
  return NAMES.has(name);
}
