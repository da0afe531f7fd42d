/** Who asks: every entrance turns its credential into one of these before a use case sees it. */
import type { StrangerReason } from "../../platform/problems.js";

export const Role = { VIEWER: "VIEWER", DEVELOPER: "DEVELOPER", MANAGER: "MANAGER", ADMIN: "ADMIN" } as const;
export type Role = (typeof Role)[keyof typeof Role];

export const ApiKeyKind = { CLIENT: "CLIENT", SERVER: "SERVER", MANAGEMENT: "MANAGEMENT" } as const;
export type ApiKeyKind = (typeof ApiKeyKind)[keyof typeof ApiKeyKind];

export const ActorKind = { USER: "USER", API_KEY: "API_KEY", SYSTEM: "SYSTEM", CLI: "CLI" } as const;
export type ActorKind = (typeof ActorKind)[keyof typeof ActorKind];

/** Nobody: no credential, or a bad one. A value rather than null, so that no use case needs a null check. */
export interface AnonymousIdentity {
  readonly kind: "ANONYMOUS";
  readonly reason: StrangerReason;
}

/**
 * How a user stands with the second factor: NONE has and needs none, MISSING must enrol before anything else, STALE has one but has not shown
 * it lately, FRESH has.
 */
export type SecondFactor = "NONE" | "MISSING" | "STALE" | "FRESH";

export interface UserIdentity {
  readonly kind: "USER";
  readonly id: string;
  readonly email: string;
  /** Server-wide role; null when the user has roles in single projects only. */
  readonly role: Role | null;
  /** Project key → role there. The higher of the two counts. */
  readonly projectRoles: ReadonlyMap<string, Role>;
  readonly sessionId: string;
  /** When the access token expires, epoch milliseconds. */
  readonly expiresAt: number;
  /** Until when the second factor shown counts as fresh, epoch milliseconds; 0: none was shown. */
  readonly steppedUpUntil: number;
  readonly secondFactor: SecondFactor;
}

export interface ApiKeyIdentity {
  readonly kind: "API_KEY";
  readonly id: string;
  readonly name: string;
  readonly keyKind: ApiKeyKind;
  /** The only project the key may touch; null (MANAGEMENT only): the whole server. */
  readonly project: string | null;
  /** CLIENT and SERVER: the only environment the key may touch. */
  readonly environment: string | null;
  /** MANAGEMENT: what it may do; null for CLIENT and SERVER, which evaluate. */
  readonly role: Role | null;
}

/** Halyard itself: first start, schedules. */
export interface SystemIdentity {
  readonly kind: "SYSTEM";
}

/** Whoever has a shell on the server. */
export interface CliIdentity {
  readonly kind: "CLI";
}

export type Identity = AnonymousIdentity | UserIdentity | ApiKeyIdentity | SystemIdentity | CliIdentity;

/** What makes a change repeatable: sent again under the same key, the same request is answered and not done again. */
export interface IdempotencyClaim {
  readonly key: string;
  /** Name of the mutation. */
  readonly operation: string;
  /** Of its input, by the newest secret key first: that one is stored, and any of them recognises the input. Not empty. */
  readonly fingerprints: readonly string[];
}

/** One request: who asks, and from where. */
export interface Caller {
  readonly identity: Identity;
  readonly requestId: string;
  /** The client's address, trusted proxies considered; null where there is none (command line, schedules). */
  readonly ip: string | null;
  /** The client's own words for what it is. */
  readonly userAgent?: string | null | undefined;
  /** Only while a change is made that was sent with an idempotency key. */
  readonly claim?: IdempotencyClaim | undefined;
}

/** Whether the credential may be good, but cannot be checked at present: whoever was let in with it waits rather than being sent away. */
export function isUndecided({ identity }: Caller): boolean {
  return identity.kind === "ANONYMOUS" && identity.reason === "UNVERIFIED";
}

/** Who did it, as the ledger records it. */
export interface Actor {
  readonly kind: ActorKind;
  readonly id: string | null;
  readonly name: string;
}

/** The ledger's name for a caller; an anonymous caller (register) is the system's. */
export function actorOf(caller: Caller): Actor {
  const { identity } = caller;
  switch (identity.kind) {
    case "USER":
      return { kind: "USER", id: identity.id, name: identity.email };
    case "API_KEY":
      return { kind: "API_KEY", id: identity.id, name: identity.name };
    case "CLI":
      return { kind: "CLI", id: null, name: "halyard" };
    case "ANONYMOUS":
    case "SYSTEM":
      return { kind: "SYSTEM", id: null, name: "system" };
  }
}

/** A caller that is Halyard itself. */
export function systemCaller(requestId: string): Caller {
  return { identity: { kind: "SYSTEM" }, requestId, ip: null };
}

/** A caller that is the command line. */
export function cliCaller(requestId: string): Caller {
  return { identity: { kind: "CLI" }, requestId, ip: null };
}
