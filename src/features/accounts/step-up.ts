/** stepUp: a fresh code for what asks for one, such as a change in production. */
import { unauthenticated } from "../../platform/problems.js";
import { note } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import { continueSession } from "./open-session.js";
import type { Session } from "./session.js";
import type { AccountTools } from "./tools.js";
import { type CodeInput, stepUpLifeMs } from "./two-factor.js";
import { proveSecondFactor } from "./two-factor-code.js";
import { findUser } from "./user.store.js";

/** The session goes on with the tokens that are returned, which count as fresh for 15 minutes. Throws like `proveSecondFactor`. */
export async function stepUp(tools: AccountTools, caller: Caller, { code }: CodeInput): Promise<Session> {
  const self = await proveSecondFactor(tools, caller, code);
  const session = await note(tools, async (tx) => {
    const user = await findUser(tx, self.id);
    if (user === null) throw unauthenticated("REVOKED");
    const freshUntil = new Date(tools.now() + stepUpLifeMs);
    return continueSession(tools, tx, caller, user, self.sessionId, freshUntil);
  });
  tools.security.record({ kind: SecurityEventKind.STEPPED_UP, caller, subject: self.email });
  return session;
}
