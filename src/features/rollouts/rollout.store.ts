/** Statements on guarded rollouts. Whoever changes one holds its row. */
import { and, asc, desc, eq, inArray, isNull, lt, or, type SQL, sql } from "drizzle-orm";
import { type Database, rowsOf, type Transaction } from "../../platform/database/index.js";
import type { PageRequest } from "../../platform/graphql/page.js";
import { isUuid } from "../../platform/input.js";
import type { HolderPlace } from "../projects/index.js";
import type { Course, GuardedRollout, Guardrail, Plan, RolloutStatus } from "./rollout.js";
import { guardedRollouts } from "./rollout.table.js";

/** Whether this transaction is the one that moves rollouts on; false: another is. Until it ends. */
export async function isTheOneToAct(tx: Transaction): Promise<boolean> {
  const result = await tx.execute(
    sql`select pg_try_advisory_xact_lock(hashtextextended('guarded rollouts', 0)) as taken`,
  );
  return rowsOf(result)[0]?.["taken"] === true;
}

export async function readRollout(database: Database, id: string): Promise<GuardedRollout | null> {
  const [row] = await database.select().from(guardedRollouts).where(eq(guardedRollouts.id, id));
  return row ?? null;
}

/** As `readRollout`, and held until the transaction ends. */
export async function holdRollout(tx: Transaction, id: string): Promise<GuardedRollout | null> {
  const [row] = await tx.select().from(guardedRollouts).where(eq(guardedRollouts.id, id)).for("update");
  return row ?? null;
}

/** Those of all projects that are live, in the order of their start. */
export async function listLive(database: Database): Promise<GuardedRollout[]> {
  return database
    .select()
    .from(guardedRollouts)
    .where(isNull(guardedRollouts.endedAt))
    .orderBy(asc(guardedRollouts.createdAt), asc(guardedRollouts.id));
}

/** The live ones of these flags, in all environments. */
export async function listLiveOfFlags(
  database: Database,
  project: string,
  flags: readonly string[],
): Promise<GuardedRollout[]> {
  if (flags.length === 0) return [];
  return database
    .select()
    .from(guardedRollouts)
    .where(
      and(
        eq(guardedRollouts.project, project),
        inArray(guardedRollouts.flag, [...flags]),
        isNull(guardedRollouts.endedAt),
      ),
    );
}

/** The live ones of a place, by flag and environment. */
export async function listLiveIn(
  database: Database,
  { project, environment, flag }: HolderPlace,
): Promise<GuardedRollout[]> {
  const place = matching({ project, environment: environment ?? null, flag: flag ?? null, status: null });
  return database
    .select()
    .from(guardedRollouts)
    .where(and(place, isNull(guardedRollouts.endedAt)))
    .orderBy(asc(guardedRollouts.flag), asc(guardedRollouts.environment));
}

export interface RolloutCriteria {
  readonly project: string;
  readonly environment: string | null;
  readonly flag: string | null;
  readonly status: RolloutStatus | null;
}

/** One more than asked for, the newest first. */
export async function pageRollouts(
  database: Database,
  criteria: RolloutCriteria,
  { cursor, limit }: PageRequest,
): Promise<GuardedRollout[]> {
  return database
    .select()
    .from(guardedRollouts)
    .where(and(matching(criteria), before(cursor)))
    .orderBy(desc(guardedRollouts.createdAt), desc(guardedRollouts.id))
    .limit(limit + 1);
}

export async function countRollouts(database: Database, criteria: RolloutCriteria): Promise<number> {
  return database.$count(guardedRollouts, matching(criteria));
}

function matching({ project, environment, flag, status }: RolloutCriteria): SQL | undefined {
  return and(
    eq(guardedRollouts.project, project),
    environment === null ? undefined : eq(guardedRollouts.environment, environment),
    flag === null ? undefined : eq(guardedRollouts.flag, flag),
    status === null ? undefined : eq(guardedRollouts.status, status),
  );
}

function before(cursor: PageRequest["cursor"]): SQL | undefined {
  const [moment, id] = cursor ?? [];
  if (typeof moment !== "string" || typeof id !== "string" || !isUuid(id)) return undefined;
  const at = new Date(moment);
  if (Number.isNaN(at.getTime())) return undefined;
  const { createdAt } = guardedRollouts;
  return or(lt(createdAt, at), and(eq(createdAt, at), lt(guardedRollouts.id, id)));
}

/** Fails with a unique violation when the flag has a live one there. */
export async function insertRollout(
  tx: Transaction,
  rollout: Plan & Pick<GuardedRollout, "id" | "stepStartedAt" | "startedBy" | "offSince">,
): Promise<GuardedRollout> {
  const [row] = await tx
    .insert(guardedRollouts)
    .values({ ...rollout, status: "RUNNING" })
    .returning();
  if (row === undefined) throw new Error("An insert returned no row.");
  return row;
}

/** Writes what is given and raises the version. */
export async function saveRollout(
  tx: Transaction,
  { id }: Pick<GuardedRollout, "id">,
  course: Partial<Course>,
): Promise<GuardedRollout> {
  const [row] = await tx
    .update(guardedRollouts)
    .set({ ...course, version: sql`${guardedRollouts.version} + 1`, updatedAt: sql`now()` })
    .where(eq(guardedRollouts.id, id))
    .returning();
  if (row === undefined) throw new Error("A held row was not there to update.");
  return row;
}

/** Keeps what was seen of it, which is no change of it. */
export async function keepSeen(
  tx: Transaction,
  { id }: Pick<GuardedRollout, "id">,
  seen: Partial<Pick<GuardedRollout, "offSince" | "stepStartedAt">> & {
    readonly guardrails?: readonly Guardrail[];
  },
): Promise<void> {
  await tx.update(guardedRollouts).set(seen).where(eq(guardedRollouts.id, id));
}
