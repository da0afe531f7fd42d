/** Statements on the servers that run on this database. */
import { eq, inArray, not, sql } from "drizzle-orm";
import type { Transaction } from "../../platform/database/index.js";
import type { Position } from "../ledger/index.js";
import type { LiveInstance } from "./instance.js";
import { instances } from "./instance.table.js";

/** An instance as it stands. */
export interface InstanceStamp extends LiveInstance {
  readonly startedAt: Date;
  readonly position: Position;
}

/** Says that this instance is there, forgets those that were not heard of for a minute, and gives those that are left. */
export async function stampInstance(tx: Transaction, stamp: InstanceStamp): Promise<LiveInstance[]> {
  const { id, version, operators, startedAt, position } = stamp;
  const { epoch, seq } = position;
  const moving = { epoch, seq, seenAt: sql`now()` };
  await tx
    .insert(instances)
    .values({ id, version, operators: [...operators], startedAt, ...moving })
    .onConflictDoUpdate({ target: instances.id, set: moving });
  const gone = tx
    .select({ id: instances.id })
    .from(instances)
    .where(silent)
    .for("update", { skipLocked: true }); // several come back at once after an outage: none waits for another
  await tx.delete(instances).where(inArray(instances.id, gone));
  return tx
    .select({ id: instances.id, version: instances.version, operators: instances.operators })
    .from(instances)
    .where(not(silent));
}

const silent = sql`${instances.seenAt} < now() - interval '1 minute'`;

export async function removeInstance(tx: Transaction, id: string): Promise<void> {
  await tx.delete(instances).where(eq(instances.id, id));
}
