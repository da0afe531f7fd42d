/** Turns what a client sends as its credential into who it is, without asking the database. */
import type { StrangerReason } from "../../platform/problems.js";
import {
  type Identity,
  isEvaluationKey,
  type SecondFactor,
  type UserIdentity,
} from "../permissions/index.js";
import type { VerifiedClaims } from "./access-token.js";
import { hashApiKeySecret, isApiKeySecret } from "./api-key-secret.js";
import type { KnownKey, KnownUser } from "./directory.js";
import type { AccountTools } from "./tools.js";

export type AuthenticationTools = Pick<
  AccountTools,
  "now" | "accessTokens" | "directory" | "lastUse" | "settings" | "isCutOff"
>;

/** `credential` is what follows `Bearer `, or X-API-Key. A bad one makes an anonymous caller who knows why; nothing is thrown. */
export async function authenticate(tools: AuthenticationTools, credential: string | null): Promise<Identity> {
  if (credential === null || credential === "") return anonymous("MISSING");
  if (isApiKeySecret(credential)) return byApiKey(tools, credential);
  const claims = await tools.accessTokens.verify(credential);
  return typeof claims === "string" ? anonymous(claims) : ofUser(tools, claims);
}

function byApiKey(tools: AuthenticationTools, secret: string): Identity {
  const hash = hashApiKeySecret(secret);
  const identity = ofKey(tools, hash === null ? undefined : tools.directory.key(hash));
  if (identity.kind === "API_KEY") tools.lastUse.touch(identity.id);
  return identity;
}

function ofKey({ now, isCutOff }: AuthenticationTools, key: KnownKey | undefined): Identity {
  if (key === undefined) return anonymous(isCutOff() ? "UNVERIFIED" : "INVALID");
  if (key.revoked) return anonymous("REVOKED");
  if (key.expiresAt <= now()) return anonymous("EXPIRED");
  return isCutOff() && !isEvaluationKey(key.identity) ? anonymous("UNVERIFIED") : key.identity;
}

function ofUser(tools: AuthenticationTools, claims: VerifiedClaims): Identity {
  const { directory, isCutOff } = tools;
  const { userId, sessionId, expiresAt } = claims;
  const user = directory.user(userId);
  if (user !== undefined && (!user.active || directory.isRevoked(sessionId))) return anonymous("REVOKED");
  if (isCutOff()) return anonymous("UNVERIFIED");
  if (user === undefined) return anonymous("INVALID");
  const steppedUpUntil = (claims.steppedUpUntil ?? 0) * 1_000;
  const secondFactor = secondFactorOf(tools, user, steppedUpUntil);
  return { ...user.identity, sessionId, expiresAt, steppedUpUntil, secondFactor };
}

/** How a user stands with the second factor, now. `steppedUpUntil` is epoch milliseconds. */
export function secondFactorOf(
  { now, settings }: Pick<AccountTools, "now" | "settings">,
  { twoFactorEnabled }: Pick<KnownUser, "twoFactorEnabled">,
  steppedUpUntil: UserIdentity["steppedUpUntil"],
): SecondFactor {
  if (!twoFactorEnabled) return settings.current().requireTwoFactor ? "MISSING" : "NONE";
  return steppedUpUntil > now() ? "FRESH" : "STALE";
}

function anonymous(reason: StrangerReason): Identity {
  return { kind: "ANONYMOUS", reason };
}
