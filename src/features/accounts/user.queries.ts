/** Reading users: oneself, and all of them. */
import type { Database } from "../../platform/database/index.js";
import { makePage, type Page, type PageArguments, readPage } from "../../platform/graphql/page.js";
import { Mistakes, search as readSearch } from "../../platform/input.js";
import { unauthenticated } from "../../platform/problems.js";
import { type Caller, permit } from "../permissions/index.js";
import type { User } from "./user.js";
import { countUsers, findUser, listUsers } from "./user.store.js";

interface Tools {
  readonly database: Database;
}

const listName = "users";

/** The signed-in user; null for API keys. Throws UNAUTHENTICATED. */
export async function me({ database }: Tools, { identity }: Caller): Promise<User | null> {
  if (identity.kind === "ANONYMOUS") throw unauthenticated(identity.reason);
  return identity.kind === "USER" ? findUser(database, identity.id) : null;
}

/** Users by e-mail address. Needs ADMIN of the whole server. Throws BAD_USER_INPUT. */
export async function users(
  { database }: Tools,
  caller: Caller,
  text: string | null | undefined,
  { first, after: from }: PageArguments,
): Promise<Page<User>> {
  permit(caller, "user:read");
  const mistakes = new Mistakes();
  const search = readSearch("search", text, mistakes);
  mistakes.throwIfAny();
  const request = readPage(listName, 1, { first, after: from });
  const after = request.cursor === null ? null : String(request.cursor[0]);
  const rows = await listUsers(database, { search }, after, request.limit + 1);
  return makePage(
    listName,
    request,
    rows,
    (user) => [user.email],
    (user) => user,
    async () => countUsers(database, { search }),
  );
}
