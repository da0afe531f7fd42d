/** The statement that finds which flags experiments need. */
import { and, asc, eq, inArray } from "drizzle-orm";
import type { Database } from "../../platform/database/index.js";
import type { HolderPlace } from "../projects/index.js";
import type { Experiment } from "./experiment.js";
import { experiments } from "./experiment.table.js";

const { key, environment, flag, status, arms } = experiments;

/** Those that are to start by themselves, are under way, or await their conclusion; by flag and environment. */
export async function listUnconcluded(
  database: Database,
  place: HolderPlace,
): Promise<Pick<Experiment, "key" | "environment" | "flag" | "status" | "arms">[]> {
  return database
    .select({ key, environment, flag, status, arms })
    .from(experiments)
    .where(
      and(
        eq(experiments.project, place.project),
        place.environment === undefined ? undefined : eq(environment, place.environment),
        place.flag === undefined ? undefined : eq(flag, place.flag),
        inArray(status, ["SCHEDULED", "RUNNING", "PAUSED", "STOPPED"]),
      ),
    )
    .orderBy(asc(flag), asc(environment), asc(key));
}
