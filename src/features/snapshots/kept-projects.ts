/** All projects as they are put away and taken up again, in pieces that are quickly written: on disk with encrypted secrets of proofs, elsewhere with none. Pure. */
import { type Flag, flagDefinitions, type Segment, segmentDefinitions } from "../../evaluation/index.js";
import type { Environment } from "../environments/index.js";
import type { ProofKeys } from "./proof-keys.js";
import type { FlagFacts } from "./flag-facts.js";
import { compileEnvironment, type LiveEnvironment, type Report } from "./live-environment.js";
import type { LiveProject, LiveProjects } from "./live-project.js";

/** How the keys of an environment's proofs are put away and taken up again; null: they are left out, and nothing is a proof until they are read. */
export interface ProofsAside {
  readonly keep: (keys: ProofKeys, environment: Environment) => unknown;
  readonly restore: (kept: unknown, environment: Environment) => ProofKeys;
}

type KeptEnvironment = Omit<Environment, "createdAt" | "updatedAt"> & {
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** One piece; each belongs to the project, segment or environment that was named last. */
type Piece =
  | { readonly project: string }
  | { readonly facts: readonly (readonly [flag: string, facts: FlagFacts])[] }
  | { readonly versions: readonly (readonly [segment: string, version: number])[] }
  | { readonly segment: Omit<Segment, "included" | "excluded"> }
  | { readonly members: readonly string[]; readonly list: "included" | "excluded" }
  | {
      readonly environment: KeptEnvironment;
      readonly proofs: unknown;
      readonly quarantine: readonly (readonly [node: string, version: number | null])[];
    }
  | { readonly flags: readonly Flag[] };

const flagsAtOnce = 50;
const factsAtOnce = 500;
const membersAtOnce = 2_000;
const nothingProves: ProofKeys = [];

/** The state at the moment of the call; what is changed later does not show. */
export function keepProjects(projects: LiveProjects, proofs: ProofsAside | null): Iterable<Piece> {
  const held = [...projects].map(([key, { environments, flags, segments }]) => ({
    key,
    environments: [...environments.values()],
    flags: [...flags],
    versions: [...segments],
  }));
  return piecesOf(held, proofs);
}

interface Held {
  readonly key: string;
  readonly environments: readonly LiveEnvironment[];
  readonly flags: readonly (readonly [string, FlagFacts])[];
  readonly versions: readonly (readonly [string, number])[];
}

function* piecesOf(held: readonly Held[], proofs: ProofsAside | null): Generator<Piece> {
  for (const { key, environments, flags, versions } of held) {
    yield { project: key };
    for (const facts of inPieces(flags, factsAtOnce)) yield { facts };
    for (const some of inPieces(versions, factsAtOnce)) yield { versions: some };
    const [first] = environments; // segments are the same in all environments of a project
    const segments = first === undefined ? [] : segmentDefinitions(first.snapshot);
    for (const segment of segments) yield* segmentPieces(segment);
    for (const environment of environments) yield* environmentPieces(environment, proofs);
  }
}

function* segmentPieces({ included, excluded, ...segment }: Segment): Generator<Piece> {
  yield { segment };
  for (const members of inPieces(included ?? [], membersAtOnce)) yield { members, list: "included" };
  for (const members of inPieces(excluded ?? [], membersAtOnce)) yield { members, list: "excluded" };
}

function* environmentPieces(
  { facts, proofKeys, quarantine, snapshot }: LiveEnvironment,
  proofs: ProofsAside | null,
): Generator<Piece> {
  const [createdAt, updatedAt] = [spell(facts.createdAt), spell(facts.updatedAt)];
  yield {
    environment: { ...facts, createdAt, updatedAt },
    proofs: proofKeys === null ? null : (proofs?.keep(proofKeys, facts) ?? []),
    quarantine: [...quarantine],
  };
  for (const flags of inPieces(flagDefinitions(snapshot), flagsAtOnce)) yield { flags };
}

/** What is no time to a clock, PostgreSQL's infinities, has no spelling, and is no time either when it is read again. */
function spell(moment: Date): string {
  return Number.isNaN(moment.getTime()) ? "" : moment.toISOString();
}

/** A project that is being put together again. */
interface Draft {
  readonly flags: Map<string, FlagFacts>;
  readonly versions: Map<string, number>;
  readonly segments: {
    readonly segment: Segment;
    readonly included: string[];
    readonly excluded: string[];
  }[];
  readonly environments: {
    readonly piece: Extract<Piece, { readonly environment: unknown }>;
    readonly flags: Flag[];
  }[];
}

/** Compiles what `keepProjects` gave. Throws for what it cannot read. */
export function restoreProjects(
  pieces: readonly unknown[],
  proofs: ProofsAside | null,
  report: Report,
): Map<string, LiveProject> {
  const drafts = new Map<string, Draft>();
  let draft = emptyDraft();
  for (const piece of pieces as readonly Piece[]) {
    if ("project" in piece) drafts.set(piece.project, (draft = emptyDraft()));
    else addTo(draft, piece);
  }
  return new Map([...drafts].map(([key, one]) => [key, projectOf(one, proofs, report)]));
}

function emptyDraft(): Draft {
  return { flags: new Map(), versions: new Map(), segments: [], environments: [] };
}

function addTo(draft: Draft, piece: Exclude<Piece, { readonly project: string }>): void {
  if ("facts" in piece) for (const [flag, facts] of piece.facts) draft.flags.set(flag, facts);
  else if ("versions" in piece)
    for (const [name, version] of piece.versions) draft.versions.set(name, version);
  else if ("segment" in piece) draft.segments.push({ segment: piece.segment, included: [], excluded: [] });
  else if ("members" in piece) draft.segments.at(-1)?.[piece.list].push(...piece.members);
  else if ("environment" in piece) draft.environments.push({ piece, flags: [] });
  else draft.environments.at(-1)?.flags.push(...piece.flags);
}

function projectOf(draft: Draft, proofs: ProofsAside | null, report: Report): LiveProject {
  const segments = draft.segments.map(({ segment, included, excluded }) => ({
    ...segment,
    included,
    excluded,
  }));
  const environments = new Map<string, LiveEnvironment>();
  for (const { piece, flags } of draft.environments) {
    const [createdAt, updatedAt] = [piece.environment.createdAt, piece.environment.updatedAt];
    const facts = { ...piece.environment, createdAt: new Date(createdAt), updatedAt: new Date(updatedAt) };
    const proofKeys = piece.proofs === null ? null : (proofs?.restore(piece.proofs, facts) ?? nothingProves);
    const compiled = compileEnvironment({ facts, proofKeys }, { flags, segments }, report);
    environments.set(facts.key, { ...compiled, quarantine: new Map(piece.quarantine) });
  }
  return { environments, flags: draft.flags, segments: draft.versions };
}

function* inPieces<T>(all: Iterable<T>, atOnce: number): Generator<readonly T[]> {
  let piece: T[] = [];
  for (const one of all) {
    if (piece.push(one) < atOnce) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}
