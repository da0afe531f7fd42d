/** Who refers to a flag or a segment: the flags that name it themselves, and in which environments. */
import { and, asc, eq, inArray } from "drizzle-orm";
import type { Database } from "../../platform/database/index.js";
import { flagFlagUses, flags, flagSegmentUses } from "./flag.table.js";

/** A flag that names something in an environment. */
export interface FlagUser {
  /** Key of the flag or segment that is named. */
  readonly used: string;
  readonly flag: string;
  /** Whether the flag that names it is archived. */
  readonly archived: boolean;
  readonly environment: string;
}

/** The flags that name these flags as prerequisites or in conditions, archived ones included; by flag and environment. */
export async function flagUsersOfFlags(
  database: Database,
  project: string,
  keys: readonly string[],
): Promise<FlagUser[]> {
  if (keys.length === 0) return [];
  const { usesFlag: used, flag, environment } = flagFlagUses;
  return database
    .select({ used, flag, archived: flags.archived, environment })
    .from(flagFlagUses)
    .innerJoin(flags, and(eq(flags.project, flagFlagUses.project), eq(flags.key, flag)))
    .where(and(eq(flagFlagUses.project, project), inArray(used, [...keys])))
    .orderBy(asc(flag), asc(environment));
}

/** The flags that name these segments in their rules, archived ones included; by flag and environment. */
export async function flagUsersOfSegments(
  database: Database,
  project: string,
  keys: readonly string[],
): Promise<FlagUser[]> {
  if (keys.length === 0) return [];
  const { usesSegment: used, flag, environment } = flagSegmentUses;
  return database
    .select({ used, flag, archived: flags.archived, environment })
    .from(flagSegmentUses)
    .innerJoin(flags, and(eq(flags.project, flagSegmentUses.project), eq(flags.key, flag)))
    .where(and(eq(flagSegmentUses.project, project), inArray(used, [...keys])))
    .orderBy(asc(flag), asc(environment));
}
