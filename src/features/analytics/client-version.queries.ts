/** Reading what asks with the API keys of a project. */
import { makePage, type Page, type PageArguments, readPage } from "../../platform/graphql/page.js";
import type { Caller } from "../permissions/index.js";
import { type AnalyticsQueryTools, readWhere, type WhereArguments } from "./analytics.queries.js";
import type { ClientVersion } from "./client-version.js";
import { countClients, listClients } from "./client-version.store.js";

const listName = "clients";

/** By name of the key, then by client and version. Needs VIEWER. Throws NOT_FOUND, FORBIDDEN and BAD_USER_INPUT. */
export async function clients(
  tools: AnalyticsQueryTools,
  caller: Caller,
  args: WhereArguments & PageArguments,
): Promise<Page<ClientVersion>> {
  const where = await readWhere(tools, caller, args);
  const { database } = tools;
  const request = readPage(listName, 4, { first: args.first, after: args.after });
  return makePage(
    listName,
    request,
    await listClients(database, where, request),
    ({ apiKey, client, version }) => [apiKey.name, apiKey.id, client, version],
    (row) => row,
    async () => countClients(database, where),
  );
}
