/** What each method says of treatments, and what may be believed of them: for those who look. What decides by itself needs none of it. */
import { type Belief, beliefOf } from "./beliefs.js";
import { compare, type Compared, zOf } from "./compare.js";
import type { Frame, Measured, Pair } from "./frame.js";
import type { Steps } from "./steps.js";

export interface JudgedPair extends Pair {
  readonly compared: Compared;
  readonly belief: Belief;
}

export type Judged = Measured<JudgedPair>;

export function* judging({ horizon }: Frame, measured: readonly Measured[]): Steps<Judged[]> {
  if (horizon.boundary !== null) yield* horizon.boundary.workOut(furthestOf(measured));
  const all: Judged[] = [];
  for (const one of measured) {
    const pairs: JudgedPair[] = [];
    for (const pair of one.pairs) {
      yield;
      const compared = compare(pair.strata, pair.plan, pair.compared);
      pairs.push({ ...pair, compared, belief: beliefOf(one.metric, pair.strata, compared) });
    }
    all.push({ ...one, pairs });
  }
  return all;
}

/** The largest |z|. */
function furthestOf(measured: readonly Measured[]): number {
  const all = measured.flatMap(({ pairs }) => pairs.map(({ compared }) => zOf(compared.decision) ?? 0));
  return all.reduce((furthest, z) => Math.max(furthest, Math.abs(z)), 0);
}
