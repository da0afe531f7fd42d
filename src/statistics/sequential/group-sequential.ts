/** Tests with an end in sight that may also stop at looks before it: each look has the boundary that its time allows. */
import { nodesAndWeights } from "../distributions/quadrature.js";
import { normalDensity, normalQuantile, normalSf } from "../distributions/normal.js";
import { findRoot } from "../distributions/roots.js";
import { between } from "../ranges.js";

/** How fast α is spent: late, as O'Brien and Fleming's boundaries do, or evenly, as Pocock's. */
export type Spending = "obrien-fleming" | "pocock";

export interface GroupSequentialPlan {
  /** The two-sided chance of ever being wrong, in (0, 1); each side has half of it. */
  readonly alpha: number;
  readonly spending: Spending;
}

export interface Bounds {
  /** The |z| to cross at each look; Infinity where a look has nothing to spend. */
  readonly z: readonly number[];
  /** What of α is spent up to each look. */
  readonly cumulativeAlpha: readonly number[];
}

/** A look, taken. */
export interface Look {
  /** Its share of the planned information, above 0 and above that of the look before; past 1 if there was more. */
  readonly information: number;
  /** The estimate over its standard error. */
  readonly z: number;
}

export interface RunningTest extends GroupSequentialPlan {
  /** All of them so far, in order. */
  readonly looks: readonly Look[];
  /** The last look is the final one, whatever its information: it spends what is left of α. */
  readonly ended: boolean;
}

export interface RunningState extends Bounds {
  /** The boundary of the last look; ± it times the standard error is an interval that holds at all looks at once. */
  readonly boundary: number;
  /** The first look that crossed, from 0; null if none did. */
  readonly crossedAt: number | null;
  /** The smallest α at which a look up to now would have crossed. */
  readonly pValue: number;
}

/** What of the walk has not crossed: masses of |S| at nodes, ascending, just after the look at `time`. */
interface Inside {
  readonly time: number;
  readonly nodes: readonly number[];
  readonly masses: readonly number[];
}

/** How far a test has come, which is all that the looks after it have to know of those before. */
export interface SequentialCourse {
  /** The share of the planned information at the latest look. */
  readonly time: number;
  readonly spent: number;
  /** Before the last look that had a boundary. */
  readonly before: { readonly inside: Inside; readonly spent: number };
  /** That look; null before the first. */
  readonly last: { readonly time: number; readonly z: number } | null;
  /** The boundary of the latest look. */
  readonly z: number;
}

const START: Inside = { time: 0, nodes: [0], masses: [1] };

/** Before the first look. */
export const courseAtStart: SequentialCourse = {
  ...{ time: 0, spent: 0, last: null, z: Infinity },
  before: { inside: START, spent: 0 },
};

/** Less α than this has no boundary; it is kept for the next look. */
const LEAST_SPENT = 1e-30;
/** In standard deviations: the tail behind it is smaller than the least that is spent. */
const FURTHEST = 12;
/** Looks closer than this are one look, at which the walk is where it was, and what may be spent is more. */
const LEAST_STEP = 1e-6;
/** In standard deviations of a step: on a panel so wide its nodes integrate to the last digits. */
const PANEL_WIDTH = 10;
const NODES_IN_PANEL = 32;

/**
 * The symmetric boundaries of looks at the given shares of the planned information. Whether a look was planned does not
 * matter: its boundary depends on the looks before it alone. The last look, where `ended`, spends all of α.
 * Source: Lan and DeMets, "Discrete sequential boundaries for clinical trials", Biometrika 70 (1983); the recursion of
 * Armitage, McPherson and Rowe, Journal of the Royal Statistical Society A 132 (1969).
 */
export function groupSequentialBounds(
  information: readonly number[],
  plan: GroupSequentialPlan,
  ended = false,
): Bounds {
  between("alpha", plan.alpha, 0, 1);
  let course = courseAtStart;
  const courses = information.map((time, at) => {
    course = courseAfterLook(course, time, plan, ended && at === information.length - 1);
    return course;
  });
  return { z: courses.map(({ z }) => z), cumulativeAlpha: courses.map(({ spent }) => spent) };
}

/** One look of `groupSequentialBounds` more, at `time`; one that `isLast` spends all of α. Costs the same however many looks were before. */
export function courseAfterLook(
  course: SequentialCourse,
  time: number,
  plan: GroupSequentialPlan,
  isLast = false,
): SequentialCourse {
  between("alpha", plan.alpha, 0, 1);
  between("information", time, course.time, Infinity);
  return { ...afterSpending(course, time, isLast ? plan.alpha : spentAt(time, plan)), time };
}

function afterSpending(
  { spent, before, last }: SequentialCourse,
  time: number,
  allowed: number,
): Omit<SequentialCourse, "time"> {
  if (allowed - spent < LEAST_SPENT) return { spent, before, last, z: Infinity };
  if (last !== null && time - last.time < LEAST_STEP) {
    const lower = boundaryOf(before.inside, last.time, allowed - before.spent);
    return { spent: allowed, before, last: { time: last.time, z: lower }, z: lower };
  }
  const inside = last === null ? START : advanced(before.inside, last, time);
  const boundary = boundaryOf(inside, time, allowed - spent);
  return { spent: allowed, before: { inside, spent }, last: { time, z: boundary }, z: boundary };
}

/**
 * A test that is going on: its boundaries so far, whether one was crossed, and its p, which may be compared and
 * corrected as any other.
 * Source: Liu and Anderson, "On adaptive extensions of group sequential trials for clinical investigations", Journal of
 * the American Statistical Association 103 (2008), the sequential p-value.
 */
export function runningState({ looks, ended, ...plan }: RunningTest): RunningState {
  looks.forEach(({ z }) => between("z", z, -Infinity, Infinity));
  const information = looks.map((look) => look.information);
  const bounds = groupSequentialBounds(information, plan, ended);
  const crossedAt = looks.findIndex((look, at) => excess(look, bounds.z[at]) >= 0);
  return {
    ...bounds,
    boundary: bounds.z.at(-1) ?? Infinity,
    crossedAt: crossedAt === -1 ? null : crossedAt,
    pValue: smallestAlpha((alpha) => {
      const { z } = groupSequentialBounds(information, { ...plan, alpha }, ended);
      return Math.max(...looks.map((look, at) => excess(look, z[at])));
    }),
  };
}

function excess({ z }: Look, boundary = Infinity): number {
  return Math.abs(z) - boundary;
}

/** Where the largest excess over the boundaries, which grows with α, becomes 0; sought on the scale of ln α. */
function smallestAlpha(excessAt: (alpha: number) => number): number {
  const [least, most] = [1e-20, 1 - 1e-9];
  if (!(excessAt(most) > 0)) return 1;
  if (excessAt(least) >= 0) return least;
  return Math.exp(findRoot((logAlpha) => excessAt(Math.exp(logAlpha)), Math.log(least), Math.log(most)));
}

/** What of α may be spent up to `time`; past 1, all of it. */
function spentAt(time: number, { alpha, spending }: GroupSequentialPlan): number {
  if (time >= 1) return alpha;
  switch (spending) {
    case "obrien-fleming":
      return 4 * normalSf(-normalQuantile(alpha / 4) / Math.sqrt(time));
    case "pocock":
      return alpha * Math.log1p((Math.E - 1) * time);
  }
}

function boundaryOf(inside: Inside, time: number, increment: number): number {
  return findRoot((z) => Math.log(crossing(inside, time, z) / increment), 0, FURTHEST);
}

/** The chance to be inside until now and outside at `time`. */
function crossing({ time: before, nodes, masses }: Inside, time: number, z: number): number {
  const edge = z * Math.sqrt(time);
  const step = Math.sqrt(time - before);
  let chance = 0;
  for (let at = firstFrom(nodes, edge - FURTHEST * step); at < nodes.length; at += 1) {
    const node = nodes[at] ?? 0;
    chance += (masses[at] ?? 0) * (normalSf((edge - node) / step) + normalSf((edge + node) / step));
  }
  return chance;
}

/** What is still inside after the look `last`, at nodes close enough for the step to `next`. */
function advanced(inside: Inside, last: { readonly time: number; readonly z: number }, next: number): Inside {
  const step = Math.sqrt(last.time - inside.time);
  const edge = Math.min(last.z, FURTHEST) * Math.sqrt(last.time);
  const panels = Math.ceil(edge / (PANEL_WIDTH * Math.min(step, Math.sqrt(next - last.time))));
  const half = edge / panels / 2;
  const rule = nodesAndWeights(NODES_IN_PANEL);
  const places = Array.from({ length: panels }, (_, panel) => (2 * panel + 1) * half);
  const nodes = places.flatMap((middle) => rule.nodes.map((node) => middle + half * node));
  const weights = places.flatMap(() => rule.weights);
  return {
    time: last.time,
    nodes,
    masses: nodes.map((node, at) => (weights[at] ?? 0) * half * densityAt(inside, step, node)),
  };
}

/** The density of |S| one step later, not counting what is further than any tail that matters. */
function densityAt({ nodes, masses }: Inside, step: number, size: number): number {
  let density = 0;
  for (let at = firstFrom(nodes, size - FURTHEST * step); at < nodes.length; at += 1) {
    const node = nodes[at] ?? 0;
    if (node > size + FURTHEST * step) break;
    density +=
      (masses[at] ?? 0) * (normalDensity((size - node) / step) + normalDensity((size + node) / step));
  }
  return density / step;
}

/** Where ascending nodes reach `least`, by halving. */
function firstFrom(nodes: readonly number[], least: number): number {
  let [from, to] = [0, nodes.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((nodes[middle] ?? 0) < least) from = middle + 1;
    else to = middle;
  }
  return from;
}
