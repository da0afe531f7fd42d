/** EQUALS and IN: same JSON type and same value. */
import { type Matcher, type Operator, operator } from "./operator.js";

type Scalar = string | number | boolean;

function among(wanted: ReadonlySet<unknown>, ignoreCase: boolean): Matcher {
  if (!ignoreCase) return (actual) => wanted.has(actual);
  return (actual) => wanted.has(typeof actual === "string" ? actual.toLowerCase() : actual);
}

export const equals: Operator = operator<Scalar>({
  expected: "a string, a number or a boolean",
  read: (value, ignoreCase) => {
    if (typeof value === "string") return ignoreCase ? value.toLowerCase() : value;
    return typeof value === "boolean" || Number.isFinite(value) ? (value as Scalar) : undefined;
  },
  match: (literals, ignoreCase) => {
    const [only] = literals;
    if (literals.length === 1 && !ignoreCase) return (actual) => actual === only;
    return among(new Set(literals), ignoreCase);
  },
  flips: (literal) => (Number.isInteger(literal) ? [Number(literal), Number(literal) + 1] : []),
});
