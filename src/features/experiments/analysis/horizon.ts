/** When results count: which method judges at this moment, and by which boundary. */
import { groupSequentialBounds } from "../../../statistics/index.js";
import type { TrialSums } from "../../tracking/index.js";
import type { Experiment } from "../experiment.js";
import type { Judge } from "./results.js";

/** The boundary that |z| has to cross now, and p of a z. */
export interface Boundary {
  readonly z: number;
  readonly pValueOf: (z: number) => number;
}

export interface Horizon {
  readonly judgedBy: Judge;
  /** Whether that method may be asked yet. */
  readonly isJudged: boolean;
  /** Whether the date has come, or, without one, the planned units have. */
  readonly isReached: boolean;
  /** Of the planned units, the share that is there. */
  readonly information: number;
  /** null in other modes. */
  readonly boundary: Boundary | null;
}

/**
 * ANYTIME judges at every look. GROUP_SEQUENTIAL judges at every day's look, its boundary spending what the units so far allow. FIXED_HORIZON, and an
 * experiment whose shares move, judge once, at the date; of one that was stopped before, only what holds at any look counts.
 */
export function horizonOf(experiment: Experiment, sums: TrialSums, now: Date): Horizon {
  const { mode, optimises, plannedUnits, endsAt, stoppedAt, alpha } = experiment;
  const days = unitsByDay(sums);
  const units = days.at(-1) ?? 0;
  const moment = stoppedAt ?? now;
  const isReached = endsAt === null ? units >= plannedUnits : endsAt.getTime() <= moment.getTime();
  const at = { isReached, information: units / plannedUnits, boundary: null };
  if (mode === "GROUP_SEQUENTIAL" && !optimises) {
    const boundary = boundaryOf(looksAt(days, plannedUnits), alpha, isReached);
    return { ...at, judgedBy: "GROUP_SEQUENTIAL", isJudged: true, boundary };
  }
  if (mode === "ANYTIME" && !optimises) return { ...at, judgedBy: "ANYTIME", isJudged: true };
  if (!isReached && stoppedAt !== null) return { ...at, judgedBy: "ANYTIME", isJudged: true };
  return { ...at, judgedBy: "FIXED_HORIZON", isJudged: isReached };
}

/** All units so far, after each day. */
function unitsByDay({ exposures }: TrialSums): number[] {
  const days = new Map<string, number>();
  for (const { day, n } of exposures) days.set(day, (days.get(day) ?? 0) + n);
  let units = 0;
  return [...days].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, added]) => (units += added));
}

/**
 * One look a day, since nobody writes down when somebody looked; days that brought nobody are none. Once the planned units are there the
 * latest look is the last one, however many more come.
 */
function looksAt(unitsAfterDays: readonly number[], plannedUnits: number): number[] {
  const latest = unitsAfterDays.at(-1) ?? 0;
  const earlier = unitsAfterDays.filter(
    (units, index) => units > (unitsAfterDays[index - 1] ?? 0) && units < latest && units < plannedUnits,
  );
  return latest > 0 ? [...earlier, latest].map((units) => units / plannedUnits) : [];
}

/** p is told at these and between them; it is not told below the last. */
const LEVELS = [0.999, 0.9, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.003, 0.001, 1e-4, 1e-6, 1e-9, 1e-12];

/** No look yet: no boundary can be crossed. */
function boundaryOf(looks: readonly number[], alpha: number, ended: boolean): Boundary {
  const zAt = (level: number) =>
    groupSequentialBounds(looks, { alpha: level, spending: "obrien-fleming" }, ended).z.at(-1) ?? Infinity;
  let table: readonly Level[] | undefined;
  return {
    z: zAt(alpha),
    pValueOf: (z) => {
      table ??= [...new Set([...LEVELS, alpha])]
        .toSorted((one, other) => other - one)
        .map((level) => ({ level, z: zAt(level) }));
      return pValueIn(table, Math.abs(z));
    },
  };
}

interface Level {
  readonly level: number;
  /** Of its boundary. */
  readonly z: number;
}

/**
 * The smallest level whose boundary is crossed: exact at alpha, and elsewhere a few per cent too large at most, since
 * between two levels ln p is taken for a straight line in z².
 */
function pValueIn(table: readonly Level[], z: number): number {
  const above = table.findIndex((level) => level.z > z);
  const [lower, upper] = [table[above - 1], table[above]];
  if (above === 0) return 1;
  if (above === -1) return table.at(-1)?.level ?? 1;
  if (lower === undefined || upper === undefined || upper.z === Infinity) return lower?.level ?? 1;
  const way = (z ** 2 - lower.z ** 2) / (upper.z ** 2 - lower.z ** 2);
  return lower.level * (upper.level / lower.level) ** way;
}
