/** What a flag's settings refer to, and where in an input each reference stands. */
import { conditionReferences, type Reference } from "../segments/index.js";
import type { FlagEnvironment, Prerequisite, Rule } from "./flag.js";
import { legibleRules } from "./legible-rules.js";

/** The flags that prerequisites listed at `path` name. */
export function prerequisiteReferences(path: string, prerequisites: readonly Prerequisite[]): Reference[] {
  return prerequisites.map(({ flagKey, variants }, index) => ({
    kind: "FLAG",
    path: `${path}[${index}].flagKey`,
    key: flagKey,
    variantsPath: `${path}[${index}].variants`,
    variants,
  }));
}

/** Everything that the settings at `path` name. */
export function settingReferences(
  path: string,
  settings: Pick<FlagEnvironment, "prerequisites" | "rules">,
): Reference[] {
  return [
    ...prerequisiteReferences(`${path}.prerequisites`, settings.prerequisites),
    ...legibleRules(settings).flatMap((rule, index) => ruleReferences(`${path}.rules[${index}]`, rule)),
  ];
}

/** Everything that a rule at `path` names. */
export function ruleReferences(path: string, { when }: Rule): Reference[] {
  return when === null ? [] : conditionReferences(`${path}.when`, when);
}

/** The keys that the settings name, each once. */
export function referencesOfSettings(settings: Pick<FlagEnvironment, "prerequisites" | "rules">): {
  readonly flags: readonly string[];
  readonly segments: readonly string[];
} {
  const references = settingReferences("", settings);
  const keysOf = (kind: Reference["kind"]) =>
    new Set(references.filter((reference) => reference.kind === kind).map(({ key }) => key));
  return { flags: [...keysOf("FLAG")], segments: [...keysOf("SEGMENT")] };
}
