/** What a user is, and the rules that need no database. */
import { isStorable, type Mistakes } from "../../platform/input.js";
import { conflict, quote } from "../../platform/problems.js";
import type { Role } from "../permissions/index.js";

/** A role in one project. */
export interface ProjectRole {
  /** Project key. */
  readonly project: string;
  readonly role: Role;
}

/** What administrators set on a user. */
export interface UserSettings {
  /** As it was typed; unique without regard to case. */
  readonly email: string;
  readonly name: string | null;
  /** Server-wide role; null when the user has roles in single projects only. */
  readonly role: Role | null;
  /** In the order of project keys, at most one for each. */
  readonly projectRoles: readonly ProjectRole[];
  /** Who is not active can neither sign in nor go on. */
  readonly active: boolean;
}

export interface User extends UserSettings {
  readonly id: string;
  readonly twoFactorEnabled: boolean;
  readonly lastLoginAt: Date | null;
  readonly createdAt: Date;
  /** Counts changes of the settings, of the password, and of whether there is a second factor. */
  readonly version: number;
}

/** The settings alone, as the ledger records them. */
export function settingsOf({ email, name, role, projectRoles, active }: UserSettings): UserSettings {
  return { email, name, role, projectRoles, active };
}

/** The address of an account that was erased: nobody can have it, and it tells nothing. */
export function erasedEmail(id: string): string {
  return `erased-${id}@invalid`;
}

/** Whether the account was erased, which is for ever. */
export function isErased({ id, email }: Pick<User, "id" | "email">): boolean {
  return email === erasedEmail(id);
}

/** Throws CONFLICT for an account that was erased. */
export function refuseErased(user: Pick<User, "id" | "email">): void {
  if (isErased(user)) throw conflict("This account was erased: nothing of it can be changed any more.");
}

/** Whether the user counts among those of whom there must be one. */
export function isAdmin(user: Pick<UserSettings, "role" | "active">): boolean {
  return user.active && user.role === "ADMIN";
}

/** The roles with the one in `project` set, or taken away by null. */
export function withProjectRole(
  roles: readonly ProjectRole[],
  project: string,
  role: Role | null,
): ProjectRole[] {
  const others = roles.filter((other) => other.project !== project);
  const all = role === null ? others : [...others, { project, role }];
  return all.sort((a, b) => (a.project < b.project ? -1 : 1));
}

const maxEmailLength = 254; // RFC 5321, with the angle brackets of its 256 taken off

/** An e-mail address: something on both sides of one @, without spaces, at most 254 characters. */
export function readEmail(path: string, value: unknown, mistakes: Mistakes): string {
  if (typeof value === "string" && isEmail(value)) return value;
  mistakes.add(path, `must be an e-mail address, got ${quote(value)}.`);
  return "";
}

function isEmail(value: string): boolean {
  return value.length <= maxEmailLength && isStorable(value) && /^[^\s\p{Cc}@]+@[^\s\p{Cc}@]+$/u.test(value);
}
