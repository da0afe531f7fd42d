/** The statements that find which flags and segments experiments need. */
import { and, asc, eq, inArray, isNotNull, or } from "drizzle-orm";
import type { Database } from "../../platform/database/index.js";
import type { HolderPlace } from "../projects/index.js";
import type { Experiment } from "./experiment.js";
import { experiments } from "./experiment.table.js";

const { key, environment, flag, status, arms, audience, startsAt } = experiments;

type Placed = Pick<Experiment, "key" | "environment" | "flag" | "status" | "arms">;

/** Those that are to start by themselves, are under way, or await their conclusion; by flag and environment. */
export async function listUnconcluded(database: Database, place: HolderPlace): Promise<Placed[]> {
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

/** Those with an audience that have yet to start by a date, are to start by themselves, or are under way; by flag and environment. */
export async function listWithAudience(
  database: Database,
  project: string,
): Promise<(Placed & Pick<Experiment, "audience">)[]> {
  return database
    .select({ key, environment, flag, status, arms, audience })
    .from(experiments)
    .where(
      and(
        eq(experiments.project, project),
        isNotNull(audience),
        or(
          inArray(status, ["SCHEDULED", "RUNNING", "PAUSED"]),
          and(eq(status, "DRAFT"), isNotNull(startsAt)),
        ),
      ),
    )
    .orderBy(asc(flag), asc(environment), asc(key));
}
