/** The whole ledger as text, a line of JSON each: to be kept elsewhere, and to be verified without any database. */
import type { Database } from "../../platform/database/index.js";
import { badField } from "../../platform/problems.js";
import { explainsOthers } from "./admissions.js";
import type { Change } from "./change.js";
import { type Checkpoint, readToken, tokenOf } from "./checkpoint.js";
import { isPublicKey } from "./checkpoint-keys.js";
import { storedLedger } from "./stored-ledger.js";
import type { LedgerSource } from "./verify-ledger.js";

const format = "halyard-audit.v1";

/**
 * First a line with the format and the public keys that checkpoints are signed with, then the rows as they are stored, then the checkpoints.
 * `publicKeys` as `CheckpointKeys` has them.
 */
export async function* exportLedger(
  database: Database,
  publicKeys: readonly string[],
): AsyncGenerator<string> {
  const source = storedLedger(database);
  const checkpoints = await source.checkpoints();
  yield JSON.stringify({ format, publicKeys });
  for await (const page of source.pages()) for (const row of page) yield JSON.stringify(row);
  for (const checkpoint of checkpoints) yield JSON.stringify({ checkpoint: tokenOf(checkpoint) });
}

export interface LedgerFile {
  readonly source: LedgerSource;
  /** Those that the file itself names: whoever made the file chose them. */
  readonly publicKeys: readonly string[];
}

/** Reads the file through once; `lines` is called again for each walk. Throws BAD_USER_INPUT for what is no such file. */
export async function openLedgerFile(lines: () => AsyncIterable<string>): Promise<LedgerFile> {
  const admissions: Change[] = [];
  const checkpoints: Checkpoint[] = [];
  let publicKeys: readonly string[] | null = null;
  for await (const line of readLines(lines)) {
    if (line.kind === "header") ({ publicKeys } = line);
    else if (line.kind === "checkpoint") checkpoints.push(line.checkpoint);
    else if (explainsOthers(line.row)) admissions.push(line.row);
  }
  if (publicKeys === null) throw badField("file", `does not begin with a line that says ${format}.`);
  return {
    publicKeys,
    source: {
      admissionsAfter: async (seq) => Promise.resolve(admissions.filter((row) => row.seq > seq)),
      checkpoints: async () => Promise.resolve(checkpoints),
      pages: () => pagesOf(lines),
    },
  };
}

const rowsPerPage = 200;

async function* pagesOf(lines: () => AsyncIterable<string>): AsyncGenerator<readonly Change[]> {
  let page: Change[] = [];
  for await (const line of readLines(lines)) {
    if (line.kind !== "row") continue;
    page.push(line.row);
    if (page.length < rowsPerPage) continue;
    yield page;
    page = [];
  }
  yield page;
}

type Line =
  | { readonly kind: "header"; readonly publicKeys: readonly string[] }
  | { readonly kind: "row"; readonly row: Change }
  | { readonly kind: "checkpoint"; readonly checkpoint: Checkpoint };

async function* readLines(lines: () => AsyncIterable<string>): AsyncGenerator<Line> {
  let number = 0;
  for await (const text of lines()) {
    number += 1;
    if (text.trim() === "") continue;
    const line = readLine(text);
    const isInPlace = line !== null && (line.kind === "header") === (number === 1);
    if (!isInPlace) throw badField("file", `has no header, row or checkpoint of a ledger in line ${number}.`);
    yield line;
  }
}

function readLine(text: string): Line | null {
  const value = parse(text);
  if (value === null) return null;
  if (value["format"] === format) {
    const { publicKeys } = value;
    if (!Array.isArray(publicKeys) || !publicKeys.every(isPublicKey)) return null;
    return { kind: "header", publicKeys };
  }
  if (typeof value["checkpoint"] === "string") {
    const checkpoint = readToken(value["checkpoint"]);
    return checkpoint && { kind: "checkpoint", checkpoint };
  }
  return isRow(value) ? { kind: "row", row: value as unknown as Change } : null;
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

const texts = [
  "id",
  "kind",
  "subjectType",
  "subject",
  "actorKind",
  "requestId",
  "at",
  "bodyHash",
  "prevHash",
  "hash",
];
const gaps = [
  "project",
  "environment",
  "actor",
  "actorId",
  "body",
  "salt",
  "person",
  "personSalt",
  "personHash",
];

function isRow(value: Record<string, unknown>): boolean {
  return (
    Number.isSafeInteger(value["seq"]) &&
    Number.isSafeInteger(value["epoch"]) &&
    texts.every((name) => typeof value[name] === "string") &&
    gaps.every((name) => value[name] === null || typeof value[name] === "string")
  );
}
