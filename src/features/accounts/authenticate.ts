/** Turns what a client sends as its credential into who it is, without asking the database. */
import type { UnauthenticatedReason } from "../../platform/problems.js";
import type { Identity } from "../permissions/index.js";
import { hashApiKeySecret, isApiKeySecret } from "./api-key-secret.js";
import type { AccountTools } from "./tools.js";

export type AuthenticationTools = Pick<AccountTools, "now" | "accessTokens" | "directory" | "lastUse">;

/** `credential` is what follows `Bearer `, or X-API-Key. A bad one makes an anonymous caller who knows why; nothing is thrown. */
export async function authenticate(
  tools: AuthenticationTools,
  credential: string | null,
): Promise<Identity> {
  if (credential === null || credential === "") return anonymous("MISSING");
  return isApiKeySecret(credential) ? byApiKey(tools, credential) : byAccessToken(tools, credential);
}

function byApiKey({ directory, lastUse, now }: AuthenticationTools, secret: string): Identity {
  const hash = hashApiKeySecret(secret);
  const key = hash === null ? undefined : directory.key(hash);
  if (key === undefined) return anonymous("INVALID");
  if (key.revoked) return anonymous("REVOKED");
  if (key.expiresAt <= now()) return anonymous("EXPIRED");
  lastUse.touch(key.identity.id);
  return key.identity;
}

async function byAccessToken(
  { accessTokens, directory }: AuthenticationTools,
  token: string,
): Promise<Identity> {
  const claims = await accessTokens.verify(token);
  if (typeof claims === "string") return anonymous(claims);
  const user = directory.user(claims.userId);
  if (user === undefined) return anonymous("INVALID");
  if (!user.active || directory.isRevoked(claims.sessionId)) return anonymous("REVOKED");
  return { ...user.identity, sessionId: claims.sessionId };
}

function anonymous(reason: UnauthenticatedReason): Identity {
  return { kind: "ANONYMOUS", reason };
}
