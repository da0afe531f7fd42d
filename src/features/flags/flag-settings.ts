/** What a flag does in one environment, as people set it: reads an input on top of what is set now. */
import type { Flag } from "./flag.js";
import { legibleRules } from "./legible-rules.js";
import { type PrerequisiteInput, readPrerequisites } from "./prerequisite-input.js";
import { readRules, type RuleInput } from "./rule-input.js";
import { readServe, type ServeInput } from "./serve-input.js";
import type { Settings } from "./settings-difference.js";
import { readVariant, type SettingsReading } from "./settings-reading.js";
import { readTargets, type TargetInput } from "./target-input.js";

/** Absent members are unchanged, lists replace. */
export interface SettingsInput {
  readonly enabled?: boolean | null | undefined;
  /** null: no variant, so that callers get their own default. */
  readonly offVariant?: string | null | undefined;
  readonly fallthrough?: ServeInput | null | undefined;
  readonly targets?: readonly TargetInput[] | null | undefined;
  readonly rules?: readonly RuleInput[] | null | undefined;
  readonly prerequisites?: readonly PrerequisiteInput[] | null | undefined;
}

/** Where every flag starts: off, `off` (else the first variant) while off, and `on` (else the first) for everyone once enabled. */
export function defaultSettings(flag: Pick<Flag, "variants">): Settings {
  const [first] = flag.variants;
  const named = (key: string) => flag.variants.find((variant) => variant.key === key) ?? first;
  return {
    enabled: false,
    offVariant: named("off")?.key ?? null,
    fallthrough: { variant: named("on")?.key ?? "" },
    targets: [],
    rules: [],
    prerequisites: [],
  };
}

/** Reads an input that stands at `path`. What it gives means nothing once the reading has mistakes; references are still to be checked. */
export function readSettings(
  path: string,
  input: SettingsInput,
  current: Settings,
  reading: SettingsReading,
): Settings {
  for (const name of ["enabled", "fallthrough", "targets", "rules", "prerequisites"] as const) {
    if (input[name] === null) reading.mistakes.add(`${path}.${name}`, "must not be null.");
  }
  const { enabled, offVariant, fallthrough, targets, rules, prerequisites } = input;
  const fallthroughPlace = { before: current.fallthrough, holes: false };
  return {
    enabled: enabled ?? current.enabled,
    offVariant: readOffVariant(`${path}.offVariant`, offVariant, current, reading),
    fallthrough: fallthrough
      ? readServe(`${path}.fallthrough`, fallthrough, fallthroughPlace, reading)
      : current.fallthrough,
    targets: targets ? readTargets(`${path}.targets`, targets, reading) : current.targets,
    rules: rules ? readRules(`${path}.rules`, rules, legibleRules(current), reading) : current.rules,
    prerequisites: prerequisites
      ? readPrerequisites(`${path}.prerequisites`, prerequisites, reading)
      : current.prerequisites,
  };
}

function readOffVariant(
  path: string,
  input: string | null | undefined,
  current: Settings,
  reading: SettingsReading,
): string | null {
  if (input === undefined) return current.offVariant;
  return input === null ? null : readVariant(path, input, reading);
}
