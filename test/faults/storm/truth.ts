/** What the database says at one moment, read from the tables by nobody whom the storm has touched: what everybody must come to say. */
import { compile, evaluateAll, type Resolution, type RulesetPart } from "../../../src/evaluation/index.js";
import { loadFlags } from "../../../src/features/flags/index.js";
import { bodyOf, canonicalJson, type Change, listChangesAfter } from "../../../src/features/ledger/index.js";
import { loadSegments } from "../../../src/features/segments/index.js";
import { openPostgres } from "../../../src/platform/database/postgres.js";
import type { Place } from "./positions.js";
import { contexts, place, poisonedFlag } from "./world.js";

/** Key of a flag → its answer, or key of a definition → its definition, as canonical text. */
export type Texts = ReadonlyMap<string, string>;

export interface Truth {
  /** Of the newest row. */
  readonly head: Place;
  /** For each of `contexts`. */
  readonly answers: readonly Texts[];
  /** The same as CLIENT keys see them. */
  readonly clientAnswers: readonly Texts[];
  readonly flags: Texts;
  readonly segments: Texts;
  /** The rows after the one that was asked for. */
  readonly rows: readonly Change[];
}

/** What all answers are compared by. */
export interface Answer {
  readonly key: string;
  readonly value?: unknown;
  readonly variant?: string | null | undefined;
  readonly reason: string;
  readonly errorCode?: string | null | undefined;
  /** CLIENT keys are told of none. */
  readonly ruleId?: string | null | undefined;
}

/** A flag, or a segment with its members. */
export interface Definition {
  readonly key: string;
  readonly included?: readonly string[];
  readonly excluded?: readonly string[];
}

const longest = 1_000_000;

/** With the rows after `seq`; in one transaction that sees one state. Rejects while PostgreSQL cannot be reached. */
export async function readTruth(url: string, seq: number): Promise<Truth> {
  const opened = await openPostgres(url);
  try {
    return await opened.database.transaction(
      async (tx) => {
        const rows = await listChangesAfter(tx, seq, Number.MAX_SAFE_INTEGER, longest);
        const last = rows.at(-1) ?? (await listChangesAfter(tx, seq - 1, seq, 1)).at(-1);
        const definitions = await Promise.resolve(loadFlags(tx, place.project, place.environment, null));
        const segments = await loadSegments(tx, place.project, null);
        const flags = definitions.map(({ definition }) => definition);
        return truthOf({ epoch: last?.epoch ?? 0, seq: last?.seq ?? 0 }, rows, { flags, segments });
      },
      { isolationLevel: "repeatable read", accessMode: "read only" },
    );
  } finally {
    await opened.close();
  }
}

function truthOf(head: Place, rows: readonly Change[], part: RulesetPart): Truth {
  const snapshot = compile({ formatVersion: 1, revision: "", ...place, ...part });
  const answersOf = (clientOnly: boolean): Texts[] =>
    contexts.map((context) =>
      textsOf(
        evaluateAll(snapshot, context, 0, undefined, { clientOnly }).map((resolution) =>
          answerOf(resolution, clientOnly),
        ),
      ),
    );
  return {
    ...{ head, rows },
    answers: answersOf(false),
    clientAnswers: answersOf(true),
    flags: definitionTexts(part.flags),
    segments: definitionTexts(part.segments),
  };
}

function answerOf(
  { key, value, variant, reason, errorCode, ruleId }: Resolution,
  clientOnly: boolean,
): Answer {
  return { key, value, variant, reason, errorCode, ruleId: clientOnly ? null : ruleId };
}

/** What does not exist is left out, and so is what the storm has broken on purpose. */
export function textsOf(answers: readonly Answer[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const answer of answers) {
    if (answer.errorCode !== "FLAG_NOT_FOUND" && answer.key !== poisonedFlag)
      texts.set(answer.key, textOf(answer));
  }
  return texts;
}

export function textOf({ value, variant, reason, errorCode, ruleId }: Answer): string {
  return canonicalJson([value ?? null, variant ?? null, reason, errorCode ?? null, ruleId ?? null]);
}

/** The members of a segment are a set: their order says nothing. */
export function definitionTexts(definitions: readonly Definition[]): Map<string, string> {
  const texts = new Map<string, string>();
  for (const definition of definitions) {
    const { key, included, excluded } = definition;
    const lists =
      included === undefined
        ? {}
        : { included: [...included].sort(), excluded: [...(excluded ?? [])].sort() };
    const plain: unknown = JSON.parse(JSON.stringify({ ...definition, ...lists }));
    if (key !== poisonedFlag) texts.set(key, canonicalJson(plain));
  }
  return texts;
}

/** The reason of each row, in the words of who did it. */
export function reasonsOf(rows: readonly Change[]): (string | null)[] {
  return rows.map((row) => bodyOf(row).reason ?? null);
}

/** The first difference, for people; null where there is none. */
export function difference(held: Texts, wanted: Texts): string | null {
  for (const [key, text] of wanted) {
    const found = held.get(key);
    if (found !== text) return `${key} is ${found ?? "missing"}, not ${text}`;
  }
  for (const key of held.keys()) if (!wanted.has(key)) return `${key} is there, and should not be`;
  return null;
}
