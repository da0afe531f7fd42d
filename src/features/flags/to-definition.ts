/** What an evaluator sees of a flag: gates and windows become conditions, absent seeds become the default ones. */
import type {
  Bucketing,
  Condition,
  Flag as FlagDefinition,
  Rule as RuleDefinition,
  Serve as ServeDefinition,
} from "../../evaluation/index.js";
import { percentToWeight } from "../../evaluation/index.js";
import type { Flag, FlagEnvironment, Gate, Rule, Serve } from "./flag.js";

type SharedPart = Pick<Flag, "key" | "type" | "clientVisible"> & {
  readonly variants: readonly { readonly key: string; readonly value: unknown }[];
};
type SettingsPart = Omit<FlagEnvironment, "id" | "project" | "flag" | "environment" | "updatedAt">;

/** The definition of a flag in one environment, as the ruleset spells it; its version is the environment's. */
export function toDefinition(flag: SharedPart, settings: SettingsPart): FlagDefinition {
  return {
    key: flag.key,
    type: flag.type,
    version: settings.version,
    enabled: settings.enabled,
    clientVisible: flag.clientVisible,
    offVariant: settings.offVariant,
    variants: flag.variants.map(({ key, value }) => ({ key, value })),
    prerequisites: settings.prerequisites,
    targets: settings.targets,
    rules: settings.rules.map((rule) => ruleDefinition(flag.key, rule)),
    fallthrough: serveDefinition(flag.key, settings.fallthrough),
  };
}

function ruleDefinition(flagKey: string, rule: Rule): RuleDefinition {
  return {
    id: rule.id,
    name: rule.name,
    when: wholeCondition(flagKey, rule),
    serve: serveDefinition(flagKey, rule.serve),
    ...measurement(rule),
  };
}

/** Where an owned rule serves one variant, nobody takes part in anything. */
function measurement({ owner, serve }: Rule): Pick<RuleDefinition, "experiment"> {
  if (owner === undefined || owner === null || "variant" in serve) return {};
  const { id, epoch, slices } = owner;
  return { experiment: { id, epoch, slices } };
}

/** All that must hold for a rule to match; `{ all: [] }` for everyone. */
function wholeCondition(flagKey: string, rule: Rule): Condition {
  const conditions: Condition[] = [];
  if (rule.when !== null) conditions.push(rule.when);
  if (rule.gate !== null) conditions.push(gateCondition(`${flagKey}:${rule.id}`, rule.gate));
  if (rule.startsAt !== null) conditions.push({ not: clockBefore(rule.startsAt) });
  if (rule.endsAt !== null) conditions.push(clockBefore(rule.endsAt));
  const [only] = conditions;
  return conditions.length === 1 && only !== undefined ? only : { all: conditions };
}

function gateCondition(defaultSeed: string, gate: Gate): Condition {
  const bucket = bucketing(gate.bucketBy, gate.seed ?? defaultSeed);
  const to = percentToWeight(gate.percent);
  if (to === undefined) throw new RangeError(`A gate of ${gate.percent} % is not on the grid.`);
  return { bucket, from: 0, to, of: 100_000 };
}

function clockBefore(moment: string): Condition {
  return { attribute: "request.time", operator: "BEFORE", values: [moment] };
}

function serveDefinition(flagKey: string, serve: Serve): ServeDefinition {
  if ("variant" in serve) return { variant: serve.variant };
  return { split: serve.split, bucketing: bucketing(serve.bucketBy, serve.seed ?? flagKey) };
}

function bucketing(by: readonly string[] | null, seed: string): Bucketing {
  return { by: by ?? ["targetingKey"], seed, algorithm: "MURMUR3" };
}
