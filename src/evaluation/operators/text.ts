/** CONTAINS, STARTS_WITH and ENDS_WITH: strings only. */
import { anyOf, type Operator, operator } from "./operator.js";

function textual(holds: (actual: string, literal: string) => boolean): Operator {
  return operator<string>({
    expected: "a string",
    read: (value, ignoreCase) => {
      if (typeof value !== "string") return undefined;
      return ignoreCase ? value.toLowerCase() : value;
    },
    match: (literals, ignoreCase) => {
      const test = anyOf(literals, holds);
      if (ignoreCase) return (actual) => typeof actual === "string" && test(actual.toLowerCase());
      return (actual) => typeof actual === "string" && test(actual);
    },
  });
}

export const contains = textual((actual, literal) => actual.includes(literal));
export const startsWith = textual((actual, literal) => actual.startsWith(literal));
export const endsWith = textual((actual, literal) => actual.endsWith(literal));
