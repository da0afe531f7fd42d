/** Definitions that cannot be evaluated: how they are found, and taken in without harm to any other. Pure. */
import {
  apply,
  checkFlag,
  checkSegment,
  evaluate,
  type Flag,
  type RulesetDelta,
  type RulesetPart,
  type Segment,
  type Snapshot,
} from "../../evaluation/index.js";

/** A definition that cannot be evaluated. */
export interface Malformed {
  readonly noun: "flag" | "segment";
  readonly key: string;
  /** As it was read; null for segments, whose definitions have none. */
  readonly version: number | null;
  readonly problem: string;
}

/** As `apply`, also where the compiler fails, which it should never: then one by one, and what it fails at is malformed. */
export function takeIn(snapshot: Snapshot, delta: RulesetDelta): Snapshot {
  try {
    return apply(snapshot, delta);
  } catch {
    const { put, remove } = delta;
    const parts = [
      ...put.flags.map(
        (flag) =>
          [
            { flags: [flag], segments: [] },
            { flags: [stub(flag)], segments: [] },
          ] as const,
      ),
      ...put.segments.map(
        (segment) =>
          [
            { flags: [], segments: [segment] },
            { flags: [], segments: [stub(segment)] },
          ] as const,
      ),
    ];
    const removed = apply(snapshot, { put: nothing, remove });
    return parts.reduce((grown, [whole, empty]) => takeInOne(grown, whole, empty), removed);
  }
}

const nothing = { flags: [], segments: [] };

function takeInOne(snapshot: Snapshot, whole: RulesetPart, empty: RulesetPart): Snapshot {
  try {
    return apply(snapshot, { put: whole, remove: nothing });
  } catch {
    return apply(snapshot, { put: empty, remove: nothing });
  }
}

/** Nothing but its key, which is malformed. */
function stub<T extends Flag | Segment>({ key }: T): T {
  return { key, when: {} } as unknown as T;
}

/** What of `part`, which is in the snapshot, is malformed. Flags that evaluate are not checked a second time, and the members of segments are always well-formed. */
export function malformedIn(snapshot: Snapshot, { flags, segments }: RulesetPart): Malformed[] {
  const suspects = flags.filter(({ key }) => evaluate(snapshot, key, {}, 0).errorCode === "PARSE_ERROR");
  const found = [
    ...suspects.map((flag) => ({
      ...{ noun: "flag" as const, key: flag.key, version: flag.version ?? 0 },
      problem: problemOf(() => checkFlag(flag)),
    })),
    ...segments.map((segment) => ({
      ...{ noun: "segment" as const, key: segment.key, version: null },
      problem: problemOf(() => checkSegment({ key: segment.key, when: segment.when })),
    })),
  ];
  return found.flatMap(({ problem, ...named }) => (problem === null ? [] : [{ ...named, problem }]));
}

function problemOf(check: () => ReturnType<typeof checkFlag>): string | null {
  try {
    const [first] = check();
    return first === undefined ? null : `${first.path} ${first.message}`;
  } catch (error) {
    return String(error);
  }
}

/** What of `part` has the names of the malformed. */
export function namedBy(malformed: readonly Malformed[], { flags, segments }: RulesetPart): RulesetPart {
  const named = new Set(malformed.map(({ noun, key }) => `${noun}:${key}`));
  return {
    flags: flags.filter(({ key }) => named.has(`flag:${key}`)),
    segments: segments.filter(({ key }) => named.has(`segment:${key}`)),
  };
}
