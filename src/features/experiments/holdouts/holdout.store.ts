/** Statements on holdouts. Whoever writes holds the project's lock. */
import { and, asc, desc, eq, gt, lt, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "../../../platform/database/index.js";
import type { PageRequest } from "../../../platform/graphql/page.js";
import { holdouts } from "../experiment.table.js";
import type { Holdout, HoldoutName, HoldoutSettings } from "./holdout.js";

type Place = Pick<HoldoutName, "project" | "environment">;

export async function readHoldout(database: Database, name: HoldoutName): Promise<Holdout | null> {
  const [holdout] = await database.select().from(holdouts).where(named(name));
  return holdout ?? null;
}

/** Those of an environment, by key. */
export async function listHoldoutsAt(database: Database, place: Place): Promise<Holdout[]> {
  return database.select().from(holdouts).where(at(place)).orderBy(asc(holdouts.key));
}

/** One more than asked for, in the direction of the request. */
export async function pageHoldouts(
  database: Database,
  place: Place,
  { cursor, forward, limit }: PageRequest,
): Promise<Holdout[]> {
  const start = cursor === null ? undefined : String(cursor[0]);
  const beyond = start === undefined ? undefined : (forward ? gt : lt)(holdouts.key, start);
  return database
    .select()
    .from(holdouts)
    .where(and(at(place), beyond))
    .orderBy((forward ? asc : desc)(holdouts.key))
    .limit(limit + 1);
}

export async function countHoldouts(database: Database, place: Place): Promise<number> {
  return database.$count(holdouts, at(place));
}

/** Fails with a unique violation when the key is taken. */
export async function insertHoldout(
  tx: Transaction,
  holdout: HoldoutName & HoldoutSettings,
): Promise<Holdout> {
  const [inserted] = await tx.insert(holdouts).values(holdout).returning();
  if (inserted === undefined) throw new Error("An insert returned no row.");
  return inserted;
}

/** Writes what differs and raises the version. */
export async function saveHoldout(
  tx: Transaction,
  name: HoldoutName,
  changes: Partial<HoldoutSettings>,
): Promise<Holdout> {
  const [saved] = await tx
    .update(holdouts)
    .set({ ...changes, version: sql`${holdouts.version} + 1`, updatedAt: sql`now()` })
    .where(named(name))
    .returning();
  if (saved === undefined) throw new Error("A locked row was not there to update.");
  return saved;
}

export async function removeHoldout(tx: Transaction, name: HoldoutName): Promise<void> {
  await tx.delete(holdouts).where(named(name));
}

function at({ project, environment }: Place): SQL | undefined {
  return and(eq(holdouts.project, project), eq(holdouts.environment, environment));
}

function named(name: HoldoutName): SQL | undefined {
  return and(at(name), eq(holdouts.key, name.key));
}
