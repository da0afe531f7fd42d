/** The owner's door: how an experiment or a guarded rollout puts its rule into a flag, changes it and takes it away. */
import { checkFlag, reslot } from "../../evaluation/index.js";
import type { Transaction } from "../../platform/database/index.js";
import { conflict, quote } from "../../platform/problems.js";
import type { ChangeKind, RecordEntry } from "../ledger/index.js";
import { nameOf } from "./change-flag-environment.js";
import { brokenReferences } from "./check-references.js";
import { type Flag, type FlagEnvironment, refuseArchived, type Rule, type RuleOwner } from "./flag.js";
import { lockFlagEnvironment, storeFlagEnvironment } from "./flag-environment.store.js";
import { defaultSettings } from "./flag-settings.js";
import { lockFlag } from "./flag.store.js";
import { wholeRules } from "./legible-rules.js";
import { describeOwner, guardOwnedRules, isOwnedBy, ownerOf } from "./owned-rules.js";
import { maxRules } from "./rule-input.js";
import { ruleReferences } from "./setting-references.js";
import { settingsDifference } from "./settings-difference.js";
import { toDefinition } from "./to-definition.js";

/** Whose settings: a flag in an environment. */
export type RulePlace = Pick<FlagEnvironment, "project" | "flag" | "environment">;

export interface OwnedRuleChange {
  /** What the owner's rule is to be, its split by one attribute if it has one; null: it goes. */
  readonly rule: Omit<Rule, "owner"> | null;
  /** Among the flag's other rules, from 0. Absent: where the rule stands, a new one just behind those of experiments, which keep whom they have. */
  readonly position?: "FIRST" | number | undefined;
  readonly reason?: string | null | undefined;
}

/**
 * Puts in, changes or takes away the one rule that `owner` has at a place, as part of a larger `write` whose permit covers it; gives the
 * settings, as they are where that changes nothing. It locks the flag and its settings, checks that the rule can be evaluated and that what
 * it names exists, and records `flag.rule_installed`, `flag.rule_changed_by_owner` or `flag.rule_withdrawn`. Throws NOT_FOUND for the flag, and
 * CONFLICT for an archived one, rules that cannot be read, an id that is taken, too many rules, a rule that does not fit, and where it
 * would pass another owner's rule.
 */
export async function setOwnedRule(
  tx: Transaction,
  record: RecordEntry,
  place: RulePlace,
  owner: RuleOwner,
  change: OwnedRuleChange,
): Promise<FlagEnvironment> {
  const flag = await lockFlag(tx, place.project, place.flag);
  const current = await lockFlagEnvironment(tx, place.project, place.flag, place.environment);
  const rules = wholeRules(current);
  const former = rules.find((rule) => isOwnedBy(rule, owner));
  const others = rules.filter((rule) => rule !== former);
  const rule = change.rule === null ? null : ownedRule(change.rule, owner);
  const index = former === undefined ? behindExperiments(rules) : rules.indexOf(former);
  const next = { ...current, rules: rule === null ? others : inserted(others, rule, change, index) };
  const difference = settingsDifference(current, next);
  if (difference === null) return current;
  guardOwnedRules(current, next, owner);
  if (rule !== null) await refuseUnfit(tx, flag, current, { rule, others, owner });
  const { project, environment } = place;
  const subject = { subjectType: "FLAG", subject: flag.key, project, environment } as const;
  record({ kind: kindOf(former, rule), ...subject, ...difference, reason: change.reason });
  return storeFlagEnvironment(tx, current, next);
}

/** As `readRules` would give it back, so that whoever sends a flag's rules as they are changes nothing. */
function ownedRule(rule: Omit<Rule, "owner">, owner: RuleOwner): Rule {
  const { when, serve } = rule;
  const isForAll = when !== null && "all" in when && when.all.length === 0;
  return {
    ...rule,
    when: isForAll ? null : when,
    serve: "split" in serve ? { ...serve, split: reslot(serve.split, serve.split) } : serve,
    owner,
  };
}

function inserted(
  others: readonly Rule[],
  rule: Rule,
  { position }: OwnedRuleChange,
  index: number,
): readonly Rule[] {
  return others.toSpliced(position === "FIRST" ? 0 : (position ?? index), 0, rule);
}

function behindExperiments(rules: readonly Rule[]): number {
  return rules.findLastIndex((rule) => ownerOf(rule)?.kind === "EXPERIMENT") + 1;
}

function kindOf(former: Rule | undefined, rule: Rule | null): ChangeKind {
  if (rule === null) return "flag.rule_withdrawn";
  return former === undefined ? "flag.rule_installed" : "flag.rule_changed_by_owner";
}

interface Installation {
  readonly rule: Rule;
  readonly others: readonly Rule[];
  readonly owner: RuleOwner;
}

async function refuseUnfit(
  tx: Transaction,
  flag: Flag,
  current: FlagEnvironment,
  { rule, others, owner }: Installation,
): Promise<void> {
  refuseArchived(flag);
  if (others.some(({ id }) => id === rule.id)) {
    throw conflict(`${nameOf(current)} has another rule ${quote(rule.id)}.`);
  }
  if (others.length >= maxRules)
    throw conflict(`${nameOf(current)} has ${maxRules} rules, which is the most.`);
  const [fault] = [
    ...faultsOf(flag, rule),
    ...(await brokenReferences(tx, current, ruleReferences("rule", rule))),
  ];
  if (fault === undefined) return;
  const what = `the rule of ${describeOwner(owner)}`;
  throw conflict(`${nameOf(current)} cannot take ${what}: ${fault.path} ${fault.message}`);
}

/** What an evaluator could not read of the rule. */
function faultsOf(flag: Flag, rule: Rule): { readonly path: string; readonly message: string }[] {
  const alone = { ...defaultSettings(flag), version: flag.version, rules: [rule] };
  return checkFlag(toDefinition(flag, alone)).map(({ path, message }) => ({
    path: path.replace("rules[0]", "rule"),
    message: `${message}.`,
  }));
}
