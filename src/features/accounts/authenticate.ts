/** Turns what a client sends as its credential into who it is, without asking the database. */
import type { StrangerReason } from "../../platform/problems.js";
import { type Identity, isEvaluationKey, type SecondFactor } from "../permissions/index.js";
import type { VerifiedClaims } from "./access-token.js";
import { hashApiKeySecret, isApiKeySecret } from "./api-key-secret.js";
import type { KnownKey, KnownUser } from "./known.js";
import type { AccountTools } from "./tools.js";

/** What says how somebody stands now; memory, all of it. */
export type StandingTools = Pick<AccountTools, "now" | "directory" | "settings" | "isCutOff">;

type AuthenticationTools = StandingTools & Pick<AccountTools, "accessTokens" | "lastUse">;

/** `credential` is what follows `Bearer `, or X-API-Key. A bad one makes an anonymous caller who knows why; nothing is thrown. */
export async function authenticate(tools: AuthenticationTools, credential: string | null): Promise<Identity> {
  if (credential === null || credential === "") return anonymous("MISSING");
  if (isApiKeySecret(credential)) return byApiKey(tools, credential);
  const claims = await tools.accessTokens.verify(credential);
  return typeof claims === "string" ? anonymous(claims) : identityOfUser(tools, claims);
}

function byApiKey(tools: AuthenticationTools, secret: string): Identity {
  const hash = hashApiKeySecret(secret);
  const key = hash === null ? undefined : tools.directory.key(hash);
  if (key === undefined) return anonymous(tools.isCutOff() ? "UNVERIFIED" : "INVALID");
  const identity = identityOfKey(tools, key);
  if (identity.kind === "API_KEY") tools.lastUse.touch(identity.id);
  return identity;
}

/** Whom a key that is known lets in, now. */
export function identityOfKey({ now, isCutOff }: StandingTools, key: KnownKey): Identity {
  if (key.revoked) return anonymous("REVOKED");
  if (key.expiresAt <= now()) return anonymous("EXPIRED");
  return isCutOff() && !isEvaluationKey(key.identity) ? anonymous("UNVERIFIED") : key.identity;
}

/** Whom an access token that says this lets in, now. */
export function identityOfUser(tools: StandingTools, claims: VerifiedClaims): Identity {
  const { directory, now, isCutOff } = tools;
  const { userId, sessionId, expiresAt, steppedUpUntil } = claims;
  const user = directory.user(userId);
  if (user !== undefined && (!user.active || directory.isRevoked(sessionId))) return anonymous("REVOKED");
  if (expiresAt <= now()) return anonymous("EXPIRED");
  if (isCutOff()) return anonymous("UNVERIFIED");
  if (user === undefined) return anonymous("INVALID");
  const secondFactor = secondFactorOf(tools, user, steppedUpUntil);
  return { ...user.identity, sessionId, expiresAt, steppedUpUntil, secondFactor };
}

/** `steppedUpUntil` is epoch milliseconds. */
function secondFactorOf(
  { now, settings }: StandingTools,
  { twoFactorEnabled }: KnownUser,
  steppedUpUntil: number,
): SecondFactor {
  if (!twoFactorEnabled) return settings.current().requireTwoFactor ? "MISSING" : "NONE";
  return steppedUpUntil > now() ? "FRESH" : "STALE";
}

export function anonymous(reason: StrangerReason): Identity {
  return { kind: "ANONYMOUS", reason };
}
