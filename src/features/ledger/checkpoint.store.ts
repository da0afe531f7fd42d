/** Statements on checkpoints; rows are added and never changed. */
import { asc, desc, sql } from "drizzle-orm";
import type { Database, Transaction } from "../../platform/database/index.js";
import type { Checkpoint } from "./checkpoint.js";
import { checkpoints } from "./checkpoint.table.js";

export async function insertCheckpoint(tx: Transaction, { at, ...checkpoint }: Checkpoint): Promise<void> {
  await tx.insert(checkpoints).values({ ...checkpoint, at: new Date(at) });
}

export async function findNewestCheckpoint(database: Database): Promise<Checkpoint | null> {
  const [row] = await database.select().from(checkpoints).orderBy(desc(checkpoints.seq)).limit(1);
  return row === undefined ? null : toCheckpoint(row);
}

/** All of them, oldest first. */
export async function listCheckpoints(database: Database): Promise<Checkpoint[]> {
  const rows = await database.select().from(checkpoints).orderBy(asc(checkpoints.seq));
  return rows.map(toCheckpoint);
}

function toCheckpoint({ at, ...row }: typeof checkpoints.$inferSelect): Checkpoint {
  return { ...row, at: at.toISOString().replace(".000Z", "Z") };
}

/** Keys of the advisory locks under which one instance at a time does a chore. */
const choreLocks = { checkpoint: 0x4841_4c5a, retention: 0x4841_4c5b } as const;

/** Takes the chore's lock until the transaction ends; false: another instance has it. */
export async function isOnlyOneAt(tx: Transaction, chore: keyof typeof choreLocks): Promise<boolean> {
  const [row] = await tx
    .select({ taken: sql<boolean>`pg_try_advisory_xact_lock(${choreLocks[chore]})` })
    .from(sql`(values (1)) as one`);
  return row?.taken === true;
}
