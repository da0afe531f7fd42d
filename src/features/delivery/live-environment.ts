/** One environment, compiled, and how it takes in what was read again: pure. */
import {
  apply,
  checkFlag,
  checkSegment,
  compile,
  definitions,
  evaluate,
  mentionedAttributes,
  nextChange,
  type RulesetPart,
  type Snapshot,
} from "../../evaluation/index.js";
import type { Environment } from "../environments/index.js";
import { nextExpiry, type ProofKeys } from "./context-proof.js";

/** One environment as this instance knows it: replaced, never changed, so that two that are identical answer alike. */
export interface LiveEnvironment {
  readonly facts: Environment;
  /** What CLIENT keys must prove a targeting key with; null where they need not. */
  readonly proofKeys: ProofKeys | null;
  readonly snapshot: Snapshot;
  /** Whether some definition looks at a `request.*` attribute. */
  readonly looksAtRequest: boolean;
}

/** What was asked for, and what of it was found. */
export interface Reread {
  readonly flagKeys: readonly string[];
  readonly segmentKeys: readonly string[];
  readonly found: RulesetPart;
}

/** A definition that cannot be evaluated. */
export interface Malformed {
  readonly noun: "flag" | "segment";
  readonly key: string;
  readonly problem: string;
}

/** Told of each malformed definition, once each time it is read. */
export type Report = (malformed: Malformed, facts: Environment) => void;

/** A malformed flag answers PARSE_ERROR. */
export function compileEnvironment(
  { facts, proofKeys }: Pick<LiveEnvironment, "facts" | "proofKeys">,
  part: RulesetPart,
  report: Report,
): LiveEnvironment {
  const place = { project: facts.project, environment: facts.key };
  const snapshot = compile({ formatVersion: 1, revision: "", ...place, ...part });
  for (const malformed of malformedIn(snapshot, part)) report(malformed, facts);
  return { facts, proofKeys, ...compiled(snapshot) };
}

/** What was not found is removed. What is malformed stays as it last was, or answers PARSE_ERROR where it never was anything else. */
export function changeEnvironment(
  environment: LiveEnvironment,
  reread: Reread,
  report: Report,
): LiveEnvironment {
  const { facts, snapshot } = environment;
  const { flagKeys, segmentKeys, found } = reread;
  if (flagKeys.length === 0 && segmentKeys.length === 0) return environment;
  const remove = { flags: absent(flagKeys, found.flags), segments: absent(segmentKeys, found.segments) };
  const next = apply(snapshot, { put: found, remove });
  const malformed = malformedIn(next, found);
  if (malformed.length === 0) return { ...environment, ...compiled(next) };
  for (const one of malformed) report(one, facts);
  const put = namedBy(malformed, definitions(snapshot));
  return { ...environment, ...compiled(apply(next, { put, remove: nothing })) };
}

/** The next instant, after `now`, at which an answer may change, or the right to it: epoch milliseconds. */
export function nextInstant({ snapshot, proofKeys }: LiveEnvironment, now: number): number | undefined {
  const turn = nextChange(snapshot, now);
  const expiry = proofKeys === null ? undefined : nextExpiry(proofKeys, now);
  return turn === undefined || expiry === undefined ? (turn ?? expiry) : Math.min(turn, expiry);
}

const nothing = { flags: [], segments: [] };

function compiled(snapshot: Snapshot): Pick<LiveEnvironment, "snapshot" | "looksAtRequest"> {
  return { snapshot, looksAtRequest: mentionedAttributes(snapshot).size > 0 };
}

function absent(keys: readonly string[], found: readonly { readonly key: string }[]): string[] {
  const present = new Set(found.map(({ key }) => key));
  return keys.filter((key) => !present.has(key));
}

/** Flags that evaluate are not checked a second time, and the members of segments are always well-formed. */
function malformedIn(snapshot: Snapshot, { flags, segments }: RulesetPart): Malformed[] {
  const suspects = flags.filter(({ key }) => evaluate(snapshot, key, {}, 0).errorCode === "PARSE_ERROR");
  const problems = [
    ...suspects.map((flag) => ({ noun: "flag" as const, key: flag.key, problems: checkFlag(flag) })),
    ...segments.map(({ key, when }) => ({
      noun: "segment" as const,
      key,
      problems: checkSegment({ key, when }),
    })),
  ];
  return problems.flatMap(({ noun, key, problems: [first] }) =>
    first === undefined ? [] : [{ noun, key, problem: `${first.path} ${first.message}` }],
  );
}

function namedBy(malformed: readonly Malformed[], { flags, segments }: RulesetPart): RulesetPart {
  const named = new Set(malformed.map(({ noun, key }) => `${noun}:${key}`));
  return {
    flags: flags.filter(({ key }) => named.has(`flag:${key}`)),
    segments: segments.filter(({ key }) => named.has(`segment:${key}`)),
  };
}
