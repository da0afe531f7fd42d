/** The boundary of a group sequential test at its latest look, and p of a z there: worked out once for all who ask, and gone on with at the next look. */
import { courseAfterLook, courseAtStart, type SequentialCourse } from "../../../statistics/index.js";
import { atOnce, type Steps } from "./steps.js";

/** The looks of a test so far. */
export interface SequentialTest {
  /** The shares of the planned information, ascending. */
  readonly looks: readonly number[];
  /** Two-sided. */
  readonly alpha: number;
  /** Whether the latest look is the last one. */
  readonly ended: boolean;
}

/** p is told at these and between them; it is not told below the last. */
const LEVELS = [0.999, 0.9, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.003, 0.001, 1e-4, 1e-6, 1e-9, 1e-12];

/** How far a test has come after so many looks. */
interface Reached {
  readonly looks: number;
  readonly course: SequentialCourse;
}

const nothingReached: Reached = { looks: 0, course: courseAtStart };

/** Nothing is worked out before it is asked for, and nothing twice. */
export class Boundary {
  /** Of the latest look, by level. */
  readonly #z = new Map<number, number>();
  /** By level, before the latest look, which moves as long as its day goes on. */
  readonly #reached: Map<number, Reached>;

  /** `before`, where it is of the same test at an earlier time, saves the looks that both have. */
  constructor(
    readonly test: SequentialTest,
    before?: Boundary,
  ) {
    this.#reached = new Map(before === undefined ? [] : before.#reachedWithin(test.looks));
  }

  /** What |z| has to cross now; Infinity: nothing can cross it, as before the first look. */
  get z(): number {
    return atOnce(this.#zAt(this.test.alpha));
  }

  /**
   * The smallest level whose boundary is crossed: exact at alpha, and elsewhere a few per cent too large at most, since
   * between two levels ln p is taken for a straight line in z².
   */
  pValueOf(z: number): number {
    return atOnce(this.#pValueOf(Math.abs(z)));
  }

  /** What `z`, and `pValueOf` up to |z| = `furthest`, rest on. */
  *workOut(furthest: number): Steps<void> {
    yield* this.#zAt(this.test.alpha);
    yield* this.#pValueOf(furthest);
  }

  /** What has been worked out of looks with which `looks` begin too, but for the last of them. */
  #reachedWithin(looks: readonly number[]): (readonly [level: number, reached: Reached])[] {
    const differs = looks.findIndex((look, index) => look !== this.test.looks[index]);
    const shared = differs === -1 ? looks.length - 1 : differs;
    return [...this.#reached].filter(([, reached]) => reached.looks <= shared);
  }

  *#pValueOf(z: number): Steps<number> {
    const levels = [...new Set([...LEVELS, this.test.alpha])].toSorted((one, other) => other - one);
    let lower: { readonly level: number; readonly z: number } | undefined;
    for (const level of levels) {
      const upper = { level, z: yield* this.#zAt(level) };
      if (upper.z > z) return lower === undefined ? 1 : between(lower, upper, z);
      lower = upper;
    }
    return lower?.level ?? 1;
  }

  *#zAt(level: number): Steps<number> {
    const { looks, ended } = this.test;
    const known = this.#z.get(level);
    if (known !== undefined) return known;
    const plan = { alpha: level, spending: "obrien-fleming" } as const;
    let reached = this.#reached.get(level) ?? nothingReached;
    for (const look of looks.slice(reached.looks, -1)) {
      reached = { looks: reached.looks + 1, course: courseAfterLook(reached.course, look, plan) };
      yield;
    }
    this.#reached.set(level, reached);
    const latest = looks.at(-1);
    const z = latest === undefined ? Infinity : courseAfterLook(reached.course, latest, plan, ended).z;
    this.#z.set(level, z);
    yield;
    return z;
  }
}

interface Level {
  readonly level: number;
  /** Of its boundary. */
  readonly z: number;
}

function between(lower: Level, upper: Level, z: number): number {
  if (upper.z === Infinity) return lower.level;
  const way = (z ** 2 - lower.z ** 2) / (upper.z ** 2 - lower.z ** 2);
  return lower.level * (upper.level / lower.level) ** way;
}

/** By trial; the one that was asked for last comes last. */
const remembered = new Map<string, Boundary>();
const mostRemembered = 100; // some ten thousand numbers each

/** The same for all who ask at the same look of a trial. */
export function boundaryOf(trial: string, test: SequentialTest): Boundary {
  const before = remembered.get(trial);
  const boundary = before && isSame(before.test, test) ? before : new Boundary(test, before);
  remembered.delete(trial);
  remembered.set(trial, boundary);
  for (const [oldest] of remembered) {
    if (remembered.size <= mostRemembered) break;
    remembered.delete(oldest);
  }
  return boundary;
}

function isSame(one: SequentialTest, other: SequentialTest): boolean {
  return (
    one.alpha === other.alpha &&
    one.ended === other.ended &&
    one.looks.length === other.looks.length &&
    one.looks.every((look, index) => look === other.looks[index])
  );
}
