/** What the ledger keeps of an update: the members that changed, as they were and as they are. Pure. */
import { canonicalJson } from "./change.js";

/** Both sides of an update, each with the same members. */
export interface Difference<T> {
  readonly before: Partial<T>;
  readonly after: Partial<T>;
}

/** The members that differ between two states of one thing; null when none does. */
export function differenceOf<T extends object>(before: T, after: T): Difference<T> | null {
  const names = (Object.keys(after) as (keyof T)[]).filter(
    (name) => canonicalJson(before[name] ?? null) !== canonicalJson(after[name] ?? null),
  );
  if (names.length === 0) return null;
  return { before: pick(before, names), after: pick(after, names) };
}

function pick<T extends object>(from: T, names: readonly (keyof T)[]): Partial<T> {
  const picked: Partial<T> = {};
  for (const name of names) picked[name] = from[name];
  return picked;
}
