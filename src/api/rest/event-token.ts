/** What the addresses of event streams carry in the place of a credential, because browsers send no headers with them. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { PlaceKeys } from "../../features/delivery/index.js";
import type { Identity } from "../../features/permissions/index.js";
import { deriveKey } from "../../platform/derive-key.js";

/** Who may listen where: as it was when the token was made, so that it must be recognised before it counts. */
export interface EventTicket {
  readonly identity: Identity;
  readonly place: PlaceKeys;
}

export interface EventTokens {
  /** The same text for as long as possible, so that answers which carry it stay equal; null for those who come by no credential. */
  readonly issue: (identity: Identity, place: PlaceKeys) => string | null;
  readonly read: (token: string) => EventTicket | "EXPIRED" | "INVALID";
  /** Marks a state as this server's own. */
  readonly seal: (state: string) => string;
  /** The state, if it is this server's own. */
  readonly unseal: (sealed: string) => string | null;
}

/** User: id, session, end of the access token. Key: id. Then project, environment, end of the token; epoch milliseconds. */
type Claims =
  | readonly ["USER", string, string, number, string, string, number]
  | readonly ["API_KEY", string, string, string, number];

/** A token is good until the end of the window after the one it was made in: whoever finds theirs unchanged has at least one window. */
const windowMs = 12 * 3_600_000;
const tokenMacBytes = 18;
const stateMacBytes = 9;

/** The first secret key seals, all are accepted. `now`: epoch milliseconds. */
export function createEventTokens(secretKeys: readonly string[], now: () => number): EventTokens {
  const tokens = new Seal(secretKeys, "event tokens", tokenMacBytes);
  const states = new Seal(secretKeys, "event states", stateMacBytes);
  return {
    issue: (identity, place) => {
      const claims = claimsOf(identity, place, (Math.floor(now() / windowMs) + 2) * windowMs);
      return claims && tokens.close(Buffer.from(JSON.stringify(claims)).toString("base64url"));
    },
    read: (token) => {
      const written = tokens.open(token);
      if (written === null) return "INVALID";
      const claims = JSON.parse(Buffer.from(written, "base64url").toString()) as Claims;
      return now() < endOf(claims) ? ticketOf(claims) : "EXPIRED";
    },
    seal: (state) => states.close(state),
    unseal: (sealed) => states.open(sealed),
  };
}

function claimsOf(identity: Identity, { project, environment }: PlaceKeys, end: number): Claims | null {
  if (identity.kind === "API_KEY") return ["API_KEY", identity.id, project, environment, end];
  if (identity.kind !== "USER") return null;
  const { id, sessionId, expiresAt } = identity;
  return ["USER", id, sessionId, expiresAt, project, environment, Math.min(end, expiresAt)];
}

function endOf(claims: Claims): number {
  return claims[0] === "USER" ? claims[6] : claims[4];
}

function ticketOf(claims: Claims): EventTicket {
  if (claims[0] === "USER") {
    const [kind, id, sessionId, expiresAt, project, environment] = claims;
    const identity = { kind, id, sessionId, expiresAt, ...strangerYet } as const;
    return { identity, place: { project, environment } };
  }
  const [kind, id, project, environment] = claims;
  const identity = { kind, id, name: "", keyKind: "CLIENT", project, environment, role: null } as const;
  return { identity, place: { project, environment } };
}

const strangerYet = {
  email: "",
  role: null,
  projectRoles: new Map<string, never>(),
  steppedUpUntil: 0,
  secondFactor: "MISSING",
} as const;

/** `text.mac`: HMAC-SHA-256, cut to so many bytes (RFC 2104, 5), by a key that serves nothing else. */
class Seal {
  readonly #keys: readonly Buffer[];

  constructor(
    secretKeys: readonly string[],
    purpose: string,
    private readonly macBytes: number,
  ) {
    this.#keys = secretKeys.map((secret) => deriveKey(secret, purpose));
  }

  close(text: string): string {
    const [newest] = this.#keys;
    if (newest === undefined) throw new Error("There is no secret key to seal with.");
    return `${text}.${this.#mac(newest, text)}`;
  }

  open(sealed: string): string | null {
    const end = Math.max(sealed.lastIndexOf("."), 0);
    const text = sealed.slice(0, end);
    const mac = sealed.slice(end + 1);
    return this.#keys.some((key) => isSame(mac, this.#mac(key, text))) ? text : null;
  }

  #mac(key: Buffer, text: string): string {
    return createHmac("sha256", key).update(text).digest().subarray(0, this.macBytes).toString("base64url");
  }
}

/** In constant time, for texts of one length. */
function isSame(a: string, b: string): boolean {
  const [first, second] = [Buffer.from(a), Buffer.from(b)];
  return first.length === second.length && timingSafeEqual(first, second);
}
