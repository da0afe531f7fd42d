/** Statements that read which keys were asked for and are no flags. */
import { and, count, eq, inArray, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../platform/database/index.js";
import type { PageRequest } from "../../platform/graphql/page.js";
import { apiKeyRows } from "../accounts/index.js";
import { flagRows } from "../flags/index.js";
import type { ApiKeyKind } from "../permissions/index.js";
import { unknownFlags } from "./analytics.table.js";
import type { UnknownFlag, UnknownFlagReason } from "./unknown-flag.js";
import type { Where } from "./where.js";

const order = sql`${unknownFlags.flag} collate "C", ${unknownFlags.environment} collate "C", ${unknownFlags.apiKeyId}::text collate "C"`;
const asking = sql`${apiKeyRows} as asking`;
const isAsking = sql`asking.id = ${unknownFlags.apiKeyId}`;
const flag = sql`${flagRows} as flag`;
const isFlag = sql`flag.project = ${unknownFlags.project} and flag.key = ${unknownFlags.flag}`;
const isNoFlag = sql`(flag.key is null or flag.archived or (asking.kind = 'CLIENT' and not flag.client_visible))`;

/** By key, environment and API key; one more than the page has, if there is one. Those that are flags by now are left out. */
export async function listUnknownFlags(
  database: Database,
  where: Where,
  { cursor, limit }: PageRequest,
): Promise<UnknownFlag[]> {
  const [key = "", environment = "", id = ""] = (cursor ?? []).map(String);
  const beyond = cursor === null ? undefined : sql`(${order}) > (${key}::text, ${environment}, ${id})`;
  const reason = sql<UnknownFlagReason>`case when flag.key is null then 'ABSENT' when flag.archived then 'ARCHIVED' else 'NOT_CLIENT_VISIBLE' end`;
  const rows = await database
    .select({
      asked: unknownFlags,
      reason,
      name: sql<string>`asking.name`,
      kind: sql<ApiKeyKind>`asking.kind`,
    })
    .from(unknownFlags)
    .innerJoin(asking, isAsking)
    .leftJoin(flag, isFlag)
    .where(and(fits(where), beyond))
    .orderBy(order)
    .limit(limit + 1);
  return rows.map(({ asked, reason: why, name, kind }) => ({
    ...{ project: asked.project, environment: asked.environment, key: asked.flag },
    apiKey: { id: asked.apiKeyId, name, kind },
    ...{ reason: why, count: asked.count, firstAt: asked.firstAt, lastAt: asked.lastAt },
  }));
}

export async function countUnknownFlags(database: Database, where: Where): Promise<number> {
  const [row] = await database
    .select({ total: count() })
    .from(unknownFlags)
    .innerJoin(asking, isAsking)
    .leftJoin(flag, isFlag)
    .where(fits(where));
  return row?.total ?? 0;
}

function fits({ project, environments }: Where): SQL | undefined {
  return and(
    ...[eq(unknownFlags.project, project), inArray(unknownFlags.environment, [...environments])],
    isNoFlag,
  );
}
