/** The sums of one metric, by epoch and variant: what all estimates begin with. */
import type { TrialSums } from "../../tracking/index.js";
import { added, type ExactSums, exactExposures, exactOutcomes, noUnits } from "./exact.js";

/** By epoch, then by variant. */
export type Cells = ReadonlyMap<number, ReadonlyMap<string, ExactSums>>;

interface Addition {
  readonly epoch: number;
  readonly variant: string;
  readonly day: string;
  readonly sums: ExactSums;
}

/** All units so far. */
export function cellsOf(sums: TrialSums, metric: string): Cells {
  return addedTo(new Map(), additionsOf(sums, metric));
}

/** After each day of first exposures, all units so far; in the order of days. */
export function cellsByDay(
  sums: TrialSums,
  metric: string,
): { readonly day: string; readonly cells: Cells }[] {
  const days = new Map<string, Addition[]>();
  for (const addition of additionsOf(sums, metric))
    days.set(addition.day, [...(days.get(addition.day) ?? []), addition]);
  let cells: Cells = new Map();
  return [...days]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([day, additions]) => ({ day, cells: (cells = addedTo(cells, additions)) }));
}

/** The units of one variant over all epochs. */
export function unitsOf(cells: Cells, variant: string): ExactSums {
  return [...cells.values()].reduce((sum, arms) => added(sum, sanely(arms.get(variant) ?? noUnits)), noUnits);
}

/** The variant in one epoch. */
export function cellAt(cells: Cells, epoch: number, variant: string): ExactSums {
  return sanely(cells.get(epoch)?.get(variant) ?? noUnits);
}

function additionsOf({ exposures, metrics }: TrialSums, metric: string): Addition[] {
  return [
    ...exposures.map((sum) => ({ ...sum, sums: exactExposures(sum) })),
    ...metrics.filter((sum) => sum.metric === metric).map((sum) => ({ ...sum, sums: exactOutcomes(sum) })),
  ];
}

function addedTo(cells: Cells, additions: readonly Addition[]): Cells {
  const next = new Map([...cells].map(([epoch, arms]) => [epoch, new Map(arms)]));
  for (const { epoch, variant, sums } of additions) {
    const arms = next.get(epoch) ?? new Map<string, ExactSums>();
    next.set(epoch, arms.set(variant, added(arms.get(variant) ?? noUnits, sums)));
  }
  return next;
}

/** Exposures and outcomes are read one after the other: an outcome may be there of a unit that is not yet. */
function sanely(sums: ExactSums): ExactSums {
  return sums.nonzero > sums.n ? { ...sums, nonzero: sums.n } : sums;
}
