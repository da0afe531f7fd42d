/** Rules that something else than people manages: who owns one, and what nobody but the owner may do to it. Pure. */
import { conflict, quote } from "../../platform/problems.js";
import { canonicalJson } from "../ledger/index.js";
import type { FlagEnvironment, Rule, RuleOwner } from "./flag.js";
import { legibleRules } from "./legible-rules.js";

type Settings = Pick<FlagEnvironment, "flag" | "environment" | "rules">;

const nouns: Record<RuleOwner["kind"], string> = { EXPERIMENT: "experiment", ROLLOUT: "guarded rollout" };

/** null: people. */
export function ownerOf({ owner }: Pick<Rule, "owner">): RuleOwner | null {
  return owner ?? null;
}

/** An owner as messages call it: `experiment "new-price"`. */
export function describeOwner({ kind, key }: RuleOwner): string {
  return `${nouns[kind]} ${quote(key)}`;
}

/** An owner as the API names it: `experiment:new-price`, `rollout:new-checkout`. */
export function writeOwner({ kind, key }: RuleOwner): string {
  return `${kind.toLowerCase()}:${key}`;
}

/** The rules that are owned, each with its owner. */
export function ownedRules(settings: Pick<Settings, "rules">): { rule: Rule; owner: RuleOwner }[] {
  return legibleRules(settings).flatMap((rule) => {
    const owner = ownerOf(rule);
    return owner === null ? [] : [{ rule, owner }];
  });
}

/** Whether the rule is this owner's, in whatever epoch. */
export function isOwnedBy(rule: Pick<Rule, "owner">, { kind, id }: RuleOwner): boolean {
  const owner = ownerOf(rule);
  return owner !== null && owner.kind === kind && owner.id === id;
}

/**
 * Lets a change of rules pass that leaves alone what is owned: each owned rule is as it was, and rules that stood before it or behind it
 * and still stand, stand there. Rules of `by` may change. Throws CONFLICT naming the owner.
 */
export function guardOwnedRules(current: Settings, next: Settings, by?: RuleOwner): void {
  if (next.rules === current.rules) return;
  const isForeign = ({ rule }: { readonly rule: Rule }) => by === undefined || !isOwnedBy(rule, by);
  const before = ownedRules(current).filter(isForeign);
  for (const { rule, owner } of before) {
    if (!isKept(rule, next)) throw conflict(`${whose(rule, owner, current)}: nothing else changes it.`);
    if (!isInPlace(rule.id, current, next)) {
      throw conflict(`${whose(rule, owner, current)}: other rules are not moved past it.`);
    }
  }
  const added = ownedRules(next)
    .filter(isForeign)
    .find(({ rule }) => !before.some((known) => known.rule.id === rule.id));
  if (added !== undefined) {
    throw conflict(`${whose(added.rule, added.owner, current)}: nothing else adds it.`);
  }
}

function whose({ id, name }: Rule, owner: RuleOwner, { flag, environment }: Settings): string {
  return `Rule ${quote(name ?? id)} of flag ${quote(flag)} in ${environment} belongs to ${describeOwner(owner)}`;
}

/** Whether exactly that rule stands under its id. */
function isKept(rule: Rule, { rules }: Settings): boolean {
  const [only, ...more] = rules.filter(({ id }) => id === rule.id);
  return more.length === 0 && canonicalJson(only ?? null) === canonicalJson(rule);
}

/** Whether the rules that stand in both states stand on the same side of a rule. */
function isInPlace(id: string, current: Settings, next: Settings): boolean {
  const [former, present] = [idsAround(id, current), idsAround(id, next)];
  return (
    !former.before.some((other) => present.behind.includes(other)) &&
    !former.behind.some((other) => present.before.includes(other))
  );
}

function idsAround(id: string, settings: Settings): { before: string[]; behind: string[] } {
  const ids = legibleRules(settings).map((rule) => rule.id);
  const place = ids.indexOf(id);
  return { before: ids.slice(0, place), behind: ids.slice(place + 1) };
}

/** The rules without those that are owned. */
export function withoutOwned(rules: readonly Rule[]): Rule[] {
  return rules.filter((rule) => ownerOf(rule) === null);
}

/** Copied rules with the owned ones of `present` among them, each behind the last rule that stood before it and still stands. */
export function withOwnedOf(copied: readonly Rule[], present: readonly Rule[]): Rule[] {
  const merged = [...copied];
  for (const [index, rule] of present.entries()) {
    if (ownerOf(rule) === null) continue;
    const before = new Set(present.slice(0, index).map(({ id }) => id));
    merged.splice(merged.findLastIndex(({ id }) => before.has(id)) + 1, 0, rule);
  }
  return merged;
}
