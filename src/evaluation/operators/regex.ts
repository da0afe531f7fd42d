/** MATCHES: RE2 syntax, unanchored, in time linear in the text, so that no pattern can stall a server. */
import { RE2JS } from "re2js";
import { anyOf, Complaint, type Operator, operator } from "./operator.js";
import { compilePattern } from "./pattern.js";

const LONGEST_PATTERN = 256;
const LOOK_AROUND = /\(\?<?[=!]/;
const BACK_REFERENCE = /\\[1-9]|\\k<|\(\?P=/;

export const matches: Operator = operator<RE2JS>({
  expected: `a regular expression in RE2 syntax of at most ${LONGEST_PATTERN} characters`,
  read: (value, ignoreCase) => {
    if (typeof value !== "string" || value.length > LONGEST_PATTERN) return undefined;
    try {
      return compilePattern(value, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
    } catch (error) {
      return complaint(value, error);
    }
  },
  match: (literals) => {
    const test = anyOf<RE2JS, string>(literals, (actual, literal) => literal.test(actual));
    return (actual) => typeof actual === "string" && test(actual);
  },
});

function complaint(pattern: string, error: unknown): Complaint {
  if (LOOK_AROUND.test(pattern)) {
    return new Complaint("a regular expression without look-around, which RE2 syntax does not have");
  }
  if (BACK_REFERENCE.test(pattern)) {
    return new Complaint("a regular expression without back-references, which RE2 syntax does not have");
  }
  const reason = error instanceof Error ? error.message : "it does not compile";
  return new Complaint(`a regular expression in RE2 syntax (${reason})`);
}
