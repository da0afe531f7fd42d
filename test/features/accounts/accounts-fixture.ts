/** The accounts room as the server puts it together: a real database, a real reader that keeps the directory. */
import { sql } from "drizzle-orm";
import { authenticate, type AccountTools, createAccounts } from "../../../src/features/accounts/index.js";
import { createUser } from "../../../src/features/accounts/create-user.js";
import { login } from "../../../src/features/accounts/login.js";
import type { Session } from "../../../src/features/accounts/session.js";
import type { User } from "../../../src/features/accounts/user.js";
import { createSecurityLog } from "../../../src/features/security/index.js";
import { createReader, type Reader } from "../../../src/features/ledger/index.js";
import type { Caller, Identity, Role } from "../../../src/features/permissions/index.js";
import { type DatabaseKind, freshDatabase } from "../../support/databases.js";
import {
  adminCaller,
  anonymousCaller,
  callerOf,
  seedProject,
  testTools,
  type TestTools,
} from "../../support/tools.js";

export const secretKeys = ["first-secret-of-at-least-32-bytes-0123456789"];
export const password = "correct horse battery";

export interface Instance {
  readonly tools: AccountTools & TestTools;
  readonly reader: Reader;
  readonly close: () => Promise<void>;
}

/** The project `default` with its environments is there, and no user. */
export async function openAccounts(
  options: { readonly allowSignup?: boolean; readonly kind?: DatabaseKind } = {},
): Promise<Instance> {
  const { allowSignup = false, kind = "pglite" } = options;
  const open = await freshDatabase(kind);
  const base = testTools(open.database, async (position) => reader.reach(position));
  const security = createSecurityLog(base);
  const accountOptions = { ...base, secretKeys, allowSignup, security, isCutOff: () => false };
  const tools = { ...base, ...createAccounts(accountOptions) };
  const reader = createReader(tools, [tools.settings, tools.directory]);
  await seedProject(tools);
  await reader.start();
  const close = async (): Promise<void> => {
    await reader.close();
    await tools.lastUse.close();
    await security.close();
    await open.close();
  };
  return { tools, reader, close };
}

/** Takes the users and keys away; what the directory knows of them it keeps. */
export async function clearAccounts({ database }: AccountTools): Promise<void> {
  await database.execute(sql`delete from users`);
  await database.execute(sql`delete from api_keys`);
}

export async function addUser(
  tools: AccountTools,
  email: string,
  role: Role | null = null,
  projectRoles: Readonly<Record<string, Role>> = {},
): Promise<User> {
  const roles = Object.entries(projectRoles).map(([project, given]) => ({ project, role: given }));
  return createUser(tools, adminCaller(), { email, password, role, projectRoles: roles });
}

/** Whom a credential lets in. */
export async function identityOf(tools: AccountTools, credential: string | null): Promise<Identity> {
  return authenticate(tools, credential);
}

export async function callerBy(tools: AccountTools, credential: string): Promise<Caller> {
  return callerOf(await authenticate(tools, credential));
}

/** Signs in for real. */
export async function signIn(
  tools: AccountTools,
  email: string,
): Promise<{ readonly session: Session; readonly caller: Caller }> {
  const session = await login(tools, anonymousCaller(), { email, password });
  return { session, caller: await callerBy(tools, session.accessToken) };
}
