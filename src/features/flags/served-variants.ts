/** Which variants somebody may get by the settings of an environment, and through what: pure. */
import { quote } from "../../platform/problems.js";
import type { FlagEnvironment, Rule, Serve } from "./flag.js";
import { legibleRules } from "./legible-rules.js";
import { describeOwner, ownerOf } from "./owned-rules.js";

/** The variants that settings serve somewhere, each with the places: `the off variant in production`. */
export function servedVariants(settings: FlagEnvironment): Map<string, string[]> {
  const places = new Map<string, string[]>();
  const note = (variant: string | null, place: string) => {
    if (variant === null) return;
    const known = places.get(variant) ?? [];
    if (!known.includes(place)) places.set(variant, [...known, place]);
  };
  const { environment } = settings;
  note(settings.offVariant, `the off variant in ${environment}`);
  for (const variant of variantsOf(settings.fallthrough)) note(variant, `the fallthrough in ${environment}`);
  for (const { variant } of settings.targets) note(variant, `a target in ${environment}`);
  for (const rule of legibleRules(settings)) {
    const place = `rule ${quote(rule.name ?? rule.id)}${ownerIn(rule)} in ${environment}`;
    for (const variant of variantsOf(rule.serve)) note(variant, place);
  }
  return places;
}

function ownerIn(rule: Rule): string {
  const owner = ownerOf(rule);
  return owner === null ? "" : ` of ${describeOwner(owner)}`;
}

/** The variants that a serve can lead to; null is a hole. */
export function variantsOf(serve: Serve): readonly (string | null)[] {
  return "variant" in serve ? [serve.variant] : serve.split.map((slot) => slot.variant);
}
