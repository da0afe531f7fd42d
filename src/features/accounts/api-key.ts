/** What an API key is, apart from its secret. */
import { dateTime, type Mistakes } from "../../platform/input.js";
import { forbidden } from "../../platform/problems.js";
import {
  type Actor,
  type ApiKeyKind,
  type Caller,
  reaches,
  type Role,
  roleAt,
} from "../permissions/index.js";

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly kind: ApiKeyKind;
  /** Project key; null (MANAGEMENT only): the whole server. */
  readonly project: string | null;
  /** Environment key; null for MANAGEMENT. */
  readonly environment: string | null;
  /** MANAGEMENT: what it may do; null for the others, which evaluate. */
  readonly role: Role | null;
  /** The first characters of the secret, by which people recognise it. */
  readonly prefix: string;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** Coarse: within a minute or so. */
  readonly lastUsedAt: Date | null;
  readonly createdAt: Date;
  readonly createdBy: Actor;
  /** Counts changes, rotation included. */
  readonly version: number;
}

/** A key with the secret that its holder is shown once. */
export interface CreatedApiKey {
  readonly apiKey: ApiKey;
  readonly secret: string;
}

/** What the ledger says of a key; its place stands beside it. */
export function portraitOf({ name, kind, role, prefix, expiresAt }: ApiKey) {
  return { name, kind, role, prefix, expiresAt };
}

/** Where the ledger puts a key. */
export function placeOf({ project, environment }: Pick<ApiKey, "project" | "environment">): {
  readonly project?: string;
  readonly environment?: string;
} {
  return {
    ...(project === null ? {} : { project }),
    ...(environment === null ? {} : { environment }),
  };
}

/** What a key may do, where and for how long. */
export type Reach = Pick<ApiKey, "project" | "role" | "expiresAt">;

/**
 * Throws FORBIDDEN where the caller would get hold of a key with a higher role than its own, or of one that manages for longer than the caller's own key
 * does, which expires at `until`; null: never.
 */
export function checkReach(caller: Caller, until: Date | null, { project, role, expiresAt }: Reach): void {
  if (role === null) return;
  if (!reaches(roleAt(caller.identity, project ?? undefined), role)) {
    throw forbidden(`A key with the role ${role} is for those who have that role.`);
  }
  if (until === null || (expiresAt !== null && expiresAt <= until)) return;
  throw forbidden(
    `A MANAGEMENT key cannot outlive the one that asks for it, which expires at ${until.toISOString()}.`,
  );
}

/** When a key is to expire: a moment after `now`, or null for never. */
export function readExpiry(path: string, value: unknown, now: number, mistakes: Mistakes): Date | null {
  if (value === undefined || value === null) return null;
  const text = dateTime(path, value, mistakes);
  if (text === "") return null;
  const expiresAt = new Date(text);
  if (expiresAt.getTime() <= now) mistakes.add(path, `must be in the future, got ${text}.`);
  return expiresAt;
}
