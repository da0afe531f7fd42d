/** Who may come in, held in memory and kept current by the ledger, so that authenticating asks nobody. */
import { isDeepStrictEqual as isSame } from "node:util";
import type { Transaction } from "../../platform/database/index.js";
import { isUuid } from "../../platform/input.js";
import type { Keepable } from "../../platform/keepable.js";
import { AuditSubject, type Change, type Follower } from "../ledger/index.js";
import { accessTokenLifeMs } from "./access-token.js";
import { type ApiKeyHashes, countApiKeys, listApiKeyHashes } from "./api-key.store.js";
import { keepDirectory, restoreDirectory } from "./kept-directory.js";
import type { KnownKey, KnownUser } from "./known.js";
import { listRevokedSessions } from "./session.store.js";
import type { User } from "./user.js";
import { countUsers, listUsersById } from "./user.store.js";

export interface Directory extends Follower, Keepable {
  user(id: string): KnownUser | undefined;
  /** By the hash of the secret. */
  key(hash: string): KnownKey | undefined;
  /** What the key's newest secret opens. */
  keyById(id: string): KnownKey | undefined;
  /** Whether the session was ended while access tokens for it may still be about. */
  isRevoked(sessionId: string): boolean;
}

/** Longer than an access token lives, by more than clocks differ. */
const rememberRevokedMs = 2 * accessTokenLifeMs;

const comparedPerRound = 50;

/** An empty directory, for a reader to fill. `now` is epoch milliseconds. */
export function createDirectory(now: () => number): Directory {
  return new LedgerDirectory(now);
}

class LedgerDirectory implements Directory {
  #users = new Map<string, KnownUser>();
  #keys = new Map<string, KnownKey>();
  /** Newest first. */
  #hashesOfKey = new Map<string, readonly string[]>();
  /** Session → when it may be forgotten. */
  #revoked = new Map<string, number>();

  /** Where the next comparison begins. */
  #compared = 0;

  constructor(private readonly now: () => number) {}

  user(id: string): KnownUser | undefined {
    return this.#users.get(id);
  }

  key(hash: string): KnownKey | undefined {
    return this.#keys.get(hash);
  }

  keyById(id: string): KnownKey | undefined {
    const [newest] = this.#hashesOfKey.get(id) ?? [];
    return newest === undefined ? undefined : this.#keys.get(newest);
  }

  isRevoked(sessionId: string): boolean {
    return this.#revoked.has(sessionId);
  }

  async load(tx: Transaction): Promise<() => void> {
    const users = await listUsersById(tx, null);
    const keys = await listApiKeyHashes(tx, null);
    const revoked = await this.#readRevoked(tx, null);
    return () => {
      this.#users = new Map();
      this.#keys = new Map();
      this.#hashesOfKey = new Map();
      this.#revoked = new Map();
      this.#put(users, keys, revoked);
    };
  }

  /** Who is named by a change is read anew; with a project or environment go the roles and keys that hung on it. */
  async follow(tx: Transaction, changes: readonly Change[]): Promise<() => void> {
    const named = subjectsOf(changes, AuditSubject.USER);
    const userIds = new Set(named);
    const keyIds = new Set(subjectsOf(changes, AuditSubject.API_KEY));
    for (const place of changes.filter(isDeletedPlace)) this.#addThoseIn(place, userIds, keyIds);
    const users = await listUsersById(tx, [...userIds]);
    const keys = await listApiKeyHashes(tx, [...keyIds]);
    const revoked = await this.#readRevoked(tx, named);
    return () => {
      for (const id of userIds) this.#users.delete(id);
      for (const id of keyIds) this.#forgetKey(id);
      this.#put(users, keys, revoked);
    };
  }

  /** Some in turn, whole; of all, how many there are. */
  async compare(tx: Transaction): Promise<readonly string[]> {
    const userIds = this.#someOf(this.#users);
    const keyIds = this.#someOf(this.#hashesOfKey);
    this.#compared += comparedPerRound;
    const stored = new LedgerDirectory(this.now);
    stored.#put(await listUsersById(tx, userIds), await listApiKeyHashes(tx, keyIds), []);
    const users = await countUsers(tx, { search: null });
    const keys = await countApiKeys(tx, { projects: null, environment: null });
    return [
      ...userIds.filter((id) => !isSame(this.user(id), stored.user(id))).map((id) => `user ${id}`),
      ...keyIds
        .filter((id) => !isSame(this.#openedBy(id), stored.#openedBy(id)))
        .map((id) => `API key ${id}`),
      ...(users === this.#users.size ? [] : [`${this.#users.size} users here, ${users} in the database`]),
      ...(keys === this.#hashesOfKey.size
        ? []
        : [`${this.#hashesOfKey.size} API keys here, ${keys} in the database`]),
    ];
  }

  #someOf(things: ReadonlyMap<string, unknown>): string[] {
    const from = things.size === 0 ? 0 : this.#compared % things.size;
    return [...things.keys()].slice(from, from + comparedPerRound);
  }

  /** Each secret of a key, and what it opens. */
  #openedBy(id: string): readonly (readonly [string, KnownKey | undefined])[] | undefined {
    return this.#hashesOfKey.get(id)?.map((hash) => [hash, this.#keys.get(hash)]);
  }

  keep(): Iterable<unknown> {
    const [users, keys, hashesOfKey, revoked] = [this.#users, this.#keys, this.#hashesOfKey, this.#revoked];
    return keepDirectory({ users, keys, hashesOfKey, revoked });
  }

  restore(values: readonly unknown[]): () => void {
    const { users, keys, hashesOfKey, revoked } = restoreDirectory(values);
    return () => {
      this.#users = users;
      this.#keys = keys;
      this.#hashesOfKey = hashesOfKey;
      this.#revoked = revoked;
    };
  }

  async #readRevoked(tx: Transaction, userIds: readonly string[] | null): Promise<string[]> {
    return listRevokedSessions(tx, userIds, new Date(this.now() - rememberRevokedMs));
  }

  #put(users: readonly User[], keys: readonly ApiKeyHashes[], revoked: readonly string[]): void {
    for (const user of users) this.#users.set(user.id, knownUser(user));
    for (const key of keys) this.#putKey(key);
    const now = this.now();
    for (const [id, until] of this.#revoked) if (until <= now) this.#revoked.delete(id);
    for (const id of revoked) this.#revoked.set(id, now + rememberRevokedMs);
  }

  #putKey({ apiKey, hash, previous }: ApiKeyHashes): void {
    const { id, name, kind: keyKind, project, environment, role } = apiKey;
    const identity = { kind: "API_KEY", id, name, keyKind, project, environment, role } as const;
    const revoked = apiKey.revokedAt !== null;
    const expiresAt = instantOf(apiKey.expiresAt);
    this.#keys.set(hash, { identity, revoked, expiresAt });
    if (previous !== null) {
      const endsAt = Math.min(expiresAt, instantOf(previous.expiresAt));
      this.#keys.set(previous.hash, { identity, revoked, expiresAt: endsAt });
    }
    this.#hashesOfKey.set(id, previous === null ? [hash] : [hash, previous.hash]);
  }

  #forgetKey(id: string): void {
    for (const hash of this.#hashesOfKey.get(id) ?? []) this.#keys.delete(hash);
    this.#hashesOfKey.delete(id);
  }

  #addThoseIn({ project, environment }: Change, userIds: Set<string>, keyIds: Set<string>): void {
    for (const { identity } of this.#keys.values()) {
      const inside =
        identity.project === project && (environment ?? identity.environment) === identity.environment;
      if (inside) keyIds.add(identity.id);
    }
    if (environment !== null || project === null) return;
    for (const [id, { identity }] of this.#users) if (identity.projectRoles.has(project)) userIds.add(id);
  }
}

function knownUser({ id, email, role, projectRoles, active, twoFactorEnabled }: User): KnownUser {
  const roles = new Map(projectRoles.map((one) => [one.project, one.role]));
  return { active, twoFactorEnabled, identity: { kind: "USER", id, email, role, projectRoles: roles } };
}

/** Epoch milliseconds; Infinity: never. What is no time to a clock, PostgreSQL's infinities, is long gone. */
function instantOf(time: Date | null): number {
  if (time === null) return Infinity;
  const instant = time.getTime();
  return Number.isNaN(instant) ? -Infinity : instant;
}

/** What is no id identifies nobody. */
function subjectsOf(changes: readonly Change[], type: AuditSubject): string[] {
  const named = changes.filter(({ subjectType }) => subjectType === type);
  return named.map(({ subject }) => subject).filter(isUuid);
}

function isDeletedPlace({ kind }: Change): boolean {
  return kind === "project.deleted" || kind === "environment.deleted";
}
