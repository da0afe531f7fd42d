/** Compiled rulesets: immutable, and changed at a cost that depends on the change alone. */
import { CLOCK } from "./attributes.js";
import { compileFlag, type CompiledFlag } from "./definitions/flag.js";
import type { Findings } from "./definitions/reading.js";
import { compileSegment, type CompiledSegment } from "./definitions/segment.js";
import { isObject } from "./json.js";
import type { Ruleset, RulesetDelta, RulesetPart } from "./model.js";
import { nodeOf, referencedNodes } from "./references.js";
import { VersionedMap } from "./versioned-map.js";

/** Opaque outside this module: ask it by `evaluate`, `explain`, `definitions`, `changedFlags` and the like. */
export interface Snapshot {
  readonly flags: VersionedMap<CompiledFlag>;
  readonly segments: VersionedMap<CompiledSegment>;
  /** Node (see `nodeOf`) to the nodes that refer to it directly. */
  readonly users: VersionedMap<VersionedMap<true>>;
  /** Ascending, each as often as definitions have it. */
  readonly instants: readonly number[];
  /** `request.*` attribute to the number of definitions that look it up. */
  readonly mentions: ReadonlyMap<string, number>;
  /** Flag keys in order, filled in when first needed; one holder for all versions with the same keys. */
  readonly keys: { sorted: readonly string[] | undefined };
}

/** Total: what is malformed is kept, and answers PARSE_ERROR; what has no key is left out; of two with one key the later counts. */
export function compile(ruleset: Ruleset): Snapshot {
  const empty: Snapshot = {
    flags: VersionedMap.empty(),
    segments: VersionedMap.empty(),
    users: VersionedMap.empty(),
    instants: [],
    mentions: new Map(),
    keys: { sorted: undefined },
  };
  return apply(empty, { put: ruleset, remove: { flags: [], segments: [] } });
}

/** Total. What is put replaces what has its key; an object that is in the snapshot already is not compiled again. */
export function apply(snapshot: Snapshot, delta: RulesetDelta): Snapshot {
  const flags = compileChanges(snapshot.flags, delta, "flags", compileFlag);
  const segments = compileChanges(snapshot.segments, delta, "segments", compileSegment);
  if (flags.size === 0 && segments.size === 0) return snapshot;
  const changes = [
    ...compared("flag", snapshot.flags, flags),
    ...compared("segment", snapshot.segments, segments),
  ];
  const sameKeys = [...flags].every(
    ([key, flag]) => flag !== undefined && snapshot.flags.get(key) !== undefined,
  );
  return {
    flags: snapshot.flags.with(flags),
    segments: snapshot.segments.with(segments),
    users: changeUsers(snapshot.users, changes),
    instants: changeInstants(snapshot.instants, changes),
    mentions: changeMentions(snapshot.mentions, changes),
    keys: sameKeys ? snapshot.keys : { sorted: undefined },
  };
}

/** All flag keys, in the order of their UTF-16 code units. */
export function flagKeys({ flags, keys }: Snapshot): readonly string[] {
  return (keys.sorted ??= [...flags.entries()].map(([key]) => key).sort());
}

interface Change {
  readonly node: string;
  readonly before: Findings | undefined;
  readonly after: Findings | undefined;
}

type Kind = keyof RulesetPart;
const NOTHING: Partial<RulesetDelta> = {};

function compileChanges<Source, Compiled extends { readonly source: Source }>(
  present: VersionedMap<Compiled>,
  delta: RulesetDelta,
  kind: Kind,
  compileOne: (key: string, source: Source) => Compiled,
): Map<string, Compiled | undefined> {
  const changes = new Map<string, Compiled | undefined>();
  const { put, remove } = isObject(delta) ? delta : NOTHING;
  for (const key of listOf(remove, kind)) {
    if (typeof key === "string" && present.get(key) !== undefined) changes.set(key, undefined);
  }
  for (const source of listOf(put, kind)) {
    const key = keyOf(source);
    if (key === undefined) continue;
    const compiled = present.get(key);
    if (compiled?.source === source) changes.delete(key);
    else changes.set(key, compileOne(key, source as Source));
  }
  return changes;
}

/** The part may be anything: `compile` and `apply` are total. */
function listOf(part: unknown, kind: Kind): readonly unknown[] {
  const list: unknown = isObject(part) ? part[kind] : undefined;
  return Array.isArray(list) ? Array.from<unknown>(list) : [];
}

function keyOf(source: unknown): string | undefined {
  const key = isObject(source) ? source["key"] : undefined;
  return typeof key === "string" ? key : undefined;
}

function compared(
  kind: "flag" | "segment",
  present: VersionedMap<{ readonly findings: Findings }>,
  changes: ReadonlyMap<string, { readonly findings: Findings } | undefined>,
): Change[] {
  return [...changes].map(([key, after]) => ({
    node: nodeOf(kind, key),
    before: present.get(key)?.findings,
    after: after?.findings,
  }));
}

function changeUsers(users: Snapshot["users"], changes: readonly Change[]): Snapshot["users"] {
  const edits = new Map<string, Map<string, true | undefined>>();
  const edit = (findings: Findings | undefined, user: string, value: true | undefined): void => {
    for (const used of findings === undefined ? [] : referencedNodes(findings.references)) {
      const edited = edits.get(used) ?? new Map<string, true | undefined>();
      edits.set(used, edited.set(user, value));
    }
  };
  for (const { node, before, after } of changes) {
    edit(before, node, undefined);
    edit(after, node, true);
  }
  const next = new Map<string, VersionedMap<true> | undefined>();
  for (const [used, edited] of edits) {
    const present = users.get(used) ?? VersionedMap.empty<true>();
    for (const [user, value] of edited) if (present.get(user) === value) edited.delete(user);
    const changed = present.with(edited);
    if (changed !== present) next.set(used, changed.size === 0 ? undefined : changed);
  }
  return users.with(next);
}

function changeInstants(instants: readonly number[], changes: readonly Change[]): readonly number[] {
  const gone = changes.flatMap(({ before }) => before?.instants ?? []);
  const come = changes.flatMap(({ after }) => after?.instants ?? []);
  if (gone.length === 0 && come.length === 0) return instants;
  const counts = new Map<number, number>();
  for (const instant of gone) counts.set(instant, (counts.get(instant) ?? 0) + 1);
  const kept = instants.filter((instant) => {
    const count = counts.get(instant) ?? 0;
    if (count > 0) counts.set(instant, count - 1);
    return count === 0;
  });
  return [...kept, ...come].sort((a, b) => a - b);
}

function changeMentions(mentions: Snapshot["mentions"], changes: readonly Change[]): Snapshot["mentions"] {
  const next = new Map(mentions);
  const count = (findings: Findings | undefined, step: number): void => {
    for (const attribute of findings?.attributes ?? []) {
      if (!attribute.startsWith("request.") || attribute === CLOCK) continue;
      const total = (next.get(attribute) ?? 0) + step;
      if (total === 0) next.delete(attribute);
      else next.set(attribute, total);
    }
  };
  for (const { before, after } of changes) {
    count(before, -1);
    count(after, 1);
  }
  return next;
}
