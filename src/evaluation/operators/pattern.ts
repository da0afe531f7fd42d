/** Compiles patterns in RE2 syntax that cannot take long: their time is linear in the text, but also in how much the pattern means. */
import { RE2JS } from "re2js";

/** With `.*?a` a thousand times over, a text of 4 KiB takes 0.2 s. */
export const LARGEST_PATTERN = 1_000;

/** Throws an Error that says what is wrong with a pattern that does not compile, or has more than `LARGEST_PATTERN` parts. */
export function compilePattern(pattern: string, flags = 0): RE2JS {
  const parts = patternParts(pattern);
  if (parts > LARGEST_PATTERN) {
    throw new Error(`its repetitions written out, it may have ${LARGEST_PATTERN} parts, got ${parts}`);
  }
  return RE2JS.compile(pattern, flags);
}

/** In their order: a property, a quoted text, a character by number, any other escape, a class, the beginning and end of a group, a repetition, a sign that repeats without counting, any other character. */
const token =
  /\\p(?:\{\w*\}|.)|\\Q.*?\\E|\\x\{\w*\}|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|(?<open>\((?:\?(?:P?<\w+>|[a-z-]*:?))?)|(?<close>\))|\{(?<least>\d{1,9})(?:,(?<most>\d{0,9}))?\}|(?<sign>[*+?])|./gisu;

/** How many characters, classes and groups a pattern has once each repetition is written out; roughly, where it is long or no pattern. */
export function patternParts(pattern: string): number {
  if (pattern.length > LARGEST_PATTERN) return pattern.length;
  const around: number[] = [];
  let parts = 0;
  let last = 0; // parts of what a repetition would repeat
  for (const { groups = {}, 0: text } of pattern.matchAll(token)) {
    const { open, close, least, most, sign } = groups;
    if (open !== undefined) {
      around.push(parts);
      parts = last = 1;
    } else if (close !== undefined) {
      last = parts;
      parts += around.pop() ?? 0;
    } else if (least !== undefined) {
      const repeated = last * Math.max(1, Number(least), Number(most ?? 0));
      parts += repeated - last;
      last = repeated;
    } else if (sign === undefined) {
      last = text.startsWith(String.raw`\Q`) ? text.length : 1;
      parts += last;
    }
  }
  return around.reduce((sum, one) => sum + one, parts);
}
