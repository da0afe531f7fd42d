/** Statements that read what asks with API keys. */
import { and, count, inArray, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../platform/database/index.js";
import type { PageRequest } from "../../platform/graphql/page.js";
import { apiKeyRows } from "../accounts/index.js";
import type { ApiKeyKind } from "../permissions/index.js";
import { clientVersions } from "./analytics.table.js";
import type { ClientVersion } from "./client-version.js";
import type { Where } from "./where.js";

const columns = {
  seen: clientVersions,
  name: sql<string>`asking.name`.as("name"),
  kind: sql<ApiKeyKind>`asking.kind`.as("kind"),
};

const asking = sql`${apiKeyRows} as asking`;
const isAsking = sql`asking.id = ${clientVersions.apiKeyId}`;

/** By name of the key, its id, client and version; on every database in the same order. */
const order = sql`lower(asking.name) collate "C", ${clientVersions.apiKeyId}::text collate "C", ${clientVersions.client} collate "C", ${clientVersions.version} collate "C"`;

/** With the keys of these environments; one more than the page has, if there is one. */
export async function listClients(
  database: Database,
  where: Where,
  { cursor, limit }: PageRequest,
): Promise<ClientVersion[]> {
  const [name = "", id = "", client = "", version = ""] = (cursor ?? []).map(String);
  const beyond =
    cursor === null ? undefined : sql`(${order}) > (lower(${name}::text), ${id}, ${client}, ${version})`;
  const rows = await database
    .select(columns)
    .from(clientVersions)
    .innerJoin(asking, isAsking)
    .where(and(fits(where), beyond))
    .orderBy(order)
    .limit(limit + 1);
  return rows.map(toClientVersion);
}

export async function countClients(database: Database, where: Where): Promise<number> {
  const [row] = await database
    .select({ total: count() })
    .from(clientVersions)
    .innerJoin(asking, isAsking)
    .where(fits(where));
  return row?.total ?? 0;
}

/** With these keys, by client and version. */
export async function listClientsOf(database: Database, ids: readonly string[]): Promise<ClientVersion[]> {
  const rows = await database
    .select(columns)
    .from(clientVersions)
    .innerJoin(asking, isAsking)
    .where(inArray(clientVersions.apiKeyId, [...ids]))
    .orderBy(order);
  return rows.map(toClientVersion);
}

function fits({ project, environments }: Where): SQL | undefined {
  return and(sql`asking.project = ${project}`, inArray(sql`asking.environment`, [...environments]));
}

interface Row {
  readonly seen: typeof clientVersions.$inferSelect;
  readonly name: string;
  readonly kind: ApiKeyKind;
}

function toClientVersion({ seen, name, kind }: Row): ClientVersion {
  const { apiKeyId: id, ...rest } = seen;
  return { apiKey: { id, name, kind }, ...rest };
}
