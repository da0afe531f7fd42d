/** Statements on flags and their variants: one flag, or flags by key. */
import { and, asc, eq, inArray, notInArray, sql } from "drizzle-orm";
import type { FlagType } from "../../evaluation/index.js";
import {
  type Database,
  isForeignKeyViolation,
  isUniqueViolation,
  type Transaction,
} from "../../platform/database/index.js";
import { isKey } from "../../platform/input.js";
import { alreadyExists, conflict, notFound, quote } from "../../platform/problems.js";
import type { Flag, FlagKind, Variant } from "./flag.js";
import { flags, variants } from "./flag.table.js";

/** A flag that is not stored yet. */
export type NewFlag = Omit<Flag, "id" | "archived" | "version" | "createdAt" | "updatedAt">;

type FlagRow = typeof flags.$inferSelect;
type VariantRow = typeof variants.$inferSelect;

/** The flag, or null. */
export async function findFlag(database: Database, project: string, key: string): Promise<Flag | null> {
  const [flag] = await findFlags(database, project, [key]);
  return flag ?? null;
}

/** The flags among these keys that exist, by key. */
export async function findFlags(
  database: Database,
  project: string,
  keys: readonly string[],
): Promise<Flag[]> {
  const possible = keys.filter(isKey); // PostgreSQL cannot even be asked for some of the others
  if (possible.length === 0) return [];
  const rows = await database
    .select()
    .from(flags)
    .where(and(eq(flags.project, project), inArray(flags.key, possible)))
    .orderBy(asc(flags.key));
  return withVariants(database, project, rows);
}

/**
 * Locks a flag with its variants until the transaction ends; rows that refer to it are not held up. Throws NOT_FOUND.
 * Whoever locks settings of the flag too locks the flag first.
 */
export async function lockFlag(tx: Transaction, project: string, key: string): Promise<Flag> {
  if (!isKey(key)) throw notFound("Flag", key);
  const rows = await tx
    .select()
    .from(flags)
    .where(and(eq(flags.project, project), eq(flags.key, key)))
    .for("no key update");
  const [flag] = await withVariants(tx, project, rows);
  if (flag === undefined) throw notFound("Flag", key);
  return flag;
}

/** Adds a flag with its variants. Throws ALREADY_EXISTS, whatever the case of the letters. */
export async function insertFlag(tx: Transaction, flag: NewFlag): Promise<Flag> {
  const { variants: added, tags, ...columns } = flag;
  try {
    const [row] = await tx
      .insert(flags)
      .values({ ...columns, tags: [...tags] })
      .returning();
    if (row === undefined) throw new Error("An insert gave no row.");
    await tx.insert(variants).values(variantRows(flag));
    return toFlag(row, added);
  } catch (error) {
    if (isUniqueViolation(error, "flags_key_any_case") || isUniqueViolation(error, "flags_project_key_pk")) {
      throw alreadyExists("Flag", flag.key);
    }
    throw error;
  }
}

/** Stores a changed flag with its variants under the next version. A variant that is served somewhere cannot be left out. */
export async function saveFlag(tx: Transaction, flag: Flag): Promise<Flag> {
  const { name, description, kind, tags, ownerId, valueSchema, clientVisible, archived } = flag;
  const [row] = await tx
    .update(flags)
    .set({
      name,
      description,
      kind,
      tags: [...tags],
      ownerId,
      valueSchema,
      clientVisible,
      archived,
      version: sql`${flags.version} + 1`,
      updatedAt: sql`now()`,
    })
    .where(and(eq(flags.project, flag.project), eq(flags.key, flag.key)))
    .returning();
  if (row === undefined) throw notFound("Flag", flag.key);
  await saveVariants(tx, flag);
  return toFlag(row, flag.variants);
}

/** Deletes a flag with its variants and its settings. Throws CONFLICT when another flag refers to it. */
export async function deleteFlagRows(tx: Transaction, project: string, key: string): Promise<void> {
  try {
    await tx.delete(flags).where(and(eq(flags.project, project), eq(flags.key, key)));
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error;
    throw conflict(`Flag ${quote(key)} is used by another flag.`);
  }
}

/** Adds the variants to rows of `flags`, in the order of the rows. */
export async function withVariants(
  database: Database,
  project: string,
  rows: readonly FlagRow[],
): Promise<Flag[]> {
  if (rows.length === 0) return [];
  const keys = rows.map((row) => row.key);
  const found = await database
    .select()
    .from(variants)
    .where(and(eq(variants.project, project), inArray(variants.flag, keys)))
    .orderBy(asc(variants.flag), asc(variants.position));
  const byFlag = new Map<string, Variant[]>(keys.map((key) => [key, []]));
  for (const row of found) byFlag.get(row.flag)?.push(toVariant(row));
  return rows.map((row) => toFlag(row, byFlag.get(row.key) ?? []));
}

async function saveVariants(tx: Transaction, flag: Flag): Promise<void> {
  const keys = flag.variants.map((variant) => variant.key);
  await tx
    .delete(variants)
    .where(
      and(eq(variants.project, flag.project), eq(variants.flag, flag.key), notInArray(variants.key, keys)),
    );
  await tx
    .insert(variants)
    .values(variantRows(flag))
    .onConflictDoUpdate({
      target: [variants.project, variants.flag, variants.key],
      set: {
        position: sql`excluded.position`,
        name: sql`excluded.name`,
        description: sql`excluded.description`,
        value: sql`excluded.value`,
      },
    });
}

function variantRows(flag: Pick<Flag, "project" | "key" | "variants">): (typeof variants.$inferInsert)[] {
  return flag.variants.map(({ key, name, description, value }, position) => ({
    project: flag.project,
    flag: flag.key,
    key,
    position,
    name,
    description,
    value,
  }));
}

function toFlag(row: FlagRow, own: readonly Variant[]): Flag {
  return { ...row, type: row.type as FlagType, kind: row.kind as FlagKind, variants: own };
}

function toVariant({ key, name, description, value }: VariantRow): Variant {
  return { key, name, description, value };
}
