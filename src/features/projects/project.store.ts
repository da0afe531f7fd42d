/** Statements on projects. */
import { asc, eq, inArray, sql } from "drizzle-orm";
import type { Database, Transaction } from "../../platform/database/index.js";
import type { Project, ProjectSettings } from "./project.js";
import { projects } from "./project.table.js";

export async function readProject(database: Database, key: string): Promise<Project | null> {
  const [project] = await database.select().from(projects).where(eq(projects.key, key));
  return project ?? null;
}

/** In the order of their keys. */
export async function readProjects(database: Database): Promise<Project[]> {
  return database.select().from(projects).orderBy(asc(projects.key));
}

export async function readProjectsByKey(database: Database, keys: readonly string[]): Promise<Project[]> {
  return database
    .select()
    .from(projects)
    .where(inArray(projects.key, [...keys]));
}

/** Locks the project until the transaction ends, against `lockProjectRow` and `holdProjectRow`; null when it does not exist. */
export async function lockProjectRow(tx: Transaction, key: string): Promise<Project | null> {
  const [project] = await tx.select().from(projects).where(eq(projects.key, key)).for("no key update");
  return project ?? null;
}

/** Keeps `lockProjectRow` waiting until the transaction ends; any number may hold at once. */
export async function holdProjectRow(tx: Transaction, key: string): Promise<Project | null> {
  const [project] = await tx.select().from(projects).where(eq(projects.key, key)).for("share");
  return project ?? null;
}

/** Fails with a unique violation when the key is taken, in whatever case. */
export async function insertProject(
  tx: Transaction,
  project: ProjectSettings & Pick<Project, "key">,
): Promise<Project> {
  const [inserted] = await tx.insert(projects).values(project).returning();
  if (inserted === undefined) throw new Error("An insert returned no row.");
  return inserted;
}

/** Writes the settings and raises the version. The caller holds the lock. */
export async function saveProject(
  tx: Transaction,
  key: string,
  { name, description, flagKeyPattern }: ProjectSettings,
): Promise<Project> {
  const [saved] = await tx
    .update(projects)
    .set({ name, description, flagKeyPattern, version: sql`${projects.version} + 1`, updatedAt: sql`now()` })
    .where(eq(projects.key, key))
    .returning();
  if (saved === undefined) throw new Error("A locked row was not there to update.");
  return saved;
}

/** With everything in it that names nothing else there. */
export async function removeProject(tx: Transaction, key: string): Promise<void> {
  await tx.delete(projects).where(eq(projects.key, key));
}
