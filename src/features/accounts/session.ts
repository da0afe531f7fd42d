/** What a sign-in gives, and who is signed in. */
import { forbidden, unauthenticated } from "../../platform/problems.js";
import type { Caller, UserIdentity } from "../permissions/index.js";
import type { User } from "./user.js";

/** What a client keeps of a sign-in. */
export interface Session {
  readonly accessToken: string;
  /** Good for one `refresh`. */
  readonly refreshToken: string;
  /** When the access token expires. */
  readonly expiresAt: Date;
  readonly user: User;
}

/** A session that has not ended, as it is listed. */
export interface SessionInfo {
  readonly id: string;
  /** Of the sign-in. */
  readonly createdAt: Date;
  /** Of the sign-in or the last refresh, as are the address and the browser. */
  readonly lastUsedAt: Date;
  readonly expiresAt: Date;
  readonly ip: string | null;
  readonly userAgent: string | null;
}

/** How long somebody who does not come back stays signed in. */
export const sessionLifeMs = 30 * 24 * 3_600_000; // 30 days

/** The signed-in user. Throws UNAUTHENTICATED for strangers, FORBIDDEN for whoever else has no session. */
export function signedInUser({ identity }: Caller): UserIdentity {
  if (identity.kind === "USER") return identity;
  if (identity.kind === "ANONYMOUS") throw unauthenticated(identity.reason);
  throw forbidden("This is for signed-in users.");
}
