/** Statements that add what was counted, and forget what is too old. */
import { inArray, lt, type SQL, sql } from "drizzle-orm";
import { rowsOf, type Transaction } from "../../platform/database/index.js";
import { apiKeyRows } from "../accounts/index.js";
import { environmentRows } from "../environments/index.js";
import { flagRows } from "../flags/index.js";
import { clientVersions, countedBatches, evaluationHours, unknownFlags } from "./analytics.table.js";
import {
  type ClientCount,
  type EvaluationCount,
  mostClients,
  mostUnknownFlags,
  type UnknownFlagCount,
} from "./counts.js";

/** Names a batch: the instance's own, numbered from 1. */
export interface BatchName {
  readonly instance: string;
  readonly number: number;
}

/**
 * False: the batch was counted before. A transaction that claimed the same batch and whose end nobody was told holds its row until it ends.
 * No statement of the transaction waits for as long as it takes PostgreSQL to look for a deadlock: it is never somebody else's change that is
 * sacrificed.
 */
export async function claimBatch(
  tx: Transaction,
  { instance, number }: BatchName,
  at: Date,
): Promise<boolean> {
  await tx.execute(sql`set local lock_timeout = '500ms'`);
  const claimed = await tx
    .insert(countedBatches)
    .values({ instance, number, at })
    .onConflictDoUpdate({
      target: countedBatches.instance,
      set: { number, at },
      setWhere: lt(countedBatches.number, number),
    })
    .returning({ number: countedBatches.number });
  return claimed.length > 0;
}

/** Adds to the hours of flags and environments that still exist. Rows are written in the order given. */
export async function addEvaluations(tx: Transaction, counts: readonly EvaluationCount[]): Promise<void> {
  const given = listed(
    counts.map(({ hour, lastAt, ...count }) => ({ ...count, hour: iso(hour), last: iso(lastAt) })),
    sql`project text, environment text, flag text, hour timestamptz, variant text, reason text, count int8, last timestamptz`,
  );
  await tx.execute(sql`
    insert into ${evaluationHours} as kept (project, environment, flag, hour, variant, reason, count, last_at)
    select given.project, given.environment, given.flag, given.hour, given.variant, given.reason, given.count, given.last
    from ${given}
    where ${flagExists} and ${environmentExists}
    order by given.place
    on conflict (project, environment, flag, hour, variant, reason)
    do update set count = kept.count + excluded.count, last_at = greatest(kept.last_at, excluded.last_at)`);
}

const flagExists = sql`exists (select from ${flagRows} as it where it.project = given.project and it.key = given.flag)`;
const environmentExists = sql`exists (select from ${environmentRows} as it where it.project = given.project and it.key = given.environment)`;
const apiKeyExists = sql`exists (select from ${apiKeyRows} as it where it.id = given.key)`;
const spans = sql`count = kept.count + excluded.count, first_at = least(kept.first_at, excluded.first_at), last_at = greatest(kept.last_at, excluded.last_at)`;

/** What is new is added as long as its API key has room for it. Gives how many rows found none, or nothing to belong to. */
export async function addUnknownFlags(tx: Transaction, counts: readonly UnknownFlagCount[]): Promise<number> {
  const given = listed(
    counts.map(({ apiKeyId, firstAt, lastAt, ...count }) => ({
      ...{ ...count, key: apiKeyId, first: iso(firstAt), last: iso(lastAt) },
    })),
    sql`project text, environment text, flag text, key uuid, count int8, first timestamptz, last timestamptz`,
  );
  const isKnown = sql`exists (select from ${unknownFlags} known where known.project = given.project and known.environment = given.environment
    and known.flag = given.flag and known.api_key_id = given.key)`;
  const result = await tx.execute(sql`
    with given as (select * from ${given}), taken as (
      select project, environment, key, (select count(*) from ${unknownFlags} known
        where known.project = asking.project and known.environment = asking.environment and known.api_key_id = asking.key) as rows
      from (select distinct project, environment, key from given) as asking
    )
    insert into ${unknownFlags} as kept (project, environment, flag, api_key_id, count, first_at, last_at)
    select project, environment, flag, key, count, first, last from (
      select given.*, ${isKnown} as known, taken.rows + row_number() over (
        partition by given.project, given.environment, given.key, ${isKnown} order by given.place) as nth
      from given join taken using (project, environment, key)
      where ${environmentExists} and ${apiKeyExists}
    ) as candidates
    where known or nth <= ${mostUnknownFlags}
    order by place
    on conflict (project, environment, flag, api_key_id) do update set ${spans}
    returning 1`);
  return counts.length - rowsOf(result).length;
}

/** Gives how many rows had nothing to belong to, or gave way. */
export async function addClients(tx: Transaction, counts: readonly ClientCount[]): Promise<number> {
  const given = listed(
    counts.map(({ apiKeyId, firstAt, lastAt, ...count }) => ({
      ...{ ...count, key: apiKeyId, first: iso(firstAt), last: iso(lastAt) },
    })),
    sql`key uuid, client text, version text, count int8, first timestamptz, last timestamptz`,
  );
  const result = await tx.execute(sql`
    insert into ${clientVersions} as kept (api_key_id, client, version, count, first_at, last_at)
    select key, client, version, count, first, last from ${given} where ${apiKeyExists} order by place
    on conflict (api_key_id, client, version) do update set ${spans}
    returning 1`);
  const forgotten = await forgetClients(tx, [...new Set(counts.map(({ apiKeyId }) => apiKeyId))]);
  return counts.length - rowsOf(result).length + forgotten;
}

/**
 * Of the clients of these keys the first by either order stay, by how often and by how lately they asked. Rows that another instance is writing
 * are left to it.
 */
async function forgetClients(tx: Transaction, apiKeyIds: readonly string[]): Promise<number> {
  const own = sql`partition by api_key_id order by`;
  const result = await tx.execute(sql`
    with ranked as (
      select api_key_id, client, version, row_number() over (${own} count desc, last_at desc, client, version) as by_count,
        row_number() over (${own} last_at desc, count desc, client, version) as by_time
      from ${clientVersions} where ${inArray(clientVersions.apiKeyId, [...apiKeyIds])}
    ), placed as (
      select api_key_id, client, version, row_number() over (${own} least(by_count, by_time), by_time) as nth from ranked
    )
    delete from ${clientVersions} where (api_key_id, client, version) in (
      select it.api_key_id, it.client, it.version from ${clientVersions} as it join placed using (api_key_id, client, version)
      where nth > ${mostClients} for update of it skip locked
    ) returning 1`);
  return rowsOf(result).length;
}

/** Rows as a table called `given`; `place` is where each of them stands in the list. */
function listed(rows: readonly object[], columns: SQL): SQL {
  const text = JSON.stringify(rows.map((row, place) => ({ ...row, place })));
  return sql`json_to_recordset(${text}::text::json) as given(${columns}, place int4)`;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}

/** The oldest hours that began before then, at most `limit` rows. Gives how many there were. */
export async function deleteEvaluationHours(tx: Transaction, before: Date, limit: number): Promise<number> {
  const { project, environment, flag, hour, variant, reason } = evaluationHours;
  const oldest = sql`(select ${project}, ${environment}, ${flag}, ${hour}, ${variant}, ${reason} from ${evaluationHours}
    where ${hour} < ${before.toISOString()} order by ${hour} limit ${limit})`;
  const result = await tx.execute(
    sql`delete from ${evaluationHours} where (${project}, ${environment}, ${flag}, ${hour}, ${variant}, ${reason}) in ${oldest} returning 1`,
  );
  return rowsOf(result).length;
}

/** Keys and clients that were not seen since then. */
export async function deleteUnseen(tx: Transaction, since: Date): Promise<void> {
  await tx.delete(unknownFlags).where(lt(unknownFlags.lastAt, since));
  await tx.delete(clientVersions).where(lt(clientVersions.lastAt, since));
}

/** The batches of instances that have handed none in since then. */
export async function deleteBatches(tx: Transaction, since: Date): Promise<void> {
  await tx.delete(countedBatches).where(lt(countedBatches.at, since));
}
