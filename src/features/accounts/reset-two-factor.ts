/** resetTwoFactor: an administrator turns it off for somebody who lost their phone and their recovery codes. */
import { Mistakes, reason } from "../../platform/input.js";
import { notFound } from "../../platform/problems.js";
import { checkVersion, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import type { UserRef } from "./change-user.js";
import { turnOffTwoFactor } from "./disable-two-factor.js";
import { endSessions } from "./end-sessions.js";
import type { AccountTools } from "./tools.js";
import type { User } from "./user.js";
import { lockUserByEmail } from "./user.store.js";

type ResetTools = Pick<AccountTools, "database" | "committed" | "now" | "security">;

/** Ends the user's sessions; for a user without a second factor nothing happens. Needs ADMIN of the whole server. Throws NOT_FOUND and CONFLICT. */
export async function resetTwoFactor(tools: ResetTools, caller: Caller, input: UserRef): Promise<User> {
  const proof = permit(caller, "user:manage");
  const mistakes = new Mistakes();
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  const { user, isChanged } = await write(tools, proof, async (tx, record) => {
    const found = await lockUserByEmail(tx, input.email);
    if (found === null) throw notFound("User", input.email);
    checkVersion("User", found.version, input.expectedVersion);
    if (!found.twoFactorEnabled) return { user: found, isChanged: false };
    const changed = await turnOffTwoFactor(tx, record, found.id, "user.two_factor_reset", why);
    await endSessions(tx, record, changed, { at: new Date(tools.now()) }, why);
    return { user: changed, isChanged: true };
  });
  if (isChanged) {
    tools.security.record({ kind: SecurityEventKind.TWO_FACTOR_RESET, caller, subject: user.email });
  }
  return user;
}
