/** Whether the ledger is still the one that this instance knows, and the row that says so when it is not. */
import { permit, systemCaller } from "../permissions/index.js";
import type { Database, Transaction } from "../../platform/database/index.js";
import { AuditSubject, origin, type Position } from "./change.js";
import { findChangeAt, lockLedger, readHead } from "./change.store.js";
import { write } from "./write.js";

/** The newest position; before the first row, the origin. */
export async function headOf(tx: Transaction): Promise<Position> {
  return (await readHead(tx)).position ?? origin;
}

/** Whether the row at a position that was seen before is there no more: a restore, a point-in-time recovery or a failover that lost rows. */
export async function isReplaced(tx: Transaction, known: Position, head: Position): Promise<boolean> {
  if (known.seq === 0 || head.hash === known.hash) return false;
  return (await findChangeAt(tx, known.seq))?.hash !== known.hash;
}

/**
 * Begins a new epoch, so that no revision of the abandoned history is taken for one of this. Under the ledger's lock it looks again: one
 * instance writes the row, the others find a head of a higher epoch. Gives whether this one did.
 */
export async function declareFork(database: Database, abandoned: Position): Promise<boolean> {
  const proof = permit(systemCaller("replaced-history"), "settings:update");
  return write({ database, committed: async () => Promise.resolve() }, proof, async (tx, record) => {
    await lockLedger(tx);
    const restored = await headOf(tx);
    const isSettled = restored.epoch > abandoned.epoch || !(await isReplaced(tx, abandoned, restored));
    if (isSettled) return false;
    record(forkEntry(abandoned, restored, null));
    return true;
  });
}

/** What a fork leaves in the ledger. `abandoned` is null where nobody knows it. */
export function forkEntry(abandoned: Position | null, restored: Position, reason: string | null) {
  const epoch = Math.max(abandoned?.epoch ?? 0, restored.epoch) + 1;
  const what = { subjectType: AuditSubject.SETTINGS, subject: "ledger", epoch, reason };
  return { kind: "ledger.forked", ...what, after: { abandoned, restored } } as const;
}
