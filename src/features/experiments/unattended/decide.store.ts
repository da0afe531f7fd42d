/** Statements on which alarms were raised before. */
import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../../../platform/database/index.js";
import { trialDecisions } from "../experiment.table.js";

/** The kinds of alarm that the decisions of a trial tell of. */
export async function listAlarms(database: Database, trial: string): Promise<ReadonlySet<string>> {
  const rows = await database
    .select({ kind: sql<string>`${trialDecisions.inputs} #>> '{decided,kind}'` })
    .from(trialDecisions)
    .where(and(eq(trialDecisions.trial, trial), eq(trialDecisions.action, "ALARM")));
  return new Set(rows.map(({ kind }) => kind));
}
