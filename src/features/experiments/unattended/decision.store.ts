/** Statements on what was decided of trials by itself. */
import { randomUUID } from "node:crypto";
import { and, desc, eq, lt, or, type SQL, sql } from "drizzle-orm";
import type { Database, Transaction } from "../../../platform/database/index.js";
import type { PageRequest } from "../../../platform/graphql/page.js";
import { isUuid } from "../../../platform/input.js";
import { addHappenings } from "../../happenings/index.js";
import type { Decision, NewDecision } from "../experiment.js";
import { trialDecisions } from "../experiment.table.js";

/** To be called in the transaction that does what was decided, after everything else: it is kept to be passed on, too. `environment`: where, by key. */
export async function insertDecision(
  tx: Transaction,
  environment: string,
  decision: NewDecision,
): Promise<void> {
  const { project, trial, action, summary, at } = decision;
  const id = randomUUID();
  await tx.insert(trialDecisions).values({ ...decision, id });
  const details = { kind: "DECISION", decision: id, trial, action } as const;
  await addHappenings(tx, [{ at, project, environment, details, summary }]);
}

/** One more than asked for, newest first. */
export async function listDecisions(
  database: Database,
  trial: string,
  { cursor, limit }: PageRequest,
): Promise<Decision[]> {
  return database
    .select()
    .from(trialDecisions)
    .where(and(eq(trialDecisions.trial, trial), before(cursor)))
    .orderBy(desc(trialDecisions.at), desc(trialDecisions.id))
    .limit(limit + 1);
}

export async function countDecisions(database: Database, trial: string): Promise<number> {
  return database.$count(trialDecisions, eq(trialDecisions.trial, trial));
}

/** The kinds of alarm that the decisions of a trial tell of. */
export async function listAlarms(database: Database, trial: string): Promise<ReadonlySet<string>> {
  const rows = await database
    .select({ kind: sql<string>`${trialDecisions.inputs} #>> '{decided,kind}'` })
    .from(trialDecisions)
    .where(and(eq(trialDecisions.trial, trial), eq(trialDecisions.action, "ALARM")));
  return new Set(rows.map(({ kind }) => kind));
}

function before(cursor: PageRequest["cursor"]): SQL | undefined {
  const [moment, id] = cursor ?? [];
  if (typeof moment !== "string" || typeof id !== "string" || !isUuid(id)) return undefined;
  const at = new Date(moment);
  if (Number.isNaN(at.getTime())) return undefined;
  return or(lt(trialDecisions.at, at), and(eq(trialDecisions.at, at), lt(trialDecisions.id, id)));
}
