/** What a bench gives, and the arithmetic that all of them share. */

export interface Figure {
  readonly name: string;
  /** Median over all rounds. */
  readonly value: number;
  /** `/s`: of these, more are better. */
  readonly unit: "ns" | "ms" | "/s";
  /** What `ratio` compares with, measured in the same run. */
  readonly reference: string;
  /** Median of the rounds' own value / reference. */
  readonly ratio: number;
}

export type Bench = () => Promise<readonly Figure[]>;

/** One round: the figure and its reference, in the same unit. */
export interface Round {
  readonly value: number;
  readonly reference: number;
}

export function figureOf(
  name: string,
  unit: Figure["unit"],
  reference: string,
  rounds: readonly Round[],
): Figure {
  const value = median(rounds.map((round) => round.value));
  return {
    name,
    unit,
    reference,
    value,
    ratio: median(rounds.map((round) => round.value / round.reference)),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
