/** The directory as it is put away on disk and taken up again: hashes of keys, never keys. Pure. */
import type { KnownKey, KnownUser } from "./known.js";

/** All that the directory holds. */
export interface KnownPeople {
  readonly users: Map<string, KnownUser>;
  /** By the hash of the secret. */
  readonly keys: Map<string, KnownKey>;
  /** Key → the hashes of its secrets, newest first. */
  readonly hashesOfKey: Map<string, readonly string[]>;
  /** Session → when it may be forgotten, epoch milliseconds. */
  readonly revoked: Map<string, number>;
}

type Role = NonNullable<KnownUser["identity"]["role"]>;

interface KeptUser extends Omit<KnownUser, "identity"> {
  readonly identity: Omit<KnownUser["identity"], "projectRoles"> & {
    readonly projectRoles: readonly (readonly [project: string, role: Role])[];
  };
}

/** `expiresAt` is null for never, which JSON has no number for, and 0 for what ended before all time. */
type KeptKey = Omit<KnownKey, "expiresAt"> & { readonly expiresAt: number | null };

/** As many of each kind as there are in one piece. */
interface Piece {
  readonly users?: readonly KeptUser[];
  readonly keys?: readonly (readonly [hash: string, key: KeptKey])[];
  readonly hashesOfKey?: readonly (readonly [id: string, hashes: readonly string[]])[];
  readonly revoked?: readonly (readonly [session: string, until: number])[];
}

const atOnce = 200;

/** What is added or taken away later does not show. */
export function keepDirectory({ users, keys, hashesOfKey, revoked }: KnownPeople): Iterable<Piece> {
  return pieces([...users.values()], [...keys], [...hashesOfKey], [...revoked]);
}

function* pieces(
  users: readonly KnownUser[],
  keys: readonly (readonly [string, KnownKey])[],
  hashesOfKey: readonly (readonly [string, readonly string[]])[],
  revoked: readonly (readonly [string, number])[],
): Generator<Piece> {
  for (const some of inPieces(users)) yield { users: some.map(toKeptUser) };
  for (const some of inPieces(keys)) yield { keys: some.map(([hash, key]) => [hash, toKeptKey(key)]) };
  for (const some of inPieces(hashesOfKey)) yield { hashesOfKey: some };
  for (const some of inPieces(revoked)) yield { revoked: some };
}

/** Throws for what it cannot read. */
export function restoreDirectory(values: readonly unknown[]): KnownPeople {
  const people: KnownPeople = {
    users: new Map(),
    keys: new Map(),
    hashesOfKey: new Map(),
    revoked: new Map(),
  };
  for (const value of values) {
    const { users = [], keys = [], hashesOfKey = [], revoked = [] } = value as Piece;
    for (const { identity, ...user } of users) {
      const projectRoles = new Map(identity.projectRoles);
      people.users.set(identity.id, { ...user, identity: { ...identity, projectRoles } });
    }
    for (const [hash, key] of keys) {
      people.keys.set(hash, { ...key, expiresAt: key.expiresAt ?? Infinity });
    }
    for (const [id, hashes] of hashesOfKey) people.hashesOfKey.set(id, hashes);
    for (const [session, until] of revoked) people.revoked.set(session, until);
  }
  return people;
}

function toKeptUser({ identity, ...user }: KnownUser): KeptUser {
  return { ...user, identity: { ...identity, projectRoles: [...identity.projectRoles] } };
}

function toKeptKey(key: KnownKey): KeptKey {
  return { ...key, expiresAt: key.expiresAt === Infinity ? null : Math.max(key.expiresAt, 0) };
}

function* inPieces<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += atOnce) yield all.slice(start, start + atOnce);
}
