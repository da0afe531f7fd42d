/** The sums of one metric, by epoch and variant: what all estimates begin with. */
import type { TrialSums } from "../../tracking/index.js";
import { added, type ExactSums, exactExposures, exactOutcomes, noUnits } from "./exact.js";
import { atOnce, type Steps } from "./steps.js";

/** By epoch, then by variant. */
export type Cells = ReadonlyMap<number, ReadonlyMap<string, ExactSums>>;

interface Addition {
  readonly epoch: number;
  readonly variant: string;
  readonly day: string;
  readonly sums: ExactSums;
}

export interface CellsOfDay {
  readonly day: string;
  /** All units so far; what stayed as it was the day before is the same object. */
  readonly cells: Cells;
}

/** All units so far. */
export function cellsOf(sums: TrialSums, metric: string): Cells {
  return atOnce(addingUp(additionsOf(sums)(metric))).at(-1)?.cells ?? new Map();
}

/** By metric, after each day of first exposures, all units so far; in the order of days. */
export function cellsByDay(sums: TrialSums): (metric: string) => Steps<readonly CellsOfDay[]> {
  const additions = additionsOf(sums);
  return (metric) => addingUp(additions(metric));
}

/** The units of one variant over all epochs. */
export function unitsOf(cells: Cells, variant: string): ExactSums {
  return [...cells.values()].reduce((sum, arms) => added(sum, sanely(arms.get(variant) ?? noUnits)), noUnits);
}

/** The variant in one epoch. */
export function cellAt(cells: Cells, epoch: number, variant: string): ExactSums {
  return sanely(cells.get(epoch)?.get(variant) ?? noUnits);
}

/** Whom exposures count is the same for all metrics. */
function additionsOf({ exposures, metrics }: TrialSums): (metric: string) => readonly Addition[] {
  const units = exposures.map((sum) => ({ ...sum, sums: exactExposures(sum) }));
  const outcomes = grouped(metrics, ({ metric }) => metric);
  return (metric) => [
    ...units,
    ...(outcomes.get(metric) ?? []).map((sum) => ({ ...sum, sums: exactOutcomes(sum) })),
  ];
}

function* addingUp(additions: readonly Addition[]): Steps<CellsOfDay[]> {
  const days = [...grouped(additions, ({ day }) => day)];
  let cells: Cells = new Map();
  const all: CellsOfDay[] = [];
  for (const [day, ofDay] of days.toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    cells = addedTo(cells, ofDay);
    all.push({ day, cells });
    yield;
  }
  return all;
}

/** Only what is added to is made anew. */
function addedTo(cells: Cells, additions: readonly Addition[]): Cells {
  const next = new Map(cells);
  for (const [epoch, ofEpoch] of grouped(additions, (addition) => addition.epoch)) {
    const arms = new Map(cells.get(epoch));
    for (const { variant, sums } of ofEpoch) arms.set(variant, added(arms.get(variant) ?? noUnits, sums));
    next.set(epoch, arms);
  }
  return next;
}

/** Exposures and outcomes are read one after the other: an outcome may be there of a unit that is not yet. */
function sanely(sums: ExactSums): ExactSums {
  return sums.nonzero > sums.n ? { ...sums, nonzero: sums.n } : sums;
}

function grouped<One, Key>(all: readonly One[], keyOf: (one: One) => Key): ReadonlyMap<Key, readonly One[]> {
  const groups = new Map<Key, One[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key) ?? [];
    group.push(one);
    groups.set(key, group);
  }
  return groups;
}
