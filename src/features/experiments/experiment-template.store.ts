/** Statements on templates of experiments. Whoever writes holds the project's lock. */
import { and, eq, type SQL } from "drizzle-orm";
import type { Database } from "../../platform/database/index.js";
import type { ExperimentTemplate, TemplateName } from "./experiment-template.js";
import { experimentTemplates } from "./experiment.table.js";

export async function readTemplate(
  database: Database,
  name: TemplateName,
): Promise<ExperimentTemplate | null> {
  const [template] = await database.select().from(experimentTemplates).where(named(name));
  return template ?? null;
}

function named({ project, key }: TemplateName): SQL | undefined {
  return and(eq(experimentTemplates.project, project), eq(experimentTemplates.key, key));
}
