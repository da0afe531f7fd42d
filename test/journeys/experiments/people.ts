/** Simulated people: what they are called, and what they do by the variant that they were shown. */
import { Random } from "../../statistics/simulations/random.js";

/** Who was shown which variant. */
export type Shown = ReadonlyMap<string, string>;
/** The share of those of whom something is so, by variant. */
export type Rates = Readonly<Record<string, number>>;

export function named(group: string, people: number): readonly string[] {
  return Array.from({ length: people }, (_, index) => `${group}-${index}`);
}

/** By variant. */
export function tally(shown: Shown): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const variant of shown.values()) counts.set(variant, (counts.get(variant) ?? 0) + 1);
  return counts;
}

/** For people, the control first. */
export function inList(counts: ReadonlyMap<string, number>): string {
  const named = [...counts].toSorted(([one], [other]) => one.localeCompare(other));
  return named.map(([variant, people]) => `${people} ${variant}`).join(", ");
}

/**
 * Those of whom it is so, drawn by lot: of each variant as many as `rates` says. Who gets which variant is another matter each time, as the server
 * draws it anew; what becomes of a scenario shall not be up to luck on top of that.
 */
export function drawn(shown: Shown, rates: Rates, seed: number, lot: string): Shown {
  const random = new Random(seed, lot);
  const tickets = [...shown].map((one) => ({ one, ticket: random.uniform() }));
  const left = new Map(
    [...tally(shown)].map(([variant, people]) => [variant, Math.round(people * (rates[variant] ?? 0))]),
  );
  const those = tickets
    .toSorted((a, b) => a.ticket - b.ticket)
    .filter(({ one: [, variant] }) => {
      const places = left.get(variant) ?? 0;
      left.set(variant, places - 1);
      return places > 0;
    });
  return new Map(those.map(({ one }) => one));
}

/** Those of `shown` whom `others` names too. */
export function among(shown: Shown, others: ReadonlyMap<string, unknown>): Shown {
  return new Map([...shown].filter(([who]) => others.has(who)));
}

/** What they did, as it is tracked; `at` is RFC 3339. */
export function eventsOf(those: Shown, metric: string, at: string): readonly object[] {
  return [...those.keys()].map((unit) => ({ id: `${metric} ${unit}`, metric, unit, at }));
}
