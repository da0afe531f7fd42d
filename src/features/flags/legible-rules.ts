/** Rules as they are stored, which somebody may have altered past the server: what of them can be read. Pure. */
import { conflict, quote } from "../../platform/problems.js";
import type { FlagEnvironment, Rule, RuleOwner } from "./flag.js";

type Settings = Pick<FlagEnvironment, "rules">;

/** Those that can be read; what is no rule is left out. */
export function legibleRules(settings: Settings): readonly Rule[] {
  const { rules } = settings;
  if (areLegible(settings)) return rules;
  return Array.isArray(rules) ? rules.filter(isRule) : [];
}

/** Whether all of them can be read. */
export function areLegible({ rules }: Settings): boolean {
  return Array.isArray(rules) && rules.every(isRule);
}

/** All of them, for a change that builds on them. Throws CONFLICT where some cannot be read: they would be lost. */
export function wholeRules(
  settings: Pick<FlagEnvironment, "flag" | "environment" | "rules">,
): readonly Rule[] {
  if (areLegible(settings)) return settings.rules;
  const { flag, environment } = settings;
  const whose = `Rules of flag ${quote(flag)} in ${environment}`;
  throw conflict(`${whose} cannot be read as they are stored: replace them all with updateFlagEnvironment.`);
}

/** As far as everything that reads a rule takes for granted. */
function isRule(value: unknown): value is Rule {
  if (!isObject(value)) return false;
  const { id, when, serve, owner = null } = value as { readonly [member in keyof Rule]?: unknown };
  const isOwnable = owner === null || isOwner(owner);
  return typeof id === "string" && isServe(serve) && (when === null || isObject(when)) && isOwnable;
}

function isOwner(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { kind, key, id, epoch, slices } = value as { readonly [member in keyof RuleOwner]?: unknown };
  const isNamed = typeof key === "string" && typeof id === "string" && typeof epoch === "number";
  return (kind === "EXPERIMENT" || kind === "ROLLOUT") && isNamed && Array.isArray(slices);
}

function isServe(value: unknown): boolean {
  if (!isObject(value)) return false;
  if ("variant" in value) return typeof value.variant === "string";
  return "split" in value && Array.isArray(value.split) && value.split.every(isObject);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
