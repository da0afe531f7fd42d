/** What a simulation measures, and what was promised of it. */
import type { Random } from "./random.js";

export interface Row {
  /** What is promised, in words. */
  readonly claim: string;
  /** How it was put to the test. */
  readonly measured: string;
  readonly bound: Bound;
  readonly figure: number;
  /** Of the figure, by the number of tests. */
  readonly standardError: number;
}

export interface Bound {
  readonly must: "at most" | "at least";
  readonly value: number;
}

/** So many tests, drawn by `random`; a simulation may take a multiple or a fraction of them where one is cheap or dear. */
export type Simulation = (tests: number, random: Random) => readonly Row[];

export type Figure = Pick<Row, "figure" | "standardError">;

export const atMost = (value: number): Bound => ({ must: "at most", value });
export const atLeast = (value: number): Bound => ({ must: "at least", value });

/** Whether the figure keeps its bound, or misses it by no more than so many standard errors. */
export function isKept({ bound, figure, standardError }: Row, standardErrors = 0): boolean {
  const miss = bound.must === "at most" ? figure - bound.value : bound.value - figure;
  return miss <= standardErrors * standardError;
}

/** A share of tests; its standard error is never 0, since no number of tests rules everything else out. */
export function shareOf(hits: number, tests: number): Figure {
  const likely = (hits + 1) / (tests + 2);
  return { figure: hits / tests, standardError: Math.sqrt((likely * (1 - likely)) / tests) };
}

/** The mean of one number from each test. */
export function meanOf(values: readonly number[]): Figure {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const least = 1 / values.length;
  return { figure: mean, standardError: Math.max(least, Math.sqrt(squares) / values.length) };
}

/** The share of tests in which each of several things happened; `once` makes one test. */
export function tally<Name extends string>(
  tests: number,
  once: () => Readonly<Record<Name, boolean>>,
): Readonly<Record<Name, Figure>> {
  const hits = new Map<Name, number>();
  for (let test = 0; test < tests; test += 1) {
    const happened = Object.entries(once()) as [Name, boolean][];
    for (const [name, did] of happened) hits.set(name, (hits.get(name) ?? 0) + (did ? 1 : 0));
  }
  const figures = [...hits].map(([name, count]) => [name, shareOf(count, tests)] as const);
  return Object.fromEntries(figures) as Record<Name, Figure>;
}

/** The figure that is nearest to breaking an upper bound, and all of them in words. */
export function worstOf(figures: readonly (readonly [where: string, figure: Figure])[]): Figure & {
  readonly all: string;
} {
  const all = figures.map(([where, { figure }]) => `${where}: ${figure.toFixed(4)}`).join(", ");
  const [worst] = figures.map(([, figure]) => figure).sort((one, other) => other.figure - one.figure);
  return { figure: 0, standardError: 0, ...worst, all };
}
