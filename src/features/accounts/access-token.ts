/** Access tokens: short-lived signed statements of who is signed in, checked without asking the database. */
import { errors, jwtVerify, SignJWT } from "jose";
import { deriveKey } from "../../platform/derive-key.js";

export interface AccessClaims {
  readonly userId: string;
  readonly sessionId: string;
  /** Until when the second factor counts as fresh, epoch milliseconds, of which a token keeps whole seconds; 0, as when absent: it does not. */
  readonly steppedUpUntil?: number;
}

export interface AccessTokens {
  sign(claims: AccessClaims): Promise<{ readonly token: string; readonly expiresAt: Date }>;
  /** What the token says, or why it says nothing. Whether the session still stands is for the directory to say. */
  verify(token: string): Promise<VerifiedClaims | "EXPIRED" | "INVALID">;
}

export interface VerifiedClaims extends Required<AccessClaims> {
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

export const accessTokenLifeMs = 600_000; // 10 minutes
const algorithm = "HS256";
const type = "at+jwt"; // RFC 9068
const issuer = "halyard";
const audience = "halyard";

/**
 * Signs with the first secret key and verifies with all. A key is known by a fingerprint (`kid`), so that one put before it changes nothing.
 * `secretKeys` must not be empty; `now` is epoch milliseconds.
 */
export function createAccessTokens(secretKeys: readonly string[], now: () => number): AccessTokens {
  const keys: Keys = new Map(
    secretKeys.map((secret) => [fingerprint(secret), deriveKey(secret, "access tokens")]),
  );
  const [newest] = keys;
  if (newest === undefined) throw new Error("There is no secret key to sign with.");
  return {
    sign: async (claims) => sign(newest, claims, now()),
    verify: async (token) => verify(keys, token, now()),
  };
}

/** Key id → key. */
type Keys = ReadonlyMap<string, Uint8Array>;

async function sign(
  [kid, key]: readonly [kid: string, key: Uint8Array],
  { userId, sessionId, steppedUpUntil = 0 }: AccessClaims,
  now: number,
): Promise<{ readonly token: string; readonly expiresAt: Date }> {
  const issuedAt = Math.floor(now / 1_000);
  const expires = issuedAt + accessTokenLifeMs / 1_000;
  const steppedUp = steppedUpUntil === 0 ? {} : { sup: Math.floor(steppedUpUntil / 1_000) };
  const token = await new SignJWT({ sid: sessionId, ...steppedUp })
    .setProtectedHeader({ alg: algorithm, typ: type, kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(expires)
    .sign(key);
  return { token, expiresAt: new Date(expires * 1_000) };
}

async function verify(
  keys: Keys,
  token: string,
  now: number,
): Promise<VerifiedClaims | "EXPIRED" | "INVALID"> {
  const keyOf = ({ kid = "" }: { readonly kid?: string }): Uint8Array => {
    const found = keys.get(kid);
    if (found === undefined) throw new errors.JWKSNoMatchingKey();
    return found;
  };
  try {
    const { payload } = await jwtVerify(token, keyOf, {
      algorithms: [algorithm],
      typ: type,
      issuer,
      audience,
      requiredClaims: ["exp", "sub", "sid"],
      currentDate: new Date(now),
    });
    const { sub, sid, sup, exp } = payload;
    if (typeof sub !== "string" || typeof sid !== "string" || exp === undefined) return "INVALID";
    const steppedUpUntil = typeof sup === "number" ? sup * 1_000 : 0;
    return { userId: sub, sessionId: sid, expiresAt: exp * 1_000, steppedUpUntil };
  } catch (error) {
    if (error instanceof errors.JWTExpired) return "EXPIRED";
    if (error instanceof errors.JOSEError) return "INVALID";
    throw error;
  }
}

function fingerprint(secretKey: string): string {
  return deriveKey(secretKey, "key id").subarray(0, 6).toString("base64url");
}
