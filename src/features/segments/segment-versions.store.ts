/** Which segments a project has and at which versions, without their definitions; a version rises with the members too. */
import { and, eq, inArray } from "drizzle-orm";
import type { Database } from "../../platform/database/index.js";
import { segments } from "./segment.table.js";

/** Segment → version: all of them, or those among `keys` that exist. */
export async function readSegmentVersions(
  database: Database,
  project: string,
  keys: readonly string[] | null,
): Promise<Map<string, number>> {
  if (keys?.length === 0) return new Map();
  const wanted = keys === null ? undefined : inArray(segments.key, [...keys]);
  const rows = await database
    .select({ key: segments.key, version: segments.version })
    .from(segments)
    .where(and(eq(segments.project, project), wanted));
  return new Map(rows.map(({ key, version }) => [key, version]));
}
