/** What changes, and when: between two snapshots, and by the clock alone. */
import type { Flag, RulesetDelta, RulesetPart, Segment } from "./model.js";
import { nodeOf } from "./references.js";
import { flagKeys, type Snapshot } from "./snapshot.js";
import { VersionedMap } from "./versioned-map.js";

/** The next whole millisecond after `now` at which an answer may change by the clock; undefined when none ever will. */
export function nextChange({ instants }: Snapshot, now: number): number | undefined {
  let low = 0;
  let high = instants.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((instants[middle] ?? 0) > now) high = middle;
    else low = middle + 1;
  }
  return instants[low];
}

/** The definitions as they were put in, the very objects, in the order of their keys. */
export function definitions(snapshot: Snapshot): RulesetPart {
  return { flags: [...flagDefinitions(snapshot)], segments: segmentDefinitions(snapshot) };
}

/** Like `definitions`, of the segments alone. */
export function segmentDefinitions({ segments }: Snapshot): readonly Segment[] {
  const sources = [...segments.entries()].map(([, { source }]) => source);
  return sources.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Like `definitions`, of the flags alone, each looked up as the caller comes to it, whatever was applied meanwhile. */
export function* flagDefinitions(snapshot: Snapshot): Generator<Flag> {
  for (const key of flagKeys(snapshot)) {
    const source = snapshot.flags.get(key)?.source;
    if (source !== undefined) yield source;
  }
}

/** The `request.*` attributes that definitions look up; the clock is not among them. */
export function mentionedAttributes({ mentions }: Snapshot): ReadonlySet<string> {
  return new Set(mentions.keys());
}

/**
 * The flags whose answers can differ between two snapshots: those put, removed, or depending, however indirectly, on something that was.
 * Between versions made by `apply` the cost is that of the change and what depends on it.
 */
export function changedFlags(before: Snapshot, after: Snapshot): Set<string> {
  const { flags, segments } = differences(before, after);
  return flagsReached(after, [
    ...Array.from(flags, (key) => nodeOf("flag", key)),
    ...Array.from(segments, (key) => nodeOf("segment", key)),
  ]);
}

/** The flags whose answers can differ by the clock alone, after `from` and up to `to`: those with an instant there, and what depends on them. */
export function turningFlags(snapshot: Snapshot, from: number, to: number): Set<string> {
  const turns = ({ findings }: { readonly findings: { readonly instants: readonly number[] } }): boolean =>
    findings.instants.some((instant) => instant > from && instant <= to);
  const nodes: string[] = [];
  for (const [key, flag] of snapshot.flags.entries()) if (turns(flag)) nodes.push(nodeOf("flag", key));
  for (const [key, segment] of snapshot.segments.entries()) {
    if (turns(segment)) nodes.push(nodeOf("segment", key));
  }
  return flagsReached(snapshot, nodes);
}

/** The flags among the nodes, and all that refer to one of them, however indirectly. `queue` is used up. */
function flagsReached({ users }: Snapshot, queue: string[]): Set<string> {
  const flags = new Set<string>();
  const seen = new Set<string>();
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.startsWith("flag:")) flags.add(node.slice("flag:".length));
    for (const [user] of users.get(node)?.entries() ?? []) queue.push(user);
  }
  return flags;
}

/** What turns one snapshot into another, by the identity of the definitions. */
export function deltaBetween(before: Snapshot, after: Snapshot): RulesetDelta {
  const changed = differences(before, after);
  const flags = [...changed.flags].sort();
  const segments = [...changed.segments].sort();
  return {
    put: {
      flags: flags.flatMap((key): Flag | [] => after.flags.get(key)?.source ?? []),
      segments: segments.flatMap((key): Segment | [] => after.segments.get(key)?.source ?? []),
    },
    remove: {
      flags: flags.filter((key) => after.flags.get(key) === undefined),
      segments: segments.filter((key) => after.segments.get(key) === undefined),
    },
  };
}

function differences(before: Snapshot, after: Snapshot): { flags: Set<string>; segments: Set<string> } {
  return {
    flags: VersionedMap.differences(before.flags, after.flags, (flag) => flag.source),
    segments: VersionedMap.differences(before.segments, after.segments, (segment) => segment.source),
  };
}
