/** Statements on segments and on which segment names which. */
import { and, asc, desc, eq, gt, inArray, lt, or, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "../../platform/database/index.js";
import type { PageRequest } from "../../platform/graphql/page.js";
import type { Segment, SegmentName, SegmentSettings } from "./segment.js";
import { segments, segmentUses } from "./segment.table.js";

export async function readSegment(database: Database, name: SegmentName): Promise<Segment | null> {
  const [segment] = await database.select().from(segments).where(named(name));
  return segment ?? null;
}

/** Those that exist, in the order of their keys. */
export async function readSegments(
  database: Database,
  project: string,
  keys: readonly string[],
): Promise<Segment[]> {
  if (keys.length === 0) return [];
  return database
    .select()
    .from(segments)
    .where(and(eq(segments.project, project), inArray(segments.key, [...keys])))
    .orderBy(asc(segments.key));
}

/** Which of these exist; nobody can delete them until the transaction ends. */
export async function holdSegments(
  tx: Transaction,
  project: string,
  keys: readonly string[],
): Promise<{ readonly key: string }[]> {
  if (keys.length === 0) return [];
  return tx
    .select({ key: segments.key })
    .from(segments)
    .where(and(eq(segments.project, project), inArray(segments.key, [...keys])))
    .orderBy(asc(segments.key))
    .for("key share");
}

/** One more than asked for, in the direction of the request. `search` looks into key, name and description. */
export async function pageSegments(
  database: Database,
  project: string,
  search: string | null,
  { cursor, forward, limit }: PageRequest,
): Promise<Segment[]> {
  const start = cursor === null ? undefined : String(cursor[0]);
  const beyond = start === undefined ? undefined : (forward ? gt : lt)(segments.key, start);
  return database
    .select()
    .from(segments)
    .where(and(matching(project, search), beyond))
    .orderBy((forward ? asc : desc)(segments.key))
    .limit(limit + 1);
}

export async function countSegments(
  database: Database,
  project: string,
  search: string | null,
): Promise<number> {
  return database.$count(segments, matching(project, search));
}

function matching(project: string, search: string | null): SQL | undefined {
  const found =
    search === null
      ? undefined
      : or(
          ...[segments.key, segments.name, segments.description].map(
            (column) => sql`strpos(lower(${column}), lower(${search})) > 0`,
          ),
        );
  return and(eq(segments.project, project), found);
}

/** Locks the segment until the transaction ends; null when it does not exist. */
export async function lockSegmentRow(tx: Transaction, name: SegmentName): Promise<Segment | null> {
  const [segment] = await tx.select().from(segments).where(named(name)).for("update");
  return segment ?? null;
}

/** Fails with a unique violation when the key is taken, in whatever case. */
export async function insertSegment(
  tx: Transaction,
  segment: SegmentName & SegmentSettings & Partial<Pick<Segment, "id" | "version">>,
): Promise<Segment> {
  const [inserted] = await tx.insert(segments).values(segment).returning();
  if (inserted === undefined) throw new Error("An insert returned no row.");
  return inserted;
}

/** Writes these settings, if any, and raises the version. The caller holds the lock. */
export async function saveSegment(
  tx: Transaction,
  name: SegmentName,
  settings: Partial<SegmentSettings>,
): Promise<Segment> {
  const [saved] = await tx
    .update(segments)
    .set({ ...settings, version: sql`${segments.version} + 1`, updatedAt: sql`now()` })
    .where(named(name))
    .returning();
  if (saved === undefined) throw new Error("A locked row was not there to update.");
  return saved;
}

/** With its members and what it names. Fails with a foreign key violation when something names it. */
export async function removeSegment(tx: Transaction, name: SegmentName): Promise<void> {
  await tx.delete(segments).where(named(name));
}

function named({ project, key }: SegmentName): SQL | undefined {
  return and(eq(segments.project, project), eq(segments.key, key));
}

/** Which segment of the project names which. */
export async function readUses(
  database: Database,
  project: string,
): Promise<{ readonly segment: string; readonly usesSegment: string }[]> {
  const { segment, usesSegment } = segmentUses;
  return database.select({ segment, usesSegment }).from(segmentUses).where(eq(segmentUses.project, project));
}

/** The segments that name these, by key; `used` is which. */
export async function readUsers(
  database: Database,
  project: string,
  keys: readonly string[],
): Promise<{ readonly used: string; readonly segment: Segment }[]> {
  return database
    .select({ used: segmentUses.usesSegment, segment: segments })
    .from(segmentUses)
    .innerJoin(
      segments,
      and(eq(segments.project, segmentUses.project), eq(segments.key, segmentUses.segment)),
    )
    .where(and(eq(segmentUses.project, project), inArray(segmentUses.usesSegment, [...keys])))
    .orderBy(asc(segments.key));
}

/** Forgets which segments of the project name which: for the project's end. */
export async function removeUses(tx: Transaction, project: string): Promise<void> {
  await tx.delete(segmentUses).where(eq(segmentUses.project, project));
}

/** Writes down which segments a segment names from now on. */
export async function replaceUses(
  tx: Transaction,
  { project, key }: SegmentName,
  used: readonly string[],
): Promise<void> {
  await tx.delete(segmentUses).where(and(eq(segmentUses.project, project), eq(segmentUses.segment, key)));
  if (used.length === 0) return;
  await tx.insert(segmentUses).values(used.map((usesSegment) => ({ project, segment: key, usesSegment })));
}
