/** Statements on layers. Whoever writes holds the project's lock. */
import { and, asc, desc, eq, gt, inArray, lt, or, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "../../../platform/database/index.js";
import type { PageRequest } from "../../../platform/graphql/page.js";
import { layers } from "../experiment.table.js";
import type { Layer, LayerName, LayerSettings } from "./layer.js";

export async function readLayer(database: Database, name: LayerName): Promise<Layer | null> {
  const [layer] = await database.select().from(layers).where(named(name));
  return layer ?? null;
}

/** Those that exist. */
export async function findLayers(
  database: Database,
  project: string,
  keys: readonly string[],
): Promise<Layer[]> {
  if (keys.length === 0) return [];
  return database
    .select()
    .from(layers)
    .where(and(eq(layers.project, project), inArray(layers.key, [...keys])));
}

/** What to look for in the layers of a project: in keys, names and descriptions. */
export interface LayerCriteria {
  readonly project: string;
  readonly search: string | null;
}

/** One more than asked for, in the direction of the request. */
export async function pageLayers(
  database: Database,
  criteria: LayerCriteria,
  { cursor, forward, limit }: PageRequest,
): Promise<Layer[]> {
  const start = cursor === null ? undefined : String(cursor[0]);
  const beyond = start === undefined ? undefined : (forward ? gt : lt)(layers.key, start);
  return database
    .select()
    .from(layers)
    .where(and(matching(criteria), beyond))
    .orderBy((forward ? asc : desc)(layers.key))
    .limit(limit + 1);
}

export async function countLayers(database: Database, criteria: LayerCriteria): Promise<number> {
  return database.$count(layers, matching(criteria));
}

function matching({ project, search }: LayerCriteria): SQL | undefined {
  const found = [layers.key, layers.name, layers.description].map(
    (column) => sql`strpos(lower(${column}), lower(${search ?? ""})) > 0`,
  );
  return and(eq(layers.project, project), search === null ? undefined : or(...found));
}

/** Fails with a unique violation when the key is taken, in whatever case. */
export async function insertLayer(tx: Transaction, layer: LayerName & LayerSettings): Promise<Layer> {
  const [inserted] = await tx.insert(layers).values(layer).returning();
  if (inserted === undefined) throw new Error("An insert returned no row.");
  return inserted;
}

/** Writes what differs and raises the version. */
export async function saveLayer(
  tx: Transaction,
  name: LayerName,
  changes: Partial<LayerSettings>,
): Promise<Layer> {
  const [saved] = await tx
    .update(layers)
    .set({ ...changes, version: sql`${layers.version} + 1`, updatedAt: sql`now()` })
    .where(named(name))
    .returning();
  if (saved === undefined) throw new Error("A locked row was not there to update.");
  return saved;
}

/** For a layer that no experiment names. */
export async function removeLayer(tx: Transaction, name: LayerName): Promise<void> {
  await tx.delete(layers).where(named(name));
}

function named({ project, key }: LayerName): SQL | undefined {
  return and(eq(layers.project, project), eq(layers.key, key));
}
