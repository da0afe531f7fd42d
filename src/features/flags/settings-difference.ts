/** What the ledger keeps of a change of settings, and how such a change is taken back: pure. */
import { canonicalJson } from "../ledger/index.js";
import type { FlagEnvironment, Rule } from "./flag.js";
import { areLegible, legibleRules } from "./legible-rules.js";

/** What people set on a flag in one environment. */
export type Settings = Pick<
  FlagEnvironment,
  "enabled" | "offVariant" | "fallthrough" | "targets" | "rules" | "prerequisites"
>;

/** One side of a change: the members that it altered and no others. */
export interface SettingsPart {
  readonly enabled?: boolean;
  readonly offVariant?: string | null;
  readonly fallthrough?: Settings["fallthrough"];
  readonly targets?: Settings["targets"];
  readonly prerequisites?: Settings["prerequisites"];
  /** The rules that differ, by id; null where there is none on this side. */
  readonly rules?: Readonly<Record<string, Rule | null>>;
  /** The ids of all rules, if their sequence differs. */
  readonly ruleOrder?: readonly string[];
}

/** Both sides of a change. */
export interface SettingsDifference {
  readonly before: SettingsPart;
  readonly after: SettingsPart;
}

const plainMembers = ["enabled", "offVariant", "fallthrough", "targets", "prerequisites"] as const;

/** What differs between two states of the settings; null when nothing does. Of rules that cannot be read it says only that they were replaced. */
export function settingsDifference(before: Settings, after: Settings): SettingsDifference | null {
  const names = plainMembers.filter((name) => !sameJson(before[name], after[name]));
  const orders = [orderOf(before), orderOf(after)] as const;
  const ids = [...new Set(orders.flat())].filter((id) => !sameJson(ruleOf(before, id), ruleOf(after, id)));
  const mended = before.rules !== after.rules && !areLegible(before);
  const reordered = mended || !sameJson(orders[0], orders[1]);
  if (names.length === 0 && ids.length === 0 && !reordered) return null;
  const side = (settings: Settings, order: readonly string[]): SettingsPart => ({
    ...Object.fromEntries(names.map((name) => [name, settings[name]])),
    ...(ids.length === 0 ? {} : { rules: Object.fromEntries(ids.map((id) => [id, ruleOf(settings, id)])) }),
    ...(reordered ? { ruleOrder: order } : {}),
  });
  return { before: side(before, orders[0]), after: side(after, orders[1]) };
}

function sameJson(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

function ruleOf(settings: Settings, id: string): Rule | null {
  return legibleRules(settings).find((rule) => rule.id === id) ?? null;
}

function orderOf(settings: Settings): string[] {
  return legibleRules(settings).map(({ id }) => id);
}

/**
 * The settings with a change taken back: what it altered is as it was, what it did not touch stays. Members that something later altered
 * again are named in `conflicts`, and the settings then mean nothing.
 */
export function revertSettings(
  current: Settings,
  { before, after }: SettingsDifference,
): { readonly settings: Settings; readonly conflicts: readonly string[] } {
  const conflicts: string[] = [];
  for (const name of plainMembers) {
    if (name in after && !sameJson(current[name], after[name])) conflicts.push(name);
  }
  for (const [id, rule] of Object.entries(after.rules ?? {})) {
    if (!sameJson(ruleOf(current, id), rule)) conflicts.push(`rule ${JSON.stringify(id)}`);
  }
  const order = revertOrder(orderOf(current), { before, after });
  if (order === null) conflicts.push("the order of the rules");
  const touched = before.rules !== undefined || before.ruleOrder !== undefined;
  if (touched && !areLegible(current)) conflicts.push("rules that cannot be read");
  const { rules: _rules, ruleOrder: _order, ...members } = before;
  return {
    settings: {
      ...current,
      ...members,
      ...(touched ? { rules: revertRules(current, before, order ?? []) } : {}),
    },
    conflicts,
  };
}

function revertRules(current: Settings, before: SettingsPart, order: readonly string[]): Rule[] {
  return order.flatMap((id) => {
    const former = Object.hasOwn(before.rules ?? {}, id) ? before.rules?.[id] : undefined;
    return former ?? ruleOf(current, id) ?? [];
  });
}

/** The sequence of ids after the revert; null when the rules were reordered, and reordered again since. */
function revertOrder(
  current: readonly string[],
  { before, after }: SettingsDifference,
): readonly string[] | null {
  if (before.ruleOrder === undefined || after.ruleOrder === undefined) return current;
  if (sameJson(current, after.ruleOrder)) return before.ruleOrder;
  const added = after.ruleOrder.filter((id) => !before.ruleOrder?.includes(id));
  const removed = before.ruleOrder.filter((id) => !after.ruleOrder?.includes(id));
  if (added.length === 0 && removed.length === 0) return null;
  const order = current.filter((id) => !added.includes(id));
  for (const id of removed) insertAfterPredecessor(order, id, before.ruleOrder);
  return order;
}

/** Puts a rule that comes back behind the nearest rule that stood before it and is still there. */
function insertAfterPredecessor(order: string[], id: string, former: readonly string[]): void {
  const predecessors = former.slice(0, former.indexOf(id)).reverse();
  const nearest = predecessors.find((candidate) => order.includes(candidate));
  order.splice(nearest === undefined ? 0 : order.indexOf(nearest) + 1, 0, id);
}
