/** Turns what a client sends as its credential into who it is, without asking the database. */
import type { UnauthenticatedReason } from "../../platform/problems.js";
import type { Identity } from "../permissions/index.js";
import { hashApiKeySecret, isApiKeySecret } from "./api-key-secret.js";
import type { KnownKey } from "./directory.js";
import type { AccountTools } from "./tools.js";

export type AuthenticationTools = Pick<AccountTools, "now" | "accessTokens" | "directory" | "lastUse">;

/** `credential` is what follows `Bearer `, or X-API-Key. A bad one makes an anonymous caller who knows why; nothing is thrown. */
export async function authenticate(tools: AuthenticationTools, credential: string | null): Promise<Identity> {
  if (credential === null || credential === "") return anonymous("MISSING");
  if (isApiKeySecret(credential)) return byApiKey(tools, credential);
  const claims = await tools.accessTokens.verify(credential);
  return typeof claims === "string" ? anonymous(claims) : ofUser(tools, claims.userId, claims.sessionId);
}

function byApiKey(tools: AuthenticationTools, secret: string): Identity {
  const hash = hashApiKeySecret(secret);
  const identity = ofKey(tools, hash === null ? undefined : tools.directory.key(hash));
  if (identity.kind === "API_KEY") tools.lastUse.touch(identity.id);
  return identity;
}

function ofKey({ now }: AuthenticationTools, key: KnownKey | undefined): Identity {
  if (key === undefined) return anonymous("INVALID");
  if (key.revoked) return anonymous("REVOKED");
  return key.expiresAt <= now() ? anonymous("EXPIRED") : key.identity;
}

function ofUser({ directory }: AuthenticationTools, id: string, sessionId: string): Identity {
  const user = directory.user(id);
  if (user === undefined) return anonymous("INVALID");
  if (!user.active || directory.isRevoked(sessionId)) return anonymous("REVOKED");
  return { ...user.identity, sessionId };
}

function anonymous(reason: UnauthenticatedReason): Identity {
  return { kind: "ANONYMOUS", reason };
}
