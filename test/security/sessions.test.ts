import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.js";
import { firstStart } from "../../src/cli/first-start.js";
import { systemCaller } from "../../src/features/permissions/index.js";
import { readConfig } from "../../src/platform/config.js";
import { freshPostgresUrl } from "../support/databases.js";
import { type Answer, askGraphQL } from "../support/graphql-client.js";
import { liveClient, subscribe, SubscriptionEnded } from "../support/live.js";
import { startServer, testSecretKey, type TestServer } from "../support/server.js";
import { silentLog } from "../support/silent-log.js";

const password = "correct horse battery";
const newerKey = "Zx3cV6bN8mA1sD4fG7hJ2kL5qW9eR0tY-newer";

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

const loginAs =
  "mutation ($input: LoginInput!) { session: login(input: $input) { accessToken refreshToken } }";
const goOn =
  "mutation ($input: RefreshInput!) { session: refresh(input: $input) { accessToken refreshToken } }";

/** Asks for tokens at any server; those that it gave, or the refusal. */
async function tokensAt(url: string, query: string, input: unknown): Promise<Tokens> {
  const answer = await askGraphQL<{ session: Tokens }>(url, query, { input }, null);
  if (answer.data?.session === undefined) throw new Error(refusalOf(answer));
  return answer.data.session;
}

function refusalOf({ errors = [] }: Answer<unknown>): string {
  return errors.map(({ extensions }) => `${extensions.code} ${String(extensions["reason"])}`).join();
}

let server: TestServer;

beforeAll(async () => {
  server = await startServer("pglite", { RATE_LIMIT_SIGN_IN: "0" });
});
afterAll(async () => server.close());

let users = 0;

async function newUser(role: string | null = "VIEWER"): Promise<string> {
  users += 1;
  const email = `user-${users}@example.com`;
  const { errors } = await server.graphql(
    "mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }",
    { input: { email, password, role } },
  );
  expect(errors).toBeUndefined();
  return email;
}

const signIn = async (email: string) => tokensAt(server.url, loginAs, { email, password });
const refresh = async ({ refreshToken }: Tokens, url = server.url) => tokensAt(url, goOn, { refreshToken });

/** How `me` answers: with the address, or with the refusal. */
async function whoIs({ accessToken }: Tokens, url = server.url): Promise<string> {
  const answer = await askGraphQL<{ me: { email: string } }>(url, "{ me { email } }", {}, accessToken);
  return answer.data?.me?.email ?? refusalOf(answer);
}

describe("a refresh token", () => {
  it("gives one and the same successor to all who present it at once", async () => {
    const first = await signIn(await newUser());
    const answers = await Promise.all(Array.from({ length: 16 }, async () => refresh(first)));
    expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(1);
    expect(answers[0]?.refreshToken).not.toBe(first.refreshToken);
  });

  it("whose successor was used ends the session, and ADMINs can read of it", async () => {
    const email = await newUser();
    const first = await signIn(email);
    const third = await refresh(await refresh(first));
    expect(await whoIs(third)).toBe(email);
    await expect(refresh(first)).rejects.toThrow("UNAUTHENTICATED REVOKED");
    expect(await whoIs(third)).toBe("UNAUTHENTICATED REVOKED");
    await expect(refresh(third)).rejects.toThrow("UNAUTHENTICATED REVOKED");
    const { data } = await server.graphql(
      "query ($subject: String!) { securityEvents(filter: { kinds: [TOKEN_REUSED], subject: $subject }) { totalCount } }",
      { subject: email },
    );
    expect(data).toEqual({ securityEvents: { totalCount: 1 } });
  });

  it.each(["", "x", "x".repeat(100_000), "\0", "' or 1=1 --", "\ud800"])(
    "of no session is INVALID, never a failure of the server: %#",
    async (refreshToken) => {
      await expect(refresh({ refreshToken, accessToken: "" })).rejects.toThrow("UNAUTHENTICATED INVALID");
    },
  );

  it("is nowhere in the database, nor is an access token or a password", async () => {
    const first = await signIn(await newUser());
    const second = await refresh(first);
    const { database } = server.app.tools;
    for (const table of ["users", "sessions", "refresh_tokens", "changes", "security_events"]) {
      const text = sql`select t::text from ${sql.identifier(table)} t`;
      const { rows } = (await database.execute(text)) as { readonly rows: readonly unknown[] };
      const stored = JSON.stringify(rows);
      expect(rows.length).toBeGreaterThan(0);
      for (const secret of [first, second].flatMap((one) => Object.values(one) as string[])) {
        expect(stored).not.toContain(secret);
      }
      expect(stored).not.toContain(password);
    }
  });
});

describe("time", () => {
  it("ends an access token after ten minutes, and a repeated refresh token after one", async () => {
    let offset = 0;
    const other = await startServer("pglite", { ADMIN_PASSWORD: password }, () => Date.now() + offset);
    try {
      const first = await tokensAt(other.url, loginAs, { email: other.config.adminEmail, password });
      offset = 595_000;
      const who = async () => whoIs(first, other.url); // at first as on an instance that heard nothing for so long
      await expect.poll(who, { timeout: 4_000 }).toBe(other.config.adminEmail);
      offset = 601_000;
      expect(await whoIs(first, other.url)).toBe("UNAUTHENTICATED EXPIRED");
      const second = await refresh(first, other.url);
      offset += 55_000;
      expect((await refresh(first, other.url)).refreshToken).toBe(second.refreshToken);
      offset += 6_000;
      await expect(refresh(first, other.url)).rejects.toThrow("UNAUTHENTICATED REVOKED");
      await expect(refresh(second, other.url)).rejects.toThrow("UNAUTHENTICATED REVOKED");
    } finally {
      await other.close();
    }
  });
});

describe("a session", () => {
  const list =
    "query ($email: String) { sessions(email: $email) { totalCount nodes { id current ip userAgent } } }";
  const revoke = "mutation ($id: ID!) { revokeSession(input: { id: $id }) { id current } }";

  const evaluations = `subscription { evaluations(environment: "development", context: {}) {
    snapshot evaluations { key value } } }`;
  const toggle = `mutation { a: setFlagEnabled(input: {
      flagKey: "welcome", environment: "development", enabled: false }) { enabled }
    b: setFlagEnabled(input: { flagKey: "welcome", environment: "development", enabled: true }) { enabled } }`;

  interface Listed {
    readonly sessions: {
      readonly totalCount: number;
      readonly nodes: readonly { readonly id: string; readonly current: boolean }[];
    };
  }

  it("is listed with where it is used, and ended by whose it is, there and on open sockets", async () => {
    const email = await newUser();
    const [lost, here] = [await signIn(email), await signIn(email)];
    const listed = await server.graphql<Listed>(list, {}, here.accessToken);
    expect(listed.data?.sessions).toMatchObject({
      totalCount: 2,
      nodes: [
        { current: true, ip: "127.0.0.1", userAgent: expect.any(String) },
        { current: false, ip: "127.0.0.1" },
      ],
    });
    const client = liveClient(server.url, lost.accessToken);
    const live = subscribe(client, evaluations);
    expect(await live.next()).toMatchObject({ data: { evaluations: { snapshot: true } } });
    const id = listed.data?.sessions.nodes[1]?.id ?? "";
    const ended = await server.graphql(revoke, { id }, here.accessToken);
    expect(ended.data).toEqual({ revokeSession: { id, current: false } });
    expect(await whoIs(lost)).toBe("UNAUTHENTICATED REVOKED");
    expect(await whoIs(here)).toBe(email);
    const { errors } = await server.graphql(toggle);
    expect(errors).toBeUndefined();
    const next = await live.next().catch((error: unknown) => error);
    if (next instanceof Error) expect(next).toBeInstanceOf(SubscriptionEnded);
    else expect(next).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
    await client.dispose();
  });

  it("of somebody else is for ADMINs alone to see and to end", async () => {
    const [email, victim] = [await newUser("MANAGER"), await newUser()];
    const [here, theirs] = [await signIn(email), await signIn(victim)];
    expect(refusalOf(await server.graphql(list, { email: victim }, here.accessToken))).toMatch("FORBIDDEN");
    const seen = await server.graphql<Listed>(list, { email: victim });
    const id = seen.data?.sessions.nodes[0]?.id ?? "";
    const absent = "00000000-0000-4000-8000-00000000000f";
    for (const one of [id, absent]) {
      const { data, errors } = await server.graphql(revoke, { id: one }, here.accessToken);
      expect(data).toBeNull();
      expect(errors).toMatchObject([
        { message: `Session "${one}" was not found.`, extensions: { code: "NOT_FOUND" } },
      ]);
    }
    expect(await whoIs(theirs)).toBe(victim);
    expect((await server.graphql(revoke, { id })).errors).toBeUndefined();
    expect(await whoIs(theirs)).toBe("UNAUTHENTICATED REVOKED");
  });

  it.each([
    ["password", 'resetPassword(input: { email: $email, newPassword: "another password" })'],
    ["role", "setUserRole(input: { email: $email, role: DEVELOPER })"],
    ["account", "deactivateUser(input: { email: $email })"],
  ])("ends with a change of the %s", async (_what, change) => {
    const email = await newUser();
    const session = await signIn(email);
    const { errors } = await server.graphql(`mutation ($email: String!) { ${change} { id } }`, { email });
    expect(errors).toBeUndefined();
    expect(await whoIs(session)).toBe("UNAUTHENTICATED REVOKED");
    await expect(refresh(session)).rejects.toThrow("UNAUTHENTICATED REVOKED");
  });
});

describe("roles", () => {
  const set = "mutation ($input: SetUserRoleInput!) { setUserRole(input: $input) { role } }";

  it("are raised by nobody for themselves, on the server or in a project", async () => {
    const email = await newUser("MANAGER");
    const { accessToken } = await signIn(email);
    for (const project of [null, "default"]) {
      const raised = await server.graphql(set, { input: { email, role: "ADMIN", project } }, accessToken);
      expect(refusalOf(raised)).toMatch("FORBIDDEN");
    }
  });

  it("leave the server its last ADMIN, who is neither demoted nor deactivated", async () => {
    const email = server.config.adminEmail;
    for (const role of ["MANAGER", null]) {
      expect(refusalOf(await server.graphql(set, { input: { email, role } }))).toMatch("CONFLICT");
    }
    const gone = await server.graphql(
      "mutation ($email: String!) { deactivateUser(input: { email: $email }) { id } }",
      { email },
    );
    expect(refusalOf(gone)).toMatch("CONFLICT");
  });
});

describe("a new SECRET_KEY put before the old one", () => {
  it("signs nobody out; without the old one access tokens are refused, and sessions go on", async () => {
    const DATABASE_URL = await freshPostgresUrl();
    const email = "admin@localhost";
    async function withServer<T>(keys: string, work: (url: string) => Promise<T>): Promise<T> {
      const env = { NODE_ENV: "test", PORT: "0", DATABASE_URL, SECRET_KEY: keys, ADMIN_PASSWORD: password };
      const config = readConfig(env);
      const app = await createApp(config, { log: silentLog });
      try {
        await firstStart(app.tools, systemCaller("first-start"), config);
        return await work(await app.listen());
      } finally {
        await app.close();
      }
    }
    const first = await withServer(testSecretKey, async (url) => tokensAt(url, loginAs, { email, password }));
    const second = await withServer(`${newerKey},${testSecretKey}`, async (url) => {
      expect(await whoIs(first, url)).toBe(email);
      return refresh(first, url);
    });
    await withServer(newerKey, async (url) => {
      expect(await whoIs(first, url)).toBe("UNAUTHENTICATED INVALID");
      expect(await whoIs(second, url)).toBe(email);
      expect(await whoIs(await refresh(second, url), url)).toBe(email);
    });
  });
});
