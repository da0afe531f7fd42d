/** The accounts room as the server puts it together: a real database, a real reader that keeps the directory. */
import { sql } from "drizzle-orm";
import { authenticate, type AccountTools, createAccounts } from "../../../src/features/accounts/index.js";
import { createUser } from "../../../src/features/accounts/create-user.js";
import { login } from "../../../src/features/accounts/login.js";
import type { Session } from "../../../src/features/accounts/session.js";
import type { User } from "../../../src/features/accounts/user.js";
import { createSecurityLog, type SecurityEventKind } from "../../../src/features/security/index.js";
import type { SecurityEvent } from "../../../src/features/security/security-event.js";
import { listSecurityEvents } from "../../../src/features/security/security-event.store.js";
import { createReader, type Reader } from "../../../src/features/ledger/index.js";
import type { Caller, Identity, Role } from "../../../src/features/permissions/index.js";
import { openInProcessBus } from "../../../src/platform/bus/in-process.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { type DatabaseKind, freshDatabase } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
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
  const base = testTools(open.database, async (position) => instance.reader.reach(position));
  await seedProject(testTools(open.database));
  const instance = await start(base, { allowSignup, secretKeys });
  return {
    ...instance,
    close: async () => {
      await instance.close();
      await open.close();
    },
  };
}

/** Another instance on the same database, by the same clock; its reader follows when it is told to. */
export async function openBeside(
  { tools }: Instance,
  keys: readonly string[] = secretKeys,
): Promise<Instance> {
  const { now, setClock, allowSignup } = tools;
  const base = testTools(tools.database, async (position) => instance.reader.reach(position));
  const instance = await start({ ...base, now, setClock }, { allowSignup, secretKeys: keys });
  return instance;
}

async function start(
  base: TestTools,
  options: Pick<AccountTools, "allowSignup" | "secretKeys">,
): Promise<Instance> {
  const security = createSecurityLog(base);
  const { limits } = openInProcessBus(silentLog, () => base.now() + clearings * 86_400_000);
  const access = { security, limits, metrics: openMetrics(), signInsPerMinute: 0, isCutOff: () => false };
  const tools = { ...base, ...createAccounts({ ...base, ...options, ...access }) };
  const reader = createReader(tools, [tools.settings, tools.directory]);
  await reader.start();
  const close = async (): Promise<void> => {
    await reader.close();
    await tools.lastUse.close();
    await security.close();
  };
  return { tools, reader, close };
}

/** What the security log holds of these kinds, oldest first. */
export async function noticed(
  { database, security }: Pick<AccountTools, "database" | "security">,
  ...kinds: SecurityEventKind[]
): Promise<SecurityEvent[]> {
  await security.flush();
  return (await listSecurityEvents(database, { kinds }, null, 1_000)).reverse();
}

/** To the limits each clearing is a day later, so that what failed before it does not count. */
let clearings = 0;

/** Takes the users and keys away; what the directory knows of them it keeps. */
export async function clearAccounts({ database, security }: AccountTools): Promise<void> {
  clearings += 1;
  await security.flush();
  await database.execute(sql`delete from users`);
  await database.execute(sql`delete from api_keys`);
  await database.execute(sql`delete from security_events`);
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
