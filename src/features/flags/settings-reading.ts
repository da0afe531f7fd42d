/** One pass over an input of settings: collects every mistake, and everything that must be looked up, before anything is refused. */
import { randomUUID } from "node:crypto";
import { list, type Mistakes, text } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import type { Reference } from "../segments/index.js";
import type { Flag, Split } from "./flag.js";

export interface SettingsReading {
  readonly flag: Pick<Flag, "key" | "variants">;
  readonly mistakes: Mistakes;
  /** What the input names beyond the flag itself, for `checkReferences`. */
  readonly references: Reference[];
}

/** How many attributes may stand in for each other in a bucketing. */
const maxAttributes = 10;
const maxTextLength = 200;
/** The clock cannot be hashed or listed: answers would change every millisecond. */
const clock = "request.time";

/** A variant of the flag; the empty text after a mistake. */
export function readVariant(
  path: string,
  key: string | null | undefined,
  { flag, mistakes }: SettingsReading,
): string {
  if (flag.variants.some((variant) => variant.key === key)) return key ?? "";
  const valid = flag.variants.map((variant) => variant.key).join(", ");
  mistakes.add(path, `must be a variant of this flag (${valid}), got ${quote(key)}.`);
  return "";
}

/** An attribute path to look values up by. */
export function readAttribute(path: string, attribute: string, reading: SettingsReading): string {
  const read = readShortText(path, attribute, reading);
  if (read === clock) reading.mistakes.add(path, `must be another attribute than the clock, ${clock}.`);
  return read;
}

/** Absent keeps what `former` says, null takes the default. */
export function readBucketBy(
  path: string,
  input: readonly string[] | null | undefined,
  former: Pick<Split, "bucketBy"> | null,
  reading: SettingsReading,
): readonly string[] | null {
  if (input === undefined) return former?.bucketBy ?? null;
  if (input === null) return null;
  return list(path, input, reading.mistakes, { min: 1, max: maxAttributes }).map((attribute, index) =>
    readAttribute(`${path}[${index}]`, attribute, reading),
  );
}

/** Absent keeps what `former` says, null takes the default. */
export function readSeed(
  path: string,
  input: string | null | undefined,
  former: Pick<Split, "seed"> | null,
  reading: SettingsReading,
): string | null {
  if (input === undefined) return former?.seed ?? null;
  return input === null ? null : readShortText(path, input, reading);
}

/** A text of 1 to 200 characters. */
export function readShortText(path: string, value: string, { mistakes }: SettingsReading): string {
  return text(path, value, mistakes, { min: 1, max: maxTextLength });
}

/** An id for a rule that came without one; ids need to be unique within a flag only. */
export function newRuleId(): string {
  return randomUUID().slice(0, 8);
}
