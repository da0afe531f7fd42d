/** Everybody who may call: each kind of credential with each role, and those whose credential is no longer, or never was, good. */
import { createAccessTokens } from "../../src/features/accounts/access-token.js";
import { Role } from "../../src/features/permissions/index.js";
import {
  claimsOf,
  type Inhabitant,
  make,
  nobodysId,
  password,
  type PreparedWorld,
  prepareWorld,
  settle,
  type World,
} from "./world.js";
import { codeAt } from "../support/authenticator.js";
import { testSecretKey } from "../support/server.js";
import type { Outcome, Subject } from "./verdict-model.js";

/** The world with everybody in it. */
export interface Populated extends PreparedWorld {
  /** Secrets of MANAGEMENT keys and access tokens, by the caller's title. */
  readonly secrets: ReadonlyMap<string, string>;
}

export interface Caller {
  readonly title: string;
  readonly subject: Subject;
  /** null sends none. */
  readonly credential: (populated: Populated) => string | null;
  /** For users who can sign in without more ado: the first part of their e-mail address. */
  readonly user?: string;
  /** Operations that ask for more than the right to them, and what that comes to. */
  readonly otherwise: Readonly<Record<string, Outcome>>;
}

const always: Caller["otherwise"] = {
  "mutation refresh": "UNAUTHENTICATED INVALID", // the token that is sent, not the caller
  // experiments are under way
  ...{ "mutation deleteEnvironment": "CONFLICT", "mutation deleteProject": "CONFLICT" },
};
/** `000000` is not the code. */
const withoutFactor: Caller["otherwise"] = {
  ...always,
  ...{ "mutation confirmTwoFactor": "BAD_USER_INPUT", "mutation disableTwoFactor": "CONFLICT" },
  ...{ "mutation regenerateRecoveryCodes": "CONFLICT", "mutation stepUp": "CONFLICT" },
};
const withFactor: Caller["otherwise"] = {
  ...always,
  ...{ "mutation beginTwoFactor": "CONFLICT", "mutation confirmTwoFactor": "CONFLICT" },
  ...{ "mutation disableTwoFactor": "BAD_USER_INPUT", "mutation stepUp": "BAD_USER_INPUT" },
  "mutation regenerateRecoveryCodes": "BAD_USER_INPUT",
  "mutation logoutEverywhere": "UNAUTHENTICATED REVOKED", // by `logout`, just before
};

/** Whether there is anything in the project `default`, or on the server, that the caller may change. */
export function mayChange({ subject }: Caller): boolean {
  if (subject.kind === "stranger" || subject.kind === "evaluator") return false;
  const roles = subject.kind === "user" ? [subject.role, subject.projectRoles["default"]] : [subject.role];
  return roles.some((role) => (role ?? "VIEWER") !== "VIEWER");
}

const roles = Object.values(Role);
const places = [null, "default"] as const;
const reach = (project: string | null): string =>
  project === null ? "of the whole server" : `of ${project}`;

const users: readonly (Inhabitant & { readonly title: string })[] = [
  ...places.flatMap((project) =>
    roles.map((role) => ({
      title: `${role === "ADMIN" ? "an" : "a"} ${role} ${reach(project)}`,
      name: `${role.toLowerCase()}-${project ?? "server"}`,
      role: project === null ? role : null,
      projectRoles: project === null ? {} : { [project]: role },
    })),
  ),
  { title: "an ADMIN of another project", name: "foreign", role: null, projectRoles: { other: "ADMIN" } },
  {
    title: "a VIEWER of the server, MANAGER of the project",
    name: "mixed",
    role: "VIEWER",
    projectRoles: { default: "MANAGER" },
  },
  {
    title: "a MANAGER of the server, VIEWER of the project",
    name: "mixed-too",
    role: "MANAGER",
    projectRoles: { default: "VIEWER" },
  },
  { title: "a user without any role", name: "nobody", role: null, projectRoles: {} },
];

const managers = [...places, "other"].flatMap((project) =>
  (project === "other" ? [Role.ADMIN] : roles).map((role) => ({
    title: `a MANAGEMENT key ${reach(project)}, ${role}`,
    project,
    role,
  })),
);

const evaluators = ["CLIENT", "SERVER"].flatMap((keyKind) =>
  ["development", "production"].map((environment) => ({
    keyKind: keyKind as "CLIENT" | "SERVER",
    environment,
  })),
);

const strangers = [
  ["nobody", "MISSING"],
  ["a key that means nothing", "INVALID"],
  ["a token that means nothing", "INVALID"],
  ["a revoked key", "REVOKED"],
  ["an expired key", "EXPIRED"],
  ["a key of a deleted project", "INVALID"],
  ["a revoked session", "REVOKED"],
  ["an expired token", "EXPIRED"],
  ["a deactivated user", "REVOKED"],
] as const;

const stale = "an ADMIN who has not shown the second factor lately";

/** In the order in which they come. */
export const callers: readonly Caller[] = [
  ...strangers.map(([title, reason]) => ({
    title,
    subject: { kind: "stranger" as const, reason },
    credential: ({ secrets }: Populated) => secrets.get(title) ?? null,
    otherwise: always,
  })),
  ...evaluators.map(({ keyKind, environment }) => ({
    title: `a ${keyKind} key of ${environment}`,
    subject: { kind: "evaluator" as const, keyKind, project: "default", environment },
    credential: ({ key }: Populated) => key(keyKind, environment),
    otherwise: always,
  })),
  ...users.map(({ title, name, role, projectRoles }) => ({
    title,
    user: name,
    subject: { kind: "user" as const, role, projectRoles },
    credential: ({ secrets }: Populated) => secrets.get(title) ?? "",
    otherwise: withoutFactor,
  })),
  ...managers.map(({ title, project, role }) => ({
    title,
    subject: { kind: "manager" as const, project, role },
    credential: ({ secrets }: Populated) => secrets.get(title) ?? "",
    otherwise: always,
  })),
  {
    title: stale,
    subject: { kind: "user", role: "ADMIN", projectRoles: {}, stale: true },
    credential: ({ secrets }) => secrets.get(stale) ?? "",
    otherwise: withFactor,
  },
];

/** Makes the world and lets everybody in once, so that all their credentials are known. */
export async function populate(): Promise<Populated> {
  const secrets = new Map<string, string>();
  const prepared = await prepareWorld(async (world, admin) => {
    for (const user of users) {
      if (user.name !== "foreign") await settle(world, admin, user);
      secrets.set(user.title, await world.signIn(user.name));
    }
    for (const { title, project, role } of managers) {
      secrets.set(title, (await makeKey(world, admin, { name: title, role, project })).secret);
    }
    await spoil(world, admin, secrets);
    secrets.set(stale, await enrol(world, admin));
  });
  return { ...prepared, secrets };
}

interface NewKey {
  readonly name: string;
  readonly role: Role;
  readonly project?: string | null;
  readonly expiresAt?: string;
}

async function makeKey(world: World, admin: string, key: NewKey): Promise<{ id: string; secret: string }> {
  const { createApiKey } = await make<{ createApiKey: { secret: string; apiKey: { id: string } } }>(
    world,
    admin,
    "($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id } } }",
    { input: { kind: "MANAGEMENT", ...key } },
  );
  return { id: createApiKey.apiKey.id, secret: createApiKey.secret };
}

/** Credentials that were good once. */
async function spoil(world: World, admin: string, secrets: Map<string, string>): Promise<void> {
  secrets.set("a key that means nothing", "hal_client_nothing");
  secrets.set("a token that means nothing", "eyJhbGciOiJub25lIn0.e30.");

  const expiresAt = Date.now() + 250;
  const expiring = await makeKey(world, admin, {
    name: "expiring",
    role: "ADMIN",
    expiresAt: new Date(expiresAt).toISOString(),
  });
  secrets.set("an expired key", expiring.secret);

  const revoked = await makeKey(world, admin, { name: "revoked", role: "ADMIN" });
  await make(world, admin, "($id: ID!) { revokeApiKey(input: { id: $id }) { id } }", { id: revoked.id });
  secrets.set("a revoked key", revoked.secret);

  await make(world, admin, '{ createProject(input: { key: "gone" }) { key } }');
  const orphan = await makeKey(world, admin, { name: "orphan", role: "ADMIN", project: "gone" });
  await make(world, admin, '{ deleteProject(input: { project: "gone" }) { key } }');
  secrets.set("a key of a deleted project", orphan.secret);

  const session = await world.signIn("admin-server");
  await make(world, session, "{ logout }");
  secrets.set("a revoked session", session);
  secrets.set("an expired token", await tokenOfLastHour(session));

  await settle(world, admin, { name: "former", role: "ADMIN", projectRoles: {} });
  secrets.set("a deactivated user", await world.signIn("former"));
  await make(world, admin, '{ deactivateUser(input: { email: "former@example.com" }) { id } }');

  await new Promise((resolve) => setTimeout(resolve, Math.max(0, expiresAt - Date.now()) + 1));
}

/** Gives somebody a second factor, and then a token of their session that says nothing of it. */
async function enrol(world: World, admin: string): Promise<string> {
  await settle(world, admin, { name: "stale", role: "ADMIN", projectRoles: {} });
  const token = await world.signIn("stale");
  const { beginTwoFactor } = await make<{ beginTwoFactor: { secret: string } }>(
    world,
    token,
    "($password: String!) { beginTwoFactor(input: { password: $password }) { secret } }",
    { password },
  );
  const code = codeAt(beginTwoFactor.secret, Date.now());
  const confirm = "($code: String!) { confirmTwoFactor(input: { code: $code }) { recoveryCodes } }";
  await make(world, token, confirm, { code });
  const { sub: userId, sid: sessionId } = claimsOf(token);
  return (await createAccessTokens([testSecretKey], Date.now).sign({ userId, sessionId })).token;
}

/** A token of the same user, signed rightly an hour ago. */
async function tokenOfLastHour(token: string): Promise<string> {
  const hourAgo = (): number => Date.now() - 3_600_000;
  const { token: old } = await createAccessTokens([testSecretKey], hourAgo).sign({
    userId: claimsOf(token).sub,
    sessionId: nobodysId,
  });
  return old;
}
