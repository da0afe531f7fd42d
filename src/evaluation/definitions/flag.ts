/** Compiles a flag: every answer that does not depend on a bucket is prepared here, once. */
import { attributeReader, type AttributeReader, TARGETING_KEY } from "../attributes.js";
import { readCondition } from "../conditions/condition.js";
import { isObject } from "../json.js";
import { FlagType, type Flag } from "../model.js";
import {
  answer,
  EvaluationErrorCode,
  EvaluationReason,
  failure,
  type FlagIdentity,
  type Outcome,
  type Participation,
  type Resolution,
  type RuleIdentity,
} from "../resolution.js";
import type { Test } from "../run.js";
import { readExperiment } from "./experiment.js";
import { describeProblem, type Findings, member, Reading } from "./reading.js";
import { indexRules, type RuleIndex } from "./rule-index.js";
import { type CompiledSplit, readServe, readVariant, type Served, type ServeScope } from "./serve.js";

export interface CompiledFlag {
  readonly identity: FlagIdentity;
  /** The definition as it was put in. */
  readonly source: Flag;
  readonly findings: Findings;
  readonly clientVisible: boolean;
  /** The answer to everything when the definition is malformed; the members below then mean nothing. */
  readonly malformed: Resolution | undefined;
  readonly enabled: boolean;
  readonly disabled: Resolution;
  readonly prerequisiteFailed: Resolution;
  readonly prerequisites: readonly CompiledPrerequisite[];
  readonly targets: readonly CompiledTarget[];
  readonly rules: readonly CompiledRule[];
  /** Present where there are many rules. */
  readonly ruleIndex: RuleIndex<CompiledRule> | undefined;
  readonly fallthrough: CompiledServe;
}

export interface CompiledPrerequisite {
  readonly flagKey: string;
  readonly variants: ReadonlySet<string | undefined>;
}

export interface CompiledTarget {
  readonly attribute: string;
  readonly read: AttributeReader;
  readonly values: ReadonlySet<unknown>;
  readonly resolution: Resolution;
}

export interface CompiledRule {
  readonly identity: RuleIdentity;
  /** Undefined: everyone. */
  readonly when: Test | undefined;
  readonly serve: CompiledServe;
}

/** One answer for everyone, or a split. */
export type CompiledServe =
  | { readonly fixed: Resolution; readonly split?: undefined }
  | {
      readonly fixed?: undefined;
      readonly split: CompiledSplit;
      readonly experiment: Participation | undefined;
    };

/** Total: a malformed flag answers PARSE_ERROR, with the first thing that is wrong. */
export function compileFlag(key: string, source: Flag): CompiledFlag {
  const reading = new Reading();
  const flag = reading.object(source, "") ?? {};
  const identity = readIdentity(key, flag, reading);
  const outcomes = readVariants(flag["variants"], identity.type, reading);
  const { enabled, clientVisible = false } = flag;
  if (typeof enabled !== "boolean") reading.refuse("enabled", "a boolean", enabled);
  if (typeof clientVisible !== "boolean") reading.refuse("clientVisible", "a boolean", clientVisible);
  const offVariant = flag["offVariant"] ?? undefined;
  const off = offVariant === undefined ? undefined : readVariant(offVariant, "offVariant", outcomes, reading);
  const prerequisites = readPrerequisites(flag["prerequisites"], reading);
  const targets = readTargets(flag["targets"], identity, outcomes, reading);
  const scope = { outcomes, flagKey: key, holes: true };
  const rules = readRules(flag["rules"], identity, scope, reading);
  const served = readServe(flag["fallthrough"], "fallthrough", { ...scope, holes: false }, reading);
  const alone = prerequisites.length === 0 && targets.length === 0 && rules.length === 0;
  const { findings } = reading;
  const malformed = describeProblem(`Flag ${JSON.stringify(key)}`, findings);
  const disabled = answer(identity, EvaluationReason.DISABLED, off);
  return {
    identity,
    source,
    findings,
    clientVisible: clientVisible === true,
    malformed:
      malformed === undefined ? undefined : failure(identity, EvaluationErrorCode.PARSE_ERROR, malformed),
    enabled: enabled === true,
    disabled,
    prerequisiteFailed: { ...disabled, reason: EvaluationReason.PREREQUISITE_FAILED },
    prerequisites,
    targets,
    rules,
    ruleIndex: malformed === undefined ? indexRules(rules, conditionsOf(flag["rules"])) : undefined,
    fallthrough: compileServe(identity, served, alone ? EvaluationReason.STATIC : EvaluationReason.DEFAULT),
  };
}

function readIdentity(key: string, flag: Readonly<Record<string, unknown>>, reading: Reading): FlagIdentity {
  const type = Object.values(FlagType).find((name) => name === flag["type"]);
  if (type === undefined) reading.refuse("type", `one of ${Object.keys(FlagType).join(", ")}`, flag["type"]);
  const version = flag["version"] ?? undefined;
  return {
    key,
    type,
    version:
      version === undefined ? undefined : reading.integer(version, "version", 0, Number.MAX_SAFE_INTEGER),
  };
}

const IS_OF_TYPE: Readonly<Record<FlagType, (value: unknown) => boolean>> = {
  BOOLEAN: (value) => typeof value === "boolean",
  STRING: (value) => typeof value === "string",
  NUMBER: (value) => Number.isFinite(value),
  JSON: (value) =>
    (typeof value === "object" && value !== null) ||
    typeof value === "string" ||
    typeof value === "boolean" ||
    Number.isFinite(value),
};

function readVariants(
  definition: unknown,
  type: FlagType | undefined,
  reading: Reading,
): Map<string, Outcome> {
  const outcomes = new Map<string, Outcome>();
  for (const [index, item] of reading.list(definition, "variants").entries()) {
    const path = `variants[${index}]`;
    const { key, value } = reading.object(item, path) ?? {};
    const variant = reading.string(key, `${path}.key`);
    if (type !== undefined && !IS_OF_TYPE[type](value)) {
      reading.refuse(`${path}.value`, `a value of type ${type}`, value);
    }
    if (variant === undefined) continue;
    if (outcomes.has(variant)) reading.refuse(`${path}.key`, "a key of its own", variant);
    outcomes.set(variant, { variant, value });
  }
  return outcomes;
}

function readPrerequisites(definition: unknown, reading: Reading): readonly CompiledPrerequisite[] {
  return reading.list(definition, "prerequisites", true).map((item, index) => {
    const path = `prerequisites[${index}]`;
    const prerequisite = reading.object(item, path) ?? {};
    const flagKey = reading.string(prerequisite["flagKey"], `${path}.flagKey`) ?? "";
    const variants = reading.strings(prerequisite["variants"], `${path}.variants`);
    reading.noteFlag({ flagKey, variants, via: "PREREQUISITE" });
    return { flagKey, variants: new Set(variants) };
  });
}

function readTargets(
  definition: unknown,
  identity: FlagIdentity,
  outcomes: ReadonlyMap<string, Outcome>,
  reading: Reading,
): readonly CompiledTarget[] {
  return reading.list(definition, "targets", true).map((item, index) => {
    const path = `targets[${index}]`;
    const target = reading.object(item, path) ?? {};
    const outcome = readVariant(target["variant"], `${path}.variant`, outcomes, reading);
    const attribute = reading.attribute(target["attribute"] ?? TARGETING_KEY, `${path}.attribute`, false);
    return {
      attribute,
      read: attributeReader(attribute),
      values: new Set(reading.strings(target["values"], `${path}.values`)),
      resolution: answer(identity, EvaluationReason.TARGETING_MATCH, outcome),
    };
  });
}

function readRules(
  definition: unknown,
  identity: FlagIdentity,
  scope: ServeScope,
  reading: Reading,
): readonly CompiledRule[] {
  return reading.list(definition, "rules", true).map((item, index) => {
    const path = `rules[${index}]`;
    const rule = reading.object(item, path) ?? {};
    const id = reading.string(rule["id"], `${path}.id`) ?? "";
    const name = rule["name"] ?? undefined;
    const ruleIdentity = { id, name: name === undefined ? undefined : reading.string(name, `${path}.name`) };
    const condition = rule["when"] ?? undefined;
    const when =
      condition === undefined ? undefined : readCondition(condition, member(path, "when"), reading);
    const served = readServe(rule["serve"], `${path}.serve`, scope, reading);
    const experiment = readExperiment(rule["experiment"], path, served, reading);
    const serve = compileServe(identity, served, EvaluationReason.TARGETING_MATCH, ruleIdentity, experiment);
    return { identity: ruleIdentity, when, serve };
  });
}

function conditionsOf(rules: unknown): readonly unknown[] {
  return Array.isArray(rules)
    ? rules.map((rule: unknown) => (isObject(rule) ? rule["when"] : undefined))
    : [];
}

function compileServe(
  identity: FlagIdentity,
  served: Served | undefined,
  reason: EvaluationReason,
  rule?: RuleIdentity,
  experiment?: Participation,
): CompiledServe {
  if (served?.split !== undefined) return { split: served.split, experiment };
  return { fixed: answer(identity, reason, served?.outcome, rule) };
}
