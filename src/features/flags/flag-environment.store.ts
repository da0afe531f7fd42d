/** Statements on a flag's settings per environment, and on the tables that say what they refer to. */
import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { type Database, isForeignKeyViolation, type Transaction } from "../../platform/database/index.js";
import { conflict, notFound } from "../../platform/problems.js";
import type { FlagEnvironment } from "./flag.js";
import { flagEnvironments, flagFlagUses, flagSegmentUses } from "./flag.table.js";
import { guardOwnedRules } from "./owned-rules.js";
import { referencesOfSettings } from "./setting-references.js";

/** Settings that are not stored yet. */
export type NewFlagEnvironment = Omit<FlagEnvironment, "id" | "version" | "updatedAt">;

/** Which settings: one row of `flag_environments`. */
type Place = Pick<FlagEnvironment, "project" | "flag" | "environment">;

/** Adds the settings of a new flag, one row an environment, with what they refer to. Throws CONFLICT when that was deleted meanwhile. */
export async function insertFlagEnvironments(
  tx: Transaction,
  rows: readonly NewFlagEnvironment[],
): Promise<FlagEnvironment[]> {
  if (rows.length === 0) return [];
  const inserted = await tx
    .insert(flagEnvironments)
    .values([...rows])
    .returning();
  await insertUses(tx, inserted);
  return inserted;
}

/**
 * Locks the settings of a flag in one environment until the transaction ends; rows that refer to it are not held up.
 * Throws NOT_FOUND.
 */
export async function lockFlagEnvironment(
  tx: Transaction,
  project: string,
  flag: string,
  environment: string,
): Promise<FlagEnvironment> {
  const [row] = await tx
    .select()
    .from(flagEnvironments)
    .where(at({ project, flag, environment }))
    .for("no key update");
  if (row === undefined) throw notFound("Flag", flag);
  return row;
}

const members = ["enabled", "offVariant", "fallthrough", "targets", "rules", "prerequisites"] as const;

/** Stores settings that people changed. Throws CONFLICT where that touches a rule that something owns, and what `storeFlagEnvironment` throws. */
export async function saveFlagEnvironment(
  tx: Transaction,
  current: FlagEnvironment,
  next: FlagEnvironment,
): Promise<FlagEnvironment> {
  guardOwnedRules(current, next);
  return storeFlagEnvironment(tx, current, next);
}

/**
 * Stores changed settings under the next version. What stays is neither looked at nor written again, so that a flag can be switched off whatever
 * stands in its row. Throws CONFLICT when a flag or segment that they name was deleted meanwhile.
 */
export async function storeFlagEnvironment(
  tx: Transaction,
  current: FlagEnvironment,
  next: FlagEnvironment,
): Promise<FlagEnvironment> {
  const altered = members.filter((name) => next[name] !== current[name]);
  const [saved] = await tx
    .update(flagEnvironments)
    .set({
      ...Object.fromEntries(altered.map((name) => [name, next[name]])),
      version: sql`${flagEnvironments.version} + 1`,
      updatedAt: sql`now()`,
    })
    .where(at(next))
    .returning();
  if (saved === undefined) throw notFound("Flag", next.flag);
  if (next.rules === current.rules && next.prerequisites === current.prerequisites) return saved;
  await deleteUses(tx, next);
  await insertUses(tx, [next]);
  return saved;
}

/** Raises the version of a flag in all environments, for a change of its shared part. */
export async function bumpFlagEnvironments(tx: Transaction, project: string, flag: string): Promise<void> {
  await tx
    .update(flagEnvironments)
    .set({ version: sql`${flagEnvironments.version} + 1`, updatedAt: sql`now()` })
    .where(and(eq(flagEnvironments.project, project), eq(flagEnvironments.flag, flag)));
}

/** Takes out of an environment that is a copy of another what something owns there. */
export async function dropOwnedRules(tx: Transaction, project: string, environment: string): Promise<void> {
  const { rules } = flagEnvironments;
  const bereft = await tx
    .update(flagEnvironments)
    .set({ rules: sql`jsonb_path_query_array(${rules}, '$[*] ? (!exists (@.owner ? (@ != null)))')` })
    .where(
      and(
        eq(flagEnvironments.project, project),
        eq(flagEnvironments.environment, environment),
        sql`jsonb_path_exists(${rules}, '$[*].owner ? (@ != null)')`,
      ),
    )
    .returning();
  for (const settings of bereft) await deleteUses(tx, settings);
  await insertUses(tx, bereft);
}

/** The settings of these flags in all environments, by flag and environment key. */
export async function listFlagEnvironments(
  database: Database,
  project: string,
  flagKeys: readonly string[],
): Promise<FlagEnvironment[]> {
  if (flagKeys.length === 0) return [];
  return database
    .select()
    .from(flagEnvironments)
    .where(and(eq(flagEnvironments.project, project), inArray(flagEnvironments.flag, [...flagKeys])))
    .orderBy(asc(flagEnvironments.flag), asc(flagEnvironments.environment));
}

/** One flag naming another in an environment. */
export interface FlagUse {
  readonly flag: string;
  readonly usesFlag: string;
}

/**
 * Lets changes of what flags of a project refer to take turns until the transaction ends, so that two of them cannot close a circle, and what
 * one of them names is not archived or removed by another at the same time. Taken after the lock on the flag.
 */
export async function lockFlagUses(tx: Transaction, project: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`flag uses ${project}`}, 0))`);
}

/** Which flag of the environment refers to which. */
export async function listFlagUses(
  database: Database,
  project: string,
  environment: string,
): Promise<FlagUse[]> {
  return database
    .select({ flag: flagFlagUses.flag, usesFlag: flagFlagUses.usesFlag })
    .from(flagFlagUses)
    .where(and(eq(flagFlagUses.project, project), eq(flagFlagUses.environment, environment)));
}

function at({ project, flag, environment }: Place) {
  return and(
    eq(flagEnvironments.project, project),
    eq(flagEnvironments.flag, flag),
    eq(flagEnvironments.environment, environment),
  );
}

async function deleteUses(tx: Transaction, { project, flag, environment }: Place): Promise<void> {
  for (const uses of [flagSegmentUses, flagFlagUses]) {
    await tx
      .delete(uses)
      .where(and(eq(uses.project, project), eq(uses.flag, flag), eq(uses.environment, environment)));
  }
}

async function insertUses(tx: Transaction, rows: readonly NewFlagEnvironment[]): Promise<void> {
  const segmentUses: (typeof flagSegmentUses.$inferInsert)[] = [];
  const flagUses: (typeof flagFlagUses.$inferInsert)[] = [];
  for (const settings of rows) {
    const { project, flag, environment } = settings;
    const { flags, segments } = referencesOfSettings(settings);
    for (const usesSegment of segments) segmentUses.push({ project, flag, environment, usesSegment });
    for (const usesFlag of flags) flagUses.push({ project, flag, environment, usesFlag });
  }
  try {
    if (segmentUses.length > 0) await tx.insert(flagSegmentUses).values(segmentUses);
    if (flagUses.length > 0) await tx.insert(flagFlagUses).values(flagUses);
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error;
    throw conflict("A flag or segment that is named here was deleted meanwhile: read again.");
  }
}
