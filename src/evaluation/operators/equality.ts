/** EQUALS and IN: same JSON type and same value. */
import { type Operator, operator } from "./operator.js";

type Scalar = string | number | boolean;

export const equals: Operator = operator<Scalar>({
  expected: "a string, a number or a boolean",
  read: (value, ignoreCase) => {
    if (typeof value === "string") return ignoreCase ? value.toLowerCase() : value;
    return typeof value === "boolean" || Number.isFinite(value) ? (value as Scalar) : undefined;
  },
  match: (literals, ignoreCase) => {
    const wanted: ReadonlySet<unknown> = new Set(literals);
    if (ignoreCase) return (actual) => wanted.has(typeof actual === "string" ? actual.toLowerCase() : actual);
    const [only] = literals;
    if (literals.length === 1) return (actual) => actual === only;
    return (actual) => wanted.has(actual);
  },
  flips: (literal) => (Number.isInteger(literal) ? [Number(literal), Number(literal) + 1] : []),
});
