/** When results count: which method judges at this moment, and by which boundary. */
import type { TrialSums } from "../../tracking/index.js";
import type { Experiment } from "../experiment.js";
import { type Boundary, boundaryOf } from "./boundary.js";
import type { Judge } from "./results.js";

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
 * experiment whose shares move, judge once, at the date; of one that was stopped before, or whose shares move without a date, only what holds at any
 * look counts.
 */
export function horizonOf(experiment: Experiment, sums: TrialSums, now: Date): Horizon {
  const { id, mode, optimises, plannedUnits, endsAt, stoppedAt, alpha } = experiment;
  const days = unitsByDay(sums);
  const units = days.at(-1) ?? 0;
  const moment = stoppedAt ?? now;
  const isReached = endsAt === null ? units >= plannedUnits : endsAt.getTime() <= moment.getTime();
  const at = { isReached, information: units / plannedUnits, boundary: null };
  if (mode === "GROUP_SEQUENTIAL" && !optimises) {
    const test = { looks: looksAt(days, plannedUnits), alpha, ended: isReached };
    const boundary = boundaryOf(id, test);
    return { ...at, judgedBy: "GROUP_SEQUENTIAL", isJudged: true, boundary };
  }
  if (mode === "ANYTIME" && (!optimises || endsAt === null))
    return { ...at, judgedBy: "ANYTIME", isJudged: true };
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
