/** The first start: a project, an administrator, keys and, for trying out, a flag; what it made is told once. */
import type { ServerTools } from "../api/graphql/context.js";
import { hasNoUsers, makeAdmin, type PreparedApiKey, prepareApiKey } from "../features/accounts/index.js";
import { addFlag, type CreateFlag } from "../features/flags/index.js";
import { AuditSubject, lastChanges } from "../features/ledger/index.js";
import { ApiKeyKind, type Caller, permit, Role } from "../features/permissions/index.js";
import { createProject, defaultProjectKey } from "../features/projects/index.js";
import type { Config } from "../platform/config.js";
import { Problem } from "../platform/problems.js";
import { randomPassword } from "./make-admin.js";
import { unlessThere } from "./unless-there.js";

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

/**
 * Told of what can be shown only now, as soon as it is kept: whatever ends the process later, somebody has read it. `isSure`: false where the
 * database went away before it said whether it kept it.
 */
export type Tell = (made: FirstStart, isSure: boolean) => void;

/** Key of the flag that a first start outside production makes. */
export const welcomeFlag = "welcome";

const thirtyDays = 2_592_000_000; // ms
const environments = ["development", "staging", "production"] as const;

/**
 * Makes what a server needs to be of use, where it is not there; null on every later start. The administrator is one transaction, and the project
 * with its keys another: a start that was cut short is finished by the next, and of several that start at once on one database one makes them.
 */
export async function firstStart(
  tools: ServerTools,
  caller: Caller,
  config: Config,
  tell: Tell = () => undefined,
): Promise<FirstStart | null> {
  const admin = (await hasNoUsers(tools)) ? await makeFirstAdmin(tools, caller, config, tell) : null;
  const keys = (await hadDefaultProject(tools)) ? null : await makeFirstProject(tools, caller, config, tell);
  return admin === null && keys === null ? null : { admin, keys: keys ?? [] };
}

async function makeFirstAdmin(
  tools: ServerTools,
  caller: Caller,
  config: Config,
  tell: Tell,
): Promise<FirstStart["admin"]> {
  const email = config.adminEmail;
  const password = config.adminPassword ?? randomPassword();
  const admin = { email, password: config.adminPassword === undefined ? password : null };
  const create = async (): Promise<boolean> => (await makeAdmin(tools, caller, { email, password })).created;
  return (await made(create, { admin, keys: [] }, tell)) ? admin : null;
}

/** Whoever deleted it does not want it back, with new keys, at every start. */
async function hadDefaultProject({ database }: ServerTools): Promise<boolean> {
  const project = defaultProjectKey;
  const subject = { project, subjectType: AuditSubject.PROJECT, subject: project };
  const [known = null] = await lastChanges(database, [subject]);
  return known !== null;
}

/** null when another instance was faster. */
async function makeFirstProject(
  tools: ServerTools,
  caller: Caller,
  config: Config,
  tell: Tell,
): Promise<FirstStart["keys"] | null> {
  const prepared = prepareKeys(tools, caller, config);
  const stored: (() => void)[] = [];
  const furnishProject: ServerTools["furnishProject"] = async (tx, record, project) => {
    await tools.furnishProject(tx, record, project);
    if (!config.production) {
      const proof = permit(caller, "flag:create", { project: project.key });
      await addFlag(tx, record, proof, project, welcome);
    }
    for (const { store, announce } of prepared) {
      const apiKey = await store(tx, record);
      stored.push(() => announce(apiKey));
    }
  };
  const create = async (): Promise<boolean> => {
    const project = { key: defaultProjectKey, name: "Default" };
    return unlessThere(async () => createProject({ ...tools, furnishProject }, caller, project));
  };
  const keys = prepared.map(({ kind, environment, secret }) => ({ kind, environment, secret }));
  if (!(await made(create, { admin: null, keys }, tell))) return null;
  for (const announce of stored) announce();
  return keys;
}

/** Tells what `create` made. Nobody else can tell it where the database went away before it said whether it is kept: then it is told, too. */
async function made(create: () => Promise<boolean>, what: FirstStart, tell: Tell): Promise<boolean> {
  try {
    const isOurs = await create();
    if (isOurs) tell(what, true);
    return isOurs;
  } catch (error) {
    if (error instanceof Problem && error.code === "UNKNOWN_OUTCOME") tell(what, false);
    throw error;
  }
}

const welcome: CreateFlag = {
  key: welcomeFlag,
  name: "Welcome",
  type: "BOOLEAN",
  kind: "RELEASE",
  description: "A first flag to turn: on for everybody in development.",
  environments: [{ environment: "development", enabled: true }],
};

type PreparedKey = PreparedApiKey & Pick<MadeKey, "kind" | "environment">;

function prepareKeys(tools: ServerTools, caller: Caller, config: Config): readonly PreparedKey[] {
  const project = defaultProjectKey;
  const keys: PreparedKey[] = [];
  for (const environment of environments) {
    for (const kind of [ApiKeyKind.CLIENT, ApiKeyKind.SERVER] as const) {
      const name = `First ${kind.toLowerCase()} key of ${environment}`;
      const key = prepareApiKey(tools, caller, { name, kind, project, environment });
      keys.push({ ...key, kind, environment });
    }
  }
  if (config.production) return keys;
  const expiresAt = new Date(tools.now() + thirtyDays).toISOString();
  const kind = ApiKeyKind.MANAGEMENT;
  const key = prepareApiKey(tools, caller, { name: "For trying out", kind, role: Role.ADMIN, expiresAt });
  return [...keys, { ...key, kind, environment: null }];
}
