/** Puts rows at the end of the ledger, as the last act of a transaction. */
import { randomBytes } from "node:crypto";
import type { Transaction } from "../../platform/database/index.js";
import { actorOf, type Caller } from "../permissions/index.js";
import {
  canonicalJson,
  type Change,
  type Entry,
  origin,
  type Position,
  seal,
  type Sealed,
} from "./change.js";
import { insertChanges, lockLedger, readHead } from "./change.store.js";

/** An entry, and the id that its row will have. */
export interface IdentifiedEntry extends Entry {
  readonly id: string;
}

/** Takes the ledger's lock, which is held to the commit, and gives the new head; null when there is nothing to add. */
export async function append(
  tx: Transaction,
  caller: Caller,
  entries: readonly IdentifiedEntry[],
): Promise<Position | null> {
  if (entries.length === 0) return null;
  await lockLedger(tx);
  const head = await readHead(tx);
  const actor = actorOf(caller);
  let last = head.position ?? origin;
  const rows: Change[] = [];
  for (const entry of entries) {
    const envelope = {
      seq: last.seq + 1,
      epoch: entry.epoch ?? last.epoch,
      id: entry.id,
      project: entry.project ?? null,
      environment: entry.environment ?? null,
      kind: entry.kind,
      subjectType: entry.subjectType,
      subject: entry.subject,
      actorId: actor.id,
      actorKind: actor.kind,
      requestId: caller.requestId,
      at: head.clock,
    };
    const { before = null, after = null, reason = null } = entry;
    const body = salted({ before, after, reason });
    const row = seal(last.hash, envelope, body, salted({ actor: actor.name, ip: caller.ip }));
    rows.push(row);
    last = row;
  }
  await insertChanges(tx, rows);
  return { epoch: last.epoch, seq: last.seq, hash: last.hash };
}

function salted(value: unknown): Sealed {
  return { text: canonicalJson(value), salt: randomBytes(16).toString("hex") };
}
