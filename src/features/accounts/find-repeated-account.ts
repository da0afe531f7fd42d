/** What a repeated change of a user, a session or an API key is answered: that one as it is now, a session as it was when it ended. */
import type { Database } from "../../platform/database/index.js";
import { isUuid } from "../../platform/input.js";
import { orGone, type Repetition } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import type { ApiKey } from "./api-key.js";
import { findManagedKey } from "./change-api-key.js";
import type { SessionInfo } from "./session.js";
import { findSession } from "./session.store.js";
import type { User } from "./user.js";
import { findUser, findUserByEmail } from "./user.store.js";

interface Tools {
  readonly database: Database;
}

/** Needs ADMIN of the whole server. Throws NOT_FOUND. */
export async function findRepeatedUser(
  { database }: Tools,
  caller: Caller,
  repetition: Repetition,
): Promise<User> {
  permit(caller, "user:read");
  const { change, input } = repetition;
  const byName = async () => findUserByEmail(database, input.email ?? "");
  return orGone(repetition, change === null ? byName() : findUser(database, change.subject));
}

/** Throws NOT_FOUND and FORBIDDEN. */
export async function findRepeatedApiKey(
  tools: Tools,
  caller: Caller,
  repetition: Repetition,
): Promise<ApiKey> {
  const { apiKey } = await orGone(repetition, findManagedKey(tools, caller, repetition.input.id ?? ""));
  return apiKey;
}

/** Whoever ended the session was shown it then. Throws NOT_FOUND. */
export async function findRepeatedSession(
  { database }: Tools,
  _caller: Caller,
  repetition: Repetition,
): Promise<SessionInfo> {
  const { id = "" } = repetition.input;
  return orGone(repetition, isUuid(id) ? findSession(database, id) : Promise.resolve(null));
}
