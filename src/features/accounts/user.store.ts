/** Statements on users and their roles in projects. */
import { and, asc, count, eq, ilike, inArray, or, type SQL, sql } from "drizzle-orm";
import {
  type Database,
  isForeignKeyViolation,
  isUniqueViolation,
  type Transaction,
} from "../../platform/database/index.js";
import { isKey, isStorable } from "../../platform/input.js";
import { alreadyExists, notFound } from "../../platform/problems.js";
import type { Role } from "../permissions/index.js";
import { projectRoles, users } from "./account.table.js";
import type { ProjectRole, User, UserSettings } from "./user.js";

type UserRow = typeof users.$inferSelect;

const emailAnyCase = sql<string>`lower(${users.email})`;

function hasEmail(email: string): SQL {
  return sql`${emailAnyCase} = lower(${email})`;
}

/** What a password is checked against. */
export interface Credential {
  readonly userId: string;
  readonly passwordHash: string;
  readonly active: boolean;
}

const credential = { userId: users.id, passwordHash: users.passwordHash, active: users.active };

export async function findCredential(database: Database, email: string): Promise<Credential | null> {
  if (!isStorable(email)) return null;
  const [row] = await database.select(credential).from(users).where(hasEmail(email));
  return row ?? null;
}

export async function findCredentialById(database: Database, userId: string): Promise<Credential | null> {
  const [row] = await database.select(credential).from(users).where(eq(users.id, userId));
  return row ?? null;
}

/** Locks the user until the transaction ends. */
export async function lockCredential(tx: Transaction, userId: string): Promise<Credential | null> {
  const [row] = await tx.select(credential).from(users).where(eq(users.id, userId)).for("no key update");
  return row ?? null;
}

export async function findUser(database: Database, id: string): Promise<User | null> {
  const [user] = await withRoles(database, await database.select().from(users).where(eq(users.id, id)));
  return user ?? null;
}

export async function findUserByEmail(database: Database, email: string): Promise<User | null> {
  if (!isStorable(email)) return null;
  const [user] = await withRoles(database, await database.select().from(users).where(hasEmail(email)));
  return user ?? null;
}

/** Locks the user until the transaction ends. */
export async function lockUserByEmail(tx: Transaction, email: string): Promise<User | null> {
  if (!isStorable(email)) return null;
  const rows = await tx.select().from(users).where(hasEmail(email)).for("no key update");
  const [user] = await withRoles(tx, rows);
  return user ?? null;
}

/** Locks all active users who are ADMIN of the whole server, always in the same order, and gives their ids. */
export async function lockAdmins(tx: Transaction): Promise<string[]> {
  const rows = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, "ADMIN"), users.active))
    .orderBy(asc(users.id))
    .for("no key update");
  return rows.map(({ id }) => id);
}

/** The users with these ids, or all. */
export async function listUsersById(database: Database, ids: readonly string[] | null): Promise<User[]> {
  if (ids?.length === 0) return [];
  const rows = await database
    .select()
    .from(users)
    .where(ids === null ? undefined : inArray(users.id, [...ids]));
  return withRoles(database, rows, ids === null);
}

interface Search {
  /** Part of the e-mail address or name, in whatever case; null: everyone. */
  readonly search: string | null;
}

/** Users by e-mail address, after the one with that address, at most `limit`. */
export async function listUsers(
  database: Database,
  { search }: Search,
  after: string | null,
  limit: number,
): Promise<User[]> {
  const beyond = after === null ? undefined : sql`${emailAnyCase} > lower(${after})`;
  const rows = await database
    .select()
    .from(users)
    .where(and(matches(search), beyond))
    .orderBy(asc(emailAnyCase))
    .limit(limit);
  return withRoles(database, rows);
}

export async function countUsers(database: Database, { search }: Search): Promise<number> {
  const [row] = await database.select({ total: count() }).from(users).where(matches(search));
  return row?.total ?? 0;
}

function matches(search: string | null): SQL | undefined {
  if (search === null) return undefined;
  const pattern = `%${search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return or(ilike(users.email, pattern), ilike(users.name, pattern));
}

/** Throws ALREADY_EXISTS for the address, in whatever case, and NOT_FOUND for a project. */
export async function insertUser(
  tx: Transaction,
  { projectRoles: roles, ...settings }: UserSettings,
  passwordHash: string,
): Promise<User> {
  const insert = tx
    .insert(users)
    .values({ ...settings, passwordHash })
    .returning();
  const rows = await naming(settings.email, insert);
  for (const { id } of rows) await putRoles(tx, id, roles);
  return only(tx, rows);
}

/** Stores changed settings under the next version; throws like `insertUser`. The caller holds the lock. */
export async function saveUser(
  tx: Transaction,
  before: User,
  { projectRoles: roles, ...settings }: UserSettings,
): Promise<User> {
  const kept = new Map(roles.map(({ project, role }) => [project, role]));
  const gone = before.projectRoles.filter(({ project }) => !kept.has(project));
  for (const { project } of before.projectRoles.filter((had) => kept.get(had.project) === had.role)) {
    kept.delete(project);
  }
  await removeRoles(tx, before.id, gone);
  await putRoles(
    tx,
    before.id,
    roles.filter(({ project }) => kept.has(project)),
  );
  return naming(settings.email, update(tx, before.id, settings));
}

/** Stores a new password under the next version. The caller holds the lock. */
export async function savePassword(tx: Transaction, id: string, passwordHash: string): Promise<User> {
  return update(tx, id, { passwordHash });
}

/** Leaves nothing of who the user was, under the next version. The caller holds the lock. */
export async function saveErased(
  tx: Transaction,
  before: User,
  email: string,
  passwordHash: string,
): Promise<User> {
  await removeRoles(tx, before.id, before.projectRoles);
  return update(tx, before.id, {
    ...{ email, name: null, role: null, active: false, lastLoginAt: null, passwordHash },
    ...{ totpSecret: null, twoFactorSince: null, totpLastStep: null },
  });
}

export async function stampLogin(tx: Transaction, id: string, at: Date): Promise<void> {
  await tx.update(users).set({ lastLoginAt: at }).where(eq(users.id, id));
}

async function update(tx: Transaction, id: string, set: Partial<UserRow>): Promise<User> {
  const rows = await tx
    .update(users)
    .set({ ...set, version: sql`${users.version} + 1`, updatedAt: sql`now()` })
    .where(eq(users.id, id))
    .returning();
  return only(tx, rows);
}

async function naming<T>(email: string, statement: PromiseLike<T>): Promise<T> {
  try {
    return await statement;
  } catch (error) {
    throw isUniqueViolation(error) ? alreadyExists("User", email) : error;
  }
}

async function removeRoles(tx: Transaction, userId: string, roles: readonly ProjectRole[]): Promise<void> {
  if (roles.length === 0) return;
  const names = roles.map(({ project }) => project);
  await tx
    .delete(projectRoles)
    .where(and(eq(projectRoles.userId, userId), inArray(projectRoles.project, names)));
}

/** One by one, so that it is known which project does not exist. */
async function putRoles(tx: Transaction, userId: string, roles: readonly ProjectRole[]): Promise<void> {
  for (const { project, role } of roles) {
    if (!isKey(project)) throw notFound("Project", project);
    try {
      await tx
        .insert(projectRoles)
        .values({ userId, project, role })
        .onConflictDoUpdate({ target: [projectRoles.userId, projectRoles.project], set: { role } });
    } catch (error) {
      throw isForeignKeyViolation(error) ? notFound("Project", project) : error;
    }
  }
}

async function only(tx: Transaction, rows: readonly UserRow[]): Promise<User> {
  const [user] = await withRoles(tx, rows);
  if (user === undefined) throw new Error("A statement on one row returned none.");
  return user;
}

async function withRoles(database: Database, rows: readonly UserRow[], everyone = false): Promise<User[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const roles = await database
    .select()
    .from(projectRoles)
    .where(everyone ? undefined : inArray(projectRoles.userId, ids));
  const byUser = new Map<string, ProjectRole[]>(ids.map((id) => [id, []]));
  for (const { userId, project, role } of roles) {
    byUser.get(userId)?.push({ project, role: role as Role });
  }
  return rows.map((row) => toUser(row, byUser.get(row.id) ?? []));
}

function toUser(row: UserRow, roles: readonly ProjectRole[]): User {
  const { id, email, name, active, lastLoginAt, createdAt, version } = row;
  return {
    id,
    email,
    name,
    active,
    lastLoginAt,
    createdAt,
    version,
    role: row.role as Role | null,
    projectRoles: [...roles].sort((a, b) => (a.project < b.project ? -1 : 1)),
    twoFactorEnabled: row.twoFactorSince !== null,
  };
}
