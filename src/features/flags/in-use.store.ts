/** In which environments a flag or a segment matters: project-wide changes need the rights of all of them. */
import { and, eq, sql } from "drizzle-orm";
import { rowsOf, type Transaction } from "../../platform/database/index.js";
import { flagEnvironments, flagFlagUses, flags, flagSegmentUses } from "./flag.table.js";

/** What is about to change in all environments at once. */
export type SharedSubject = { readonly flag: string } | { readonly segment: string };

/**
 * Keys of the environments where the flag is enabled, or where an enabled flag that is not archived refers to the flag or segment, directly
 * or through segments, prerequisites and conditions.
 */
export async function environmentKeysInUse(
  tx: Transaction,
  project: string,
  subject: SharedSubject,
): Promise<string[]> {
  const [flag, segment] = "flag" in subject ? [subject.flag, null] : [null, subject.segment];
  const result = await tx.execute(sql`
    with recursive affected_segments (segment) as (
      select ${segment}::text
      union
      select segment_uses.segment from segment_uses
        join affected_segments on segment_uses.uses_segment = affected_segments.segment
        where segment_uses.project = ${project}
    ),
    affected_flags (flag, environment) as (
      select flag, environment from (
        select ${flagEnvironments.flag}, ${flagEnvironments.environment} from ${flagEnvironments}
          where ${flagEnvironments.project} = ${project} and ${flagEnvironments.flag} = ${flag}
        union
        select ${flagSegmentUses.flag}, ${flagSegmentUses.environment} from ${flagSegmentUses}
          join affected_segments on ${flagSegmentUses.usesSegment} = affected_segments.segment
          where ${flagSegmentUses.project} = ${project}
      ) as roots
      union
      select ${flagFlagUses.flag}, ${flagFlagUses.environment} from ${flagFlagUses}
        join affected_flags on ${flagFlagUses.usesFlag} = affected_flags.flag
          and ${flagFlagUses.environment} = affected_flags.environment
        where ${flagFlagUses.project} = ${project}
    )
    select distinct affected_flags.environment from affected_flags
      join ${flagEnvironments} on ${flagEnvironments.project} = ${project}
        and ${flagEnvironments.flag} = affected_flags.flag
        and ${flagEnvironments.environment} = affected_flags.environment
      join ${flags} on ${flags.project} = ${project} and ${flags.key} = affected_flags.flag
      where ${flagEnvironments.enabled} and (not ${flags.archived} or ${flags.key} = ${flag}::text)
      order by 1`);
  return rowsOf(result).map((row) => String(row["environment"]));
}

/** Keys of the environments where a flag that is not archived is enabled. */
export async function environmentKeysOfEnabled(tx: Transaction, project: string): Promise<string[]> {
  const { environment } = flagEnvironments;
  const rows = await tx
    .selectDistinct({ environment })
    .from(flagEnvironments)
    .innerJoin(flags, and(eq(flags.project, flagEnvironments.project), eq(flags.key, flagEnvironments.flag)))
    .where(and(eq(flags.project, project), eq(flags.archived, false), eq(flagEnvironments.enabled, true)));
  return rows.map((row) => row.environment);
}
