/** The second factor at the real door: what works once works once, and nothing gets around it. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildGraphQLSchema } from "../../src/api/graphql/schema.js";
import { rowsOf } from "../../src/platform/database/index.js";
import { liveClient, subscribe } from "../support/live.js";
import { type Operation, operationsOf } from "./operations.js";
import {
  addEnrolled,
  addPerson,
  openScene,
  outcomeOf,
  password,
  personOf,
  type Scene,
} from "./second-factor.js";
import { nobodysId, samplesOf } from "./world.js";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(async () => scene.server.close());

const me = "{ me { email twoFactorEnabled } }";

describe("signing in", () => {
  it("takes the password and a code of this step, the one before or the one after, each once", async () => {
    const alice = await addEnrolled(scene, "alice", "VIEWER");
    expect(await alice.signIn()).toBe("TWO_FACTOR_REQUIRED");
    for (const steps of [-2, 2]) expect(await alice.signIn(alice.code(steps))).toBe("UNAUTHENTICATED");
    for (const steps of [-1, 0, 1]) {
      const code = alice.code(steps);
      expect([await alice.signIn(code), await alice.signIn(code)]).toEqual(["ok", "UNAUTHENTICATED"]);
    }
    const { data } = await alice.ask(me);
    expect(data).toEqual({ me: { email: "alice@example.com", twoFactorEnabled: true } });
  });

  it("takes a recovery code once, and says neither which was wrong nor that a code is missing to who guesses", async () => {
    const bob = await addEnrolled(scene, "bob", "VIEWER");
    const [code = ""] = bob.recoveryCodes();
    expect([await bob.signIn(code.toUpperCase()), await bob.signIn(code)]).toEqual(["ok", "UNAUTHENTICATED"]);
    const document = `mutation ($password: String!, $otp: String) {
      login(input: { email: "bob@example.com", password: $password, otp: $otp }) { accessToken } }`;
    const messages: unknown[] = [];
    for (const [typed, otp] of [
      [password, "000000"],
      ["wrong password", bob.code()],
    ]) {
      const { errors = [] } = await scene.server.graphql(document, { password: typed, otp }, null);
      messages.push(errors.map(({ message, extensions: { code: is, reason } }) => [message, is, reason]));
    }
    expect(messages[0]).toEqual(messages[1]);
    expect(messages[0]).toEqual([
      ["The e-mail address, the password or the code is wrong.", "UNAUTHENTICATED", "INVALID"],
    ]);
    expect(await bob.signIn(null, "wrong password")).toBe("UNAUTHENTICATED");
  });

  it("is set up by nobody who has a token alone, and locks nobody out", async () => {
    const kim = await addPerson(scene, "kim", "VIEWER");
    expect(await kim.signIn()).toBe("ok");
    const begin = "mutation ($input: BeginTwoFactorInput!) { beginTwoFactor(input: $input) { secret } }";
    const refused: string[] = [];
    for (const input of [undefined, null, {}, { password: null }, { password: "guessed password" }]) {
      refused.push(await kim.tries(begin, { input }));
    }
    expect(refused).toEqual(Array(5).fill("BAD_USER_INPUT"));
    expect(await kim.tries("mutation { beginTwoFactor { secret } }")).toBe("GRAPHQL_VALIDATION_FAILED");
    const confirm = 'mutation { confirmTwoFactor(input: { code: "000000" }) { recoveryCodes } }';
    expect(await kim.tries(confirm)).toBe("CONFLICT");
    expect([await kim.signIn(), await kim.enrol()]).toEqual(["ok", "ok"]);
  });

  it("ends every other session once the second factor is on, and once it is reset", async () => {
    const carol = await addPerson(scene, "carol", "VIEWER");
    await carol.signIn();
    const other = carol.tokens();
    await carol.signIn();
    expect(await carol.enrol()).toBe("ok");
    const seen = async (credential: string) => outcomeOf(await scene.server.graphql(me, {}, credential));
    expect([await seen(other.accessToken), await carol.tries(me)]).toEqual(["UNAUTHENTICATED", "ok"]);
    const reset = 'mutation { resetTwoFactor(input: { email: "carol@example.com" }) { twoFactorEnabled } }';
    expect((await scene.server.graphql(reset)).data).toEqual({ resetTwoFactor: { twoFactorEnabled: false } });
    expect([await carol.tries(me), await carol.signIn()]).toEqual(["UNAUTHENTICATED", "ok"]);
  });

  it("leaves secrets and recovery codes unreadable in the database, and out of every log", async () => {
    const dave = await addEnrolled(scene, "dave", "VIEWER");
    await dave.signIn(dave.recoveryCodes()[0] ?? "");
    const { database, security } = scene.server.app.tools;
    await security.flush();
    const tables = rowsOf(
      await database.execute(
        sql`select table_name from information_schema.tables where table_schema = 'public'`,
      ),
    );
    expect(tables.length).toBeGreaterThan(10);
    const secrets = [dave.secret(), ...dave.recoveryCodes().flatMap((it) => [it, it.replaceAll("-", "")])];
    for (const { table_name: table } of tables) {
      const rows = JSON.stringify(
        rowsOf(await database.execute(sql`select * from ${sql.identifier(String(table))}`)),
      );
      for (const text of secrets) expect(rows).not.toContain(text);
    }
  });
});

describe("a server that asks everyone for a second factor", () => {
  /** What somebody may do who has none yet. */
  const admitted = new Set([
    ...["query me", "mutation beginTwoFactor", "mutation confirmTwoFactor", "mutation changePassword"],
    ...["mutation login", "mutation refresh", "mutation register"],
    ...["mutation logout", "mutation logoutEverywhere", "query sessions"],
  ]);
  const require =
    "mutation ($on: Boolean!) { updateSettings(input: { requireTwoFactor: $on }) { requireTwoFactor } }";

  beforeAll(async () => {
    const root = await addEnrolled(scene, "root", "ADMIN");
    expect(await root.tries(require, { on: true })).toBe("ok");
  });
  afterAll(async () => {
    await scene.server.graphql(require, { on: false });
  });

  it("is made so by nobody who has none, and by an ADMIN alone", async () => {
    await scene.server.graphql(require, { on: false });
    const admin = await addPerson(scene, "hasty", "ADMIN");
    const manager = await addPerson(scene, "manager", "MANAGER");
    expect([await admin.signIn(), await manager.signIn()]).toEqual(["ok", "ok"]);
    expect(await admin.tries(require, { on: true })).toBe("CONFLICT");
    expect(await manager.tries(require, { on: true })).toBe("FORBIDDEN");
    expect(await manager.tries("{ settings { version } }")).toBe("FORBIDDEN");
    expect(outcomeOf(await scene.server.graphql(require, { on: true }))).toBe("ok");
  });

  it("lets who has none set one up and do nothing else", async () => {
    const erin = await addPerson(scene, "erin", "ADMIN");
    expect(await erin.signIn()).toBe("ok");
    const outcomes: Record<string, string> = {};
    const operations = await everyOperation();
    for (const operation of operations) {
      if (!admitted.has(operation.title))
        outcomes[operation.title] = await outcomeFor(erin.tokens().accessToken, operation);
    }
    expect(Object.keys(outcomes).length).toBeGreaterThan(60);
    const wrongly = Object.entries(outcomes).filter(
      ([, outcome]) => outcome !== "TWO_FACTOR_ENROLMENT_REQUIRED",
    );
    expect(wrongly).toEqual([]);
    const seen = await erin.ask("{ me { email role projectRoles { role } } }");
    expect(seen.data).toEqual({ me: { email: "erin@example.com", role: "ADMIN", projectRoles: [] } });
    expect(await erin.tries("{ sessions { nodes { id } } }")).toBe("ok");
    expect(await erin.enrol()).toBe("ok");
    expect(await erin.tries("{ projects { key } }")).toBe("ok");
  });

  it("lets them change their password and go on, and sign out", async () => {
    const frank = await addPerson(scene, "frank", "VIEWER");
    await frank.signIn();
    const change = `mutation { changePassword(input: { currentPassword: "${password}", newPassword: "another one here" }) { accessToken } }`;
    expect(await frank.tries(change)).toBe("ok");
    expect(await frank.signIn(null, "another one here")).toBe("ok");
    const refresh = "mutation ($token: String!) { refresh(input: { refreshToken: $token }) { accessToken } }";
    expect(await frank.tries(refresh, { token: frank.tokens().refreshToken })).toBe("ok");
    expect(await frank.tries("mutation { logout }")).toBe("ok");
  });

  it("tells nothing of projects through oneself", async () => {
    const { server } = scene;
    await server.graphql(`mutation { createUser(input: { email: "grace@example.com", password: "${password}",
      projectRoles: [{ project: "default", role: ADMIN }] }) { id } }`);
    const grace = personOf(scene, "grace@example.com");
    expect(await grace.signIn()).toBe("ok");
    const seen = await grace.ask("{ me { projectRoles { project { key environments { key } } } } }");
    expect(seen.data).toEqual({ me: { projectRoles: [] } });
  });

  it("keeps the second factor on, and asks no key for one", async () => {
    const ivan = await addEnrolled(scene, "ivan", "VIEWER");
    expect(await ivan.disable(ivan.code())).toBe("CONFLICT");
    const { server } = scene;
    expect(outcomeOf(await server.graphql("{ users { nodes { email } } }"))).toBe("ok");
    const evaluate = '{ evaluate(flagKey: "welcome", context: { targetingKey: "user-1" }) { value reason } }';
    for (const kind of ["CLIENT", "SERVER"] as const) {
      const answer = await server.graphql(evaluate, {}, server.key(kind, "development"));
      expect(answer.data).toEqual({ evaluate: { value: true, reason: "STATIC" } });
    }
  });

  it("ends the subscriptions of those who have none", async () => {
    await scene.server.graphql(require, { on: false });
    const judy = await addPerson(scene, "judy", "VIEWER");
    await judy.signIn();
    const client = liveClient(scene.server.url, judy.tokens().accessToken);
    const events = subscribe(client, 'subscription { ruleset(environment: "development") { to } }');
    await events.next();
    await scene.server.graphql(require, { on: true });
    await scene.server.graphql('mutation { killFlag(input: { flagKey: "welcome" }) { key } }');
    await expect(events.next()).rejects.toThrow("The subscription is complete.");
    await client.dispose();
  });
});

async function everyOperation(): Promise<readonly Operation[]> {
  const { data } = await scene.server.graphql<{ apiKeys: { nodes: { id: string }[] } }>(
    "{ apiKeys { nodes { id } } }",
  );
  const samples = samplesOf({
    ...{ project: "default", environment: "production", flagKey: "welcome", segment: "staff" },
    ...{ keyId: data?.apiKeys.nodes[0]?.id ?? "", changeId: nobodysId, sessionId: nobodysId },
    rolloutId: nobodysId,
  });
  return operationsOf(await buildGraphQLSchema(), samples, true);
}

async function outcomeFor(
  token: string,
  { isSubscription, document, variables }: Operation,
): Promise<string> {
  if (!isSubscription) return outcomeOf(await scene.server.graphql(document, variables, token));
  const client = liveClient(scene.server.url, token);
  try {
    const { errors = [] } = await subscribe(client, document, variables).next();
    return errors.map(({ extensions }) => String(extensions?.["code"])).join();
  } catch (error) {
    return String(
      (error as { errors?: { extensions?: { code?: unknown } }[] }).errors?.[0]?.extensions?.code,
    );
  } finally {
    await client.dispose();
  }
}
