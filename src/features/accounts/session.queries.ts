/** Reading the sessions that are open: one's own, and those of others. */
import { makePage, type Page, type PageArguments, readPage } from "../../platform/graphql/page.js";
import { notFound } from "../../platform/problems.js";
import { type Caller, permit } from "../permissions/index.js";
import { type SessionInfo, signedInUser } from "./session.js";
import { countOpenSessions, listOpenSessions } from "./session.store.js";
import type { AccountTools } from "./tools.js";
import { findUserByEmail } from "./user.store.js";

type SessionsTools = Pick<AccountTools, "database" | "now">;

const listName = "sessions";

/**
 * Sessions that have not ended, newest sign-in first: the caller's own, or those of the user with that address, for which it needs ADMIN of the
 * whole server. Throws UNAUTHENTICATED, FORBIDDEN (also for API keys that name nobody), NOT_FOUND for the user, and BAD_USER_INPUT.
 */
export async function sessions(
  tools: SessionsTools,
  caller: Caller,
  email: string | null | undefined,
  { first, after: from }: PageArguments,
): Promise<Page<SessionInfo>> {
  const { database, now } = tools;
  const userId =
    email === null || email === undefined ? signedInUser(caller).id : await idOf(tools, caller, email);
  const request = readPage(listName, 2, { first, after: from });
  const [createdAt, id] = request.cursor ?? [];
  const after = request.cursor === null ? null : { createdAt: Number(createdAt), id: String(id) };
  const open = { userId, at: new Date(now()) };
  const rows = await listOpenSessions(database, open, after, request.limit + 1);
  return makePage(
    listName,
    request,
    rows,
    (session) => [session.createdAt.getTime(), session.id],
    (session) => session,
    async () => countOpenSessions(database, open),
  );
}

async function idOf({ database }: SessionsTools, caller: Caller, email: string): Promise<string> {
  permit(caller, "user:read");
  const user = await findUserByEmail(database, email);
  if (user === null) throw notFound("User", email);
  return user.id;
}
