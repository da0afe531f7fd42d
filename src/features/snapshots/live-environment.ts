/** One environment, compiled, and how it takes in what was read again: pure. */
import {
  apply,
  compile,
  definitions,
  mentionedAttributes,
  nextChange,
  nodeOf,
  type RulesetPart,
  type Snapshot,
} from "../../evaluation/index.js";
import type { Environment } from "../environments/index.js";
import { nextExpiry, type ProofKeys } from "./proof-keys.js";
import { type Malformed, malformedIn, namedBy, takeIn } from "./malformed.js";

/** One environment as this instance knows it: replaced, never changed, so that two that are identical answer alike. */
export interface LiveEnvironment {
  readonly facts: Environment;
  /** What CLIENT keys must prove a targeting key with; null where they need not. */
  readonly proofKeys: ProofKeys | null;
  readonly snapshot: Snapshot;
  /** Whether some definition looks at a `request.*` attribute. */
  readonly looksAtRequest: boolean;
  /** Node (see `nodeOf`) of each definition that could not be evaluated when it was read, and its version then; null for segments. */
  readonly quarantine: ReadonlyMap<string, number | null>;
}

/** What was asked for, and what of it was found. */
export interface Reread {
  readonly flagKeys: readonly string[];
  readonly segmentKeys: readonly string[];
  readonly found: RulesetPart;
}

/** Told of each definition that cannot be evaluated, each time that it is read. */
export type Report = (malformed: Malformed, facts: Environment) => void;

/** What is malformed stays as it last was in `known`, or answers PARSE_ERROR where it never was anything else. */
export function compileEnvironment(
  place: Pick<LiveEnvironment, "facts" | "proofKeys">,
  part: RulesetPart,
  report: Report,
  known?: LiveEnvironment,
): LiveEnvironment {
  const names = { project: place.facts.project, environment: place.facts.key };
  const empty = compile({ formatVersion: 1, revision: "", ...names, flags: [], segments: [] });
  const read = takeIn(empty, { put: part, remove: nothing });
  return settle({ ...place, quarantine: new Map() }, read, part, { report, known });
}

/** What was not found is removed. What is malformed stays as it last was, or answers PARSE_ERROR where it never was anything else. */
export function changeEnvironment(
  environment: LiveEnvironment,
  reread: Reread,
  report: Report,
): LiveEnvironment {
  const { flagKeys, segmentKeys, found } = reread;
  if (flagKeys.length === 0 && segmentKeys.length === 0) return environment;
  const remove = { flags: absent(flagKeys, found.flags), segments: absent(segmentKeys, found.segments) };
  const quarantine = new Map(environment.quarantine);
  for (const key of flagKeys) quarantine.delete(nodeOf("flag", key));
  for (const key of segmentKeys) quarantine.delete(nodeOf("segment", key));
  const read = takeIn(environment.snapshot, { put: found, remove });
  return settle({ ...environment, quarantine }, read, found, { report, known: environment });
}

/** The next instant, after `now`, at which an answer may change, or the right to it: epoch milliseconds. */
export function nextInstant({ snapshot, proofKeys }: LiveEnvironment, now: number): number | undefined {
  const turn = nextChange(snapshot, now);
  const expiry = proofKeys === null ? undefined : nextExpiry(proofKeys, now);
  return turn === undefined || expiry === undefined ? (turn ?? expiry) : Math.min(turn, expiry);
}

const nothing = { flags: [], segments: [] };

type Place = Pick<LiveEnvironment, "facts" | "proofKeys" | "quarantine">;

/** `found` has just been taken into `read`: what of it is malformed is set aside. */
function settle(
  { facts, proofKeys, quarantine }: Place,
  read: Snapshot,
  found: RulesetPart,
  { report, known }: { readonly report: Report; readonly known: LiveEnvironment | undefined },
): LiveEnvironment {
  const malformed = malformedIn(read, found);
  if (malformed.length === 0) return { facts, proofKeys, quarantine, ...compiled(read) };
  for (const one of malformed) report(one, facts);
  const put = known === undefined ? nothing : namedBy(malformed, definitions(known.snapshot));
  const setAside = malformed.map(({ noun, key, version }) => [nodeOf(noun, key), version] as const);
  const kept = apply(read, { put, remove: nothing });
  return { facts, proofKeys, quarantine: new Map([...quarantine, ...setAside]), ...compiled(kept) };
}

function compiled(snapshot: Snapshot): Pick<LiveEnvironment, "snapshot" | "looksAtRequest"> {
  return { snapshot, looksAtRequest: mentionedAttributes(snapshot).size > 0 };
}

function absent(keys: readonly string[], found: readonly { readonly key: string }[]): string[] {
  const present = new Set(found.map(({ key }) => key));
  return keys.filter((key) => !present.has(key));
}
