/** Reading API keys, never their secrets. */
import type { Database } from "../../platform/database/index.js";
import { makePage, type Page, type PageArguments, readPage } from "../../platform/graphql/page.js";
import { isKey } from "../../platform/input.js";
import { notFound } from "../../platform/problems.js";
import { type Caller, isPermitted, permit } from "../permissions/index.js";
import type { ApiKey } from "./api-key.js";
import { type ApiKeyCriteria, countApiKeys, listApiKeys } from "./api-key.store.js";

export interface ApiKeyFilter {
  /** Project key; absent: all that the caller may see, and the keys of the whole server. */
  readonly project?: string | null | undefined;
  readonly environment?: string | null | undefined;
}

export interface ApiKeyListTools {
  readonly database: Database;
  /** Throws NOT_FOUND for a project that does not exist or that the caller may not see. */
  readonly findProject: (
    tools: { readonly database: Database },
    caller: Caller,
    key: string,
  ) => Promise<unknown>;
}

const listName = "apiKeys";

/** Keys by name, revoked and expired ones included. Needs MANAGER. Throws NOT_FOUND, FORBIDDEN and BAD_USER_INPUT. */
export async function apiKeys(
  tools: ApiKeyListTools,
  caller: Caller,
  { project, environment }: ApiKeyFilter,
  { first, after: from }: PageArguments,
): Promise<Page<ApiKey>> {
  const { database } = tools;
  const projects = visibleProjects(caller, project ?? null);
  if (typeof project === "string") await tools.findProject(tools, caller, project);
  if (typeof environment === "string" && !isKey(environment)) throw notFound("Environment", environment);
  const criteria: ApiKeyCriteria = { projects, environment: environment ?? null };
  const request = readPage(listName, 2, { first, after: from });
  const [name, id] = request.cursor ?? [];
  const after = request.cursor === null ? null : { name: String(name), id: String(id) };
  const rows = await listApiKeys(database, criteria, after, request.limit + 1);
  return makePage(
    listName,
    request,
    rows,
    (apiKey) => [apiKey.name, apiKey.id],
    (apiKey) => apiKey,
    async () => countApiKeys(database, criteria),
  );
}

/** The only projects that the list is about; null: all. Throws like `permit` for those who may read nowhere. */
function visibleProjects(caller: Caller, project: string | null): readonly string[] | null {
  if (project !== null) {
    permit(caller, "apiKey:read", { project });
    return [project];
  }
  if (isPermitted(caller, "apiKey:read")) return null;
  const { identity } = caller;
  const own = identity.kind === "USER" ? [...identity.projectRoles.keys()] : [];
  if (identity.kind === "API_KEY" && identity.project !== null) own.push(identity.project);
  const readable = own.filter((key) => isPermitted(caller, "apiKey:read", { project: key }));
  if (readable.length === 0) permit(caller, "apiKey:read");
  return readable;
}
