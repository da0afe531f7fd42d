/** refresh: a refresh token, once, for the next tokens of its session. */
import type { Transaction } from "../../platform/database/index.js";
import { unauthenticated, type UnauthenticatedReason } from "../../platform/problems.js";
import { note } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { continueSession } from "./open-session.js";
import { hashRefreshToken } from "./refresh-token.js";
import type { Session } from "./session.js";
import { lockSessionOfToken, useRefreshToken } from "./session.store.js";
import type { AccountTools } from "./tools.js";
import { findUser } from "./user.store.js";

export interface Refresh {
  readonly refreshToken: string;
}

type RefreshTools = Pick<AccountTools, "database" | "now" | "accessTokens">;

/** Open to everyone. Throws UNAUTHENTICATED: INVALID, EXPIRED, or REVOKED for a token that was used before or whose session has ended. */
export async function refresh(
  tools: RefreshTools,
  caller: Caller,
  { refreshToken }: Refresh,
): Promise<Session> {
  const outcome = await note(tools, async (tx) =>
    exchange(tools, tx, caller, hashRefreshToken(refreshToken)),
  );
  if (typeof outcome === "string") throw unauthenticated(outcome);
  return outcome;
}

/** A refusal is returned, not thrown, so that a token stays used up. */
async function exchange(
  tools: RefreshTools,
  tx: Transaction,
  caller: Caller,
  hash: string,
): Promise<Session | UnauthenticatedReason> {
  const now = new Date(tools.now());
  const session = await lockSessionOfToken(tx, hash);
  if (session === null) return "INVALID";
  const expiresAt = await useRefreshToken(tx, hash, now);
  if (expiresAt === null || session.revokedAt !== null) return "REVOKED";
  if (expiresAt <= now) return "EXPIRED";
  const user = await findUser(tx, session.userId);
  return user?.active === true ? continueSession(tools, tx, caller, user, session.id) : "REVOKED";
}
