/** Statements on templates of experiments. Whoever writes holds the project's lock. */
import { and, asc, desc, eq, gt, lt, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "../../../platform/database/index.js";
import type { PageRequest } from "../../../platform/graphql/page.js";
import type { ExperimentTemplate, TemplateMembers, TemplateName } from "./template.js";
import { experimentTemplates } from "../experiment.table.js";

export async function readTemplate(
  database: Database,
  name: TemplateName,
): Promise<ExperimentTemplate | null> {
  const [template] = await database.select().from(experimentTemplates).where(named(name));
  return template ?? null;
}

/** One more than asked for, in the direction of the request. */
export async function pageTemplates(
  database: Database,
  project: string,
  { cursor, forward, limit }: PageRequest,
): Promise<ExperimentTemplate[]> {
  const start = cursor === null ? undefined : String(cursor[0]);
  const beyond = start === undefined ? undefined : (forward ? gt : lt)(experimentTemplates.key, start);
  return database
    .select()
    .from(experimentTemplates)
    .where(and(eq(experimentTemplates.project, project), beyond))
    .orderBy((forward ? asc : desc)(experimentTemplates.key))
    .limit(limit + 1);
}

export async function countTemplates(database: Database, project: string): Promise<number> {
  return database.$count(experimentTemplates, eq(experimentTemplates.project, project));
}

/** Fails with a unique violation when the key is taken. */
export async function insertTemplate(
  tx: Transaction,
  template: TemplateName & TemplateMembers,
): Promise<ExperimentTemplate> {
  const [inserted] = await tx.insert(experimentTemplates).values(template).returning();
  if (inserted === undefined) throw new Error("An insert returned no row.");
  return inserted;
}

/** Writes what differs and raises the version. */
export async function saveTemplate(
  tx: Transaction,
  name: TemplateName,
  changes: Partial<TemplateMembers>,
): Promise<ExperimentTemplate> {
  const [saved] = await tx
    .update(experimentTemplates)
    .set({ ...changes, version: sql`${experimentTemplates.version} + 1`, updatedAt: sql`now()` })
    .where(named(name))
    .returning();
  if (saved === undefined) throw new Error("A locked row was not there to update.");
  return saved;
}

export async function removeTemplate(tx: Transaction, name: TemplateName): Promise<void> {
  await tx.delete(experimentTemplates).where(named(name));
}

function named({ project, key }: TemplateName): SQL | undefined {
  return and(eq(experimentTemplates.project, project), eq(experimentTemplates.key, key));
}
