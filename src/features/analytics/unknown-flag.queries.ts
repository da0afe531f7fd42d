/** Reading which keys are asked for and are no flags. */
import { makePage, type Page, type PageArguments, readPage } from "../../platform/graphql/page.js";
import type { Caller } from "../permissions/index.js";
import { type AnalyticsQueryTools, readWhere, type WhereArguments } from "./analytics.queries.js";
import type { UnknownFlag } from "./unknown-flag.js";
import { countUnknownFlags, listUnknownFlags } from "./unknown-flag.store.js";

const listName = "unknownFlags";

/** By key, then by environment and API key. Needs VIEWER. Throws NOT_FOUND, FORBIDDEN and BAD_USER_INPUT. */
export async function unknownFlags(
  tools: AnalyticsQueryTools,
  caller: Caller,
  args: WhereArguments & PageArguments,
): Promise<Page<UnknownFlag>> {
  const where = await readWhere(tools, caller, args);
  const { database } = tools;
  const request = readPage(listName, 3, { first: args.first, after: args.after });
  return makePage(
    listName,
    request,
    await listUnknownFlags(database, where, request),
    ({ key, environment, apiKey }) => [key, environment, apiKey.id],
    (row) => row,
    async () => countUnknownFlags(database, where),
  );
}
