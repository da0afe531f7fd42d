/** Which flags an environment has and at which versions, without their definitions: to see whether memory is what the database holds. */
import { and, count, eq } from "drizzle-orm";
import { type Database, digestOfVersions } from "../../platform/database/index.js";
import { flagEnvironments, flags } from "./flag.table.js";

/** Environment → a digest of its flags that are not archived; see `digestOfVersions`. Environments without flags are left out. */
export async function readFlagDigests(database: Database, project: string): Promise<Map<string, string>> {
  const digest = digestOfVersions(flagEnvironments.flag, flagEnvironments.version);
  const rows = await database
    .select({ environment: flagEnvironments.environment, total: count(), digest })
    .from(flagEnvironments)
    .innerJoin(flags, current)
    .where(eq(flagEnvironments.project, project))
    .groupBy(flagEnvironments.environment);
  return new Map(rows.map(({ environment, total, digest: sum }) => [environment, `${total}:${sum}`]));
}

/** Flag → version in the environment, of those that are not archived. */
export async function readFlagVersions(
  database: Database,
  project: string,
  environment: string,
): Promise<Map<string, number>> {
  const rows = await database
    .select({ flag: flagEnvironments.flag, version: flagEnvironments.version })
    .from(flagEnvironments)
    .innerJoin(flags, current)
    .where(and(eq(flagEnvironments.project, project), eq(flagEnvironments.environment, environment)));
  return new Map(rows.map(({ flag, version }) => [flag, version]));
}

const current = and(
  eq(flags.project, flagEnvironments.project),
  eq(flags.key, flagEnvironments.flag),
  eq(flags.archived, false),
);
