/** The first start: a project, an administrator, keys and, for trying out, a flag; what it made is told once. */
import type { ServerTools } from "../api/graphql/context.js";
import { createApiKey, hasNoUsers, makeAdmin } from "../features/accounts/index.js";
import { createFlag } from "../features/flags/index.js";
import { AuditSubject, lastChanges } from "../features/ledger/index.js";
import { ApiKeyKind, type Caller, Role } from "../features/permissions/index.js";
import { createProject, defaultProjectKey } from "../features/projects/index.js";
import type { Config } from "../platform/config.js";
import { Problem } from "../platform/problems.js";
import { randomPassword } from "./make-admin.js";

/** What is shown once and stored nowhere. */
export interface FirstStart {
  /** null when another instance made the administrator. */
  readonly admin: { readonly email: string; readonly password: string | null } | null;
  readonly keys: readonly MadeKey[];
}

interface MadeKey {
  readonly kind: ApiKeyKind;
  readonly environment: string | null;
  readonly secret: string;
}

/** Told of what can be shown only now, as soon as it is kept: whatever ends the process later, somebody has read it. */
export type Tell = (made: FirstStart) => void;

/** Key of the flag that a first start outside production makes. */
export const welcomeFlag = "welcome";

const thirtyDays = 2_592_000_000; // ms
const environments = ["development", "staging", "production"] as const;

/**
 * Makes what a server needs to be of use, where it is not there; null on every later start. Of several instances that start at once on one
 * database, the one that makes the project makes the keys.
 */
export async function firstStart(
  tools: ServerTools,
  caller: Caller,
  config: Config,
  tell: Tell = () => undefined,
): Promise<FirstStart | null> {
  const admin = (await hasNoUsers(tools)) ? await makeFirstAdmin(tools, caller, config) : null;
  if (admin !== null) tell({ admin, keys: [] });
  const isFirst = await makeDefaultProject(tools, caller);
  if (!isFirst) return admin === null ? null : { admin, keys: [] };
  if (!config.production) await makeWelcomeFlag(tools, caller);
  return { admin, keys: await makeKeys(tools, caller, config, tell) };
}

async function makeFirstAdmin(
  tools: ServerTools,
  caller: Caller,
  config: Config,
): Promise<FirstStart["admin"]> {
  const email = config.adminEmail;
  const password = config.adminPassword ?? randomPassword();
  const { created } = await makeAdmin(tools, caller, { email, password });
  return created ? { email, password: config.adminPassword === undefined ? password : null } : null;
}

/** Whether this call made it. Whoever deleted it does not want it back, with new keys, at every start. */
async function makeDefaultProject(tools: ServerTools, caller: Caller): Promise<boolean> {
  const project = defaultProjectKey;
  const subject = { project, subjectType: AuditSubject.PROJECT, subject: project };
  const [known = null] = await lastChanges(tools.database, [subject]);
  if (known !== null) return false;
  try {
    await createProject(tools, caller, { key: defaultProjectKey, name: "Default" });
    return true;
  } catch (error) {
    if (error instanceof Problem && error.code === "ALREADY_EXISTS") return false;
    throw error;
  }
}

async function makeWelcomeFlag(tools: ServerTools, caller: Caller): Promise<void> {
  await createFlag(tools, caller, {
    key: welcomeFlag,
    name: "Welcome",
    type: "BOOLEAN",
    kind: "RELEASE",
    description: "A first flag to turn: on for everybody in development.",
    environments: [{ environment: "development", enabled: true }],
  });
}

type Wanted = Parameters<typeof createApiKey>[2] & Pick<MadeKey, "kind">;

async function makeKeys(
  tools: ServerTools,
  caller: Caller,
  config: Config,
  tell: Tell,
): Promise<FirstStart["keys"]> {
  const keys: MadeKey[] = [];
  const make = async (environment: string | null, wanted: Wanted): Promise<void> => {
    const { secret } = await createApiKey(tools, caller, wanted);
    const key = { kind: wanted.kind, environment, secret };
    tell({ admin: null, keys: [key] });
    keys.push(key);
  };
  for (const environment of environments) {
    for (const kind of [ApiKeyKind.CLIENT, ApiKeyKind.SERVER] as const) {
      const name = `First ${kind.toLowerCase()} key of ${environment}`;
      await make(environment, { name, kind, project: defaultProjectKey, environment });
    }
  }
  if (config.production) return keys;
  const expiresAt = new Date(tools.now() + thirtyDays).toISOString();
  const kind = ApiKeyKind.MANAGEMENT;
  await make(null, { name: "For trying out", kind, role: Role.ADMIN, expiresAt });
  return keys;
}
