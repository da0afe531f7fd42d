/** Statements on holdouts. Whoever writes holds the project's lock. */
import { and, asc, eq } from "drizzle-orm";
import type { Database } from "../../platform/database/index.js";
import { holdouts } from "./experiment.table.js";
import type { Holdout, HoldoutName } from "./holdout.js";

/** Those of an environment, by key. */
export async function listHoldouts(
  database: Database,
  { project, environment }: Pick<HoldoutName, "project" | "environment">,
): Promise<Holdout[]> {
  return database
    .select()
    .from(holdouts)
    .where(and(eq(holdouts.project, project), eq(holdouts.environment, environment)))
    .orderBy(asc(holdouts.key));
}
