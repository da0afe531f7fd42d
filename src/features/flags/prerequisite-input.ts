/** Reads which other flags must serve which variants before this one serves anything but its off variant. */
import { list } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import type { Prerequisite } from "./flag.js";
import { prerequisiteReferences } from "./setting-references.js";
import type { SettingsReading } from "./settings-reading.js";

export interface PrerequisiteInput {
  readonly flagKey: string;
  readonly variants: readonly string[];
}

const maxPrerequisites = 50;
const maxVariants = 200;

/** Reads a list of prerequisites; whether the flags and variants exist is for `checkReferences`. */
export function readPrerequisites(
  path: string,
  inputs: readonly PrerequisiteInput[],
  reading: SettingsReading,
): Prerequisite[] {
  const { mistakes } = reading;
  const prerequisites = list(path, inputs, mistakes, { max: maxPrerequisites });
  for (const [index, { flagKey, variants }] of prerequisites.entries()) {
    const at = `${path}[${index}]`;
    list(`${at}.variants`, variants, mistakes, { min: 1, max: maxVariants });
    if (prerequisites.findIndex((other) => other.flagKey === flagKey) < index) {
      mistakes.add(`${at}.flagKey`, `must be listed once, got ${quote(flagKey)} again.`);
    }
  }
  reading.references.push(...prerequisiteReferences(path, prerequisites));
  return prerequisites.map(({ flagKey, variants }) => ({ flagKey, variants }));
}
