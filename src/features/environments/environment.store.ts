/** Statements on environments. */
import { and, asc, eq, gt, gte, inArray, lte, sql } from "drizzle-orm";
import type { Database, Transaction } from "../../platform/database/index.js";
import type { Environment, EnvironmentDraft, EnvironmentSettings } from "./environment.js";
import { environments } from "./environment.table.js";

/** What is handed about of an environment: everything but its secrets. */
const columns = {
  id: environments.id,
  project: environments.project,
  key: environments.key,
  name: environments.name,
  protected: environments.protected,
  requireExpectedVersion: environments.requireExpectedVersion,
  requireContextProof: environments.requireContextProof,
  position: environments.position,
  version: environments.version,
  createdAt: environments.createdAt,
  updatedAt: environments.updatedAt,
};

export async function readEnvironment(
  database: Database,
  project: string,
  key: string,
): Promise<Environment | null> {
  const [environment] = await database.select(columns).from(environments).where(named(project, key));
  return environment ?? null;
}

/** In the order of display. */
export async function readEnvironments(
  database: Database,
  projects: readonly string[],
): Promise<Environment[]> {
  return database
    .select(columns)
    .from(environments)
    .where(inArray(environments.project, [...projects]))
    .orderBy(asc(environments.project), asc(environments.position), asc(environments.key));
}

/** Locks the environment until the transaction ends; null when it does not exist. */
export async function lockEnvironmentRow(
  tx: Transaction,
  project: string,
  key: string,
): Promise<Environment | null> {
  const [environment] = await tx.select(columns).from(environments).where(named(project, key)).for("update");
  return environment ?? null;
}

/** Fails with a unique violation when a key is taken, in whatever case. Gives the rows in the order of the drafts. */
export async function insertEnvironments(
  tx: Transaction,
  drafts: readonly EnvironmentDraft[],
): Promise<Environment[]> {
  return tx
    .insert(environments)
    .values([...drafts])
    .returning(columns);
}

/** Writes the settings and raises the version. The caller holds the lock. */
export async function saveEnvironment(
  tx: Transaction,
  { project, key }: Pick<Environment, "project" | "key">,
  settings: EnvironmentSettings,
): Promise<Environment> {
  const { name, requireExpectedVersion, requireContextProof, position } = settings;
  const [saved] = await tx
    .update(environments)
    .set({
      name,
      protected: settings.protected,
      requireExpectedVersion,
      requireContextProof,
      position,
      version: sql`${environments.version} + 1`,
      updatedAt: sql`now()`,
    })
    .where(named(project, key))
    .returning(columns);
  if (saved === undefined) throw new Error("A locked row was not there to update.");
  return saved;
}

export async function removeEnvironment(tx: Transaction, project: string, key: string): Promise<void> {
  await tx.delete(environments).where(named(project, key));
}

/** All of a project, with the settings of flags in them and what those name. */
export async function removeEnvironments(tx: Transaction, project: string): Promise<void> {
  await tx.delete(environments).where(eq(environments.project, project));
}

/** Moves the environments at these positions, both inclusive, by some places. */
export async function shiftEnvironments(
  tx: Transaction,
  project: string,
  first: number,
  last: number,
  places: number,
): Promise<void> {
  await tx
    .update(environments)
    .set({ position: sql`${environments.position} + ${places}` })
    .where(
      and(
        eq(environments.project, project),
        gte(environments.position, first),
        lte(environments.position, last),
      ),
    );
}

/** Closes the gap that an environment leaves. */
export async function closeGap(tx: Transaction, project: string, position: number): Promise<void> {
  await tx
    .update(environments)
    .set({ position: sql`${environments.position} - 1` })
    .where(and(eq(environments.project, project), gt(environments.position, position)));
}

/** How many environments the project has. */
export async function countEnvironments(database: Database, project: string): Promise<number> {
  return database.$count(environments, eq(environments.project, project));
}

function named(project: string, key: string) {
  return and(eq(environments.project, project), eq(environments.key, key));
}
