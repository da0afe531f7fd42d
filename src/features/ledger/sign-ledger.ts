/** Signs the newest row now and then, once it is certain that it follows from the last one that was signed. */
import type { Database, Transaction } from "../../platform/database/index.js";
import { type Change, origin } from "./change.js";
import { findChangeAt, type Head, listLinksAfter, readHead } from "./change.store.js";
import type { Checkpoint } from "./checkpoint.js";
import type { CheckpointKeys } from "./checkpoint-keys.js";
import { findNewestCheckpoint, insertCheckpoint, isOnlyOneAt } from "./checkpoint.store.js";
import { brokenLink } from "./row-check.js";
import { note } from "./write.js";

export interface SigningTools {
  readonly database: Database;
  readonly keys: CheckpointKeys;
}

/** signed: and there may be more to sign. broken: nothing was signed, for that reason. idle: nothing is due, or another instance is at it. */
export type Signing =
  | { readonly kind: "signed"; readonly checkpoint: Checkpoint }
  | { readonly kind: "broken"; readonly seq: number; readonly problem: string }
  | { readonly kind: "idle" };

const rowsPerCheckpoint = 1_000;
const longestUnsignedMs = 3_600_000; // an hour

const idle: Signing = { kind: "idle" };

/** A checkpoint is due when 1 000 rows are unsigned, when one has been so for an hour, and when another key signs from now on. */
export async function signLedger({ database, keys }: SigningTools): Promise<Signing> {
  return note({ database }, async (tx) => {
    if (!(await isOnlyOneAt(tx, "checkpoint"))) return idle;
    const newest = await findNewestCheckpoint(tx);
    const head = await readHead(tx);
    const signed = newest ?? origin;
    const unsigned = (head.position?.seq ?? 0) - signed.seq;
    if (unsigned < 0)
      return broken(signed.seq, `Row ${signed.seq}, which was signed, is not there any more.`);
    if (unsigned === 0) return idle;
    const isDue =
      unsigned >= rowsPerCheckpoint ||
      (newest !== null && newest.signer !== keys.signer) ||
      (await isOld(tx, signed.seq + 1, head));
    return isDue ? signNext(tx, keys, signed, head) : idle;
  });
}

async function isOld(tx: Transaction, seq: number, { clock }: Head): Promise<boolean> {
  const row = await findChangeAt(tx, seq);
  return row === null || Date.parse(clock) - Date.parse(row.at) >= longestUnsignedMs;
}

async function signNext(
  tx: Transaction,
  keys: CheckpointKeys,
  signed: Pick<Change, "seq" | "hash">,
  { clock }: Head,
): Promise<Signing> {
  let last = signed;
  let epoch = origin.epoch;
  for (const row of await listLinksAfter(tx, signed.seq, rowsPerCheckpoint)) {
    const problem = brokenLink(last, row);
    if (problem !== null) return broken(row.seq, problem);
    last = row;
    ({ epoch } = row);
  }
  const at = `${clock.slice(0, "2026-01-31T09:00:00".length)}Z`;
  const checkpoint = keys.sign({ epoch, seq: last.seq, hash: last.hash, at });
  await insertCheckpoint(tx, checkpoint);
  return { kind: "signed", checkpoint };
}

function broken(seq: number, problem: string): Signing {
  return { kind: "broken", seq, problem };
}
