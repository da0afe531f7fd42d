/** login: e-mail address and password for a session. */
import { Problem } from "../../platform/problems.js";
import { note } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { openSession } from "./open-session.js";
import type { Session } from "./session.js";
import type { AccountTools } from "./tools.js";
import { findCredential, findUser, lockCredential, stampLogin } from "./user.store.js";

export interface Login {
  readonly email: string;
  readonly password: string;
  /** A code of the second factor; of no account without one. */
  readonly otp?: string | null | undefined;
}

type LoginTools = Pick<AccountTools, "database" | "now" | "passwords" | "accessTokens">;

/**
 * Open to everyone. Throws UNAUTHENTICATED (INVALID) in the same words and after the same time whether the user is unknown, inactive or
 * the password wrong; RATE_LIMITED when too many wait.
 */
export async function login(tools: LoginTools, caller: Caller, { email, password }: Login): Promise<Session> {
  const found = await findCredential(tools.database, email);
  const matches = await tools.passwords.verify(found?.passwordHash ?? null, password);
  if (found === null || !matches) throw refusal();
  return note(tools, async (tx) => {
    const current = await lockCredential(tx, found.userId);
    if (current === null || !current.active || current.passwordHash !== found.passwordHash) throw refusal();
    await stampLogin(tx, found.userId, new Date(tools.now()));
    const user = await findUser(tx, found.userId);
    if (user === null) throw refusal();
    return openSession(tools, tx, caller, user);
  });
}

function refusal(): Problem {
  return new Problem("UNAUTHENTICATED", "The e-mail address or the password is wrong.", {
    reason: "INVALID",
  });
}
