/** Changes that are sent again with their idempotency key, to whichever instance, are done once. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openPostgres } from "../../src/platform/database/postgres.js";
import { openLog } from "../../src/platform/log.js";
import { freshPostgresUrl } from "../support/databases.js";
import { adminEmail, makeFirst, password, startInstance, type TestInstance } from "../support/instance.js";
import { openTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";
import { recorded } from "../support/tools.js";

const update = `mutation ($input: UpdateFlagInput!) { updateFlag(input: $input) { key description version } }`;
const remove = `mutation ($input: FlagRefInput!) {
  deleteFlag(input: $input) { key description version environments { enabled fallthrough { variant } environment { key } } }
}`;
const toggle = `mutation ($input: SetFlagEnabledInput!) { setFlagEnabled(input: $input) { enabled version } }`;
const addRule = `mutation ($input: AddRuleInput!) { addRule(input: $input) { version rules { id } } }`;
const addEnvironment = `mutation ($input: CreateEnvironmentInput!) { createEnvironment(input: $input) { key name } }`;
const removeEnvironment = `mutation ($input: EnvironmentRefInput!) { deleteEnvironment(input: $input) { key name version } }`;
const createFlag = `mutation ($input: CreateFlagInput!) { createFlag(input: $input) { id key } }`;

let url: string;
let env: Readonly<Record<string, string>>;
let instances: readonly TestInstance[] = [];
let management = "";
let flags = 0;
let flagKey = "";

beforeAll(async () => {
  url = await freshPostgresUrl();
  env = { DATABASE_URL: url, ADMIN_PASSWORD: password, ADMIN_EMAIL: adminEmail, RATE_LIMIT_MANAGEMENT: "0" };
  const first = await startInstance(env);
  management = (await makeFirst(first, env))("MANAGEMENT");
  const second = await startInstance(env);
  instances = [first, second];
});
afterAll(async () => {
  await Promise.all(instances.map(async ({ app }) => app.close()));
});
beforeEach(async () => {
  flagKey = `flag-${(flags += 1)}`;
  await ask(0, createFlag, { key: flagKey });
});

type Data = Readonly<Record<string, unknown>>;

async function ask(instance: number, query: string, input: Data = {}, credential = management) {
  const asked = instances[instance % instances.length];
  if (asked === undefined) throw new Error("not open");
  return asked.graphql<Data>(query, { input }, credential);
}

function codeOf({ errors }: Awaited<ReturnType<typeof ask>>): string | null {
  return errors?.[0]?.extensions.code ?? null;
}

async function signIn(input: Data): Promise<string> {
  const query = `mutation ($input: LoginInput!) { login(input: $input) { accessToken } }`;
  const { data } = await ask(0, query, input);
  return (data as { login: { accessToken: string } }).login.accessToken;
}

async function rowsOf(subject: string): Promise<readonly string[]> {
  const [first] = instances;
  if (first === undefined) throw new Error("not open");
  return (await recorded(first.app.tools)).filter((row) => row.subject === subject).map(({ kind }) => kind);
}

describe("fifty repetitions at once, on two instances", () => {
  it("are one change, and all are told the same", async () => {
    const place = { flagKey, environment: "development" };
    const input = { ...place, rule: { serve: { variant: "on" } }, idempotencyKey: "fifty" };
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => ask(index, addRule, input)),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]?.data).toMatchObject({ addRule: { version: 2, rules: [{}] } });
    expect(await rowsOf(flagKey)).toEqual(["flag.created", "flag.rule_added"]);
  });

  it("are one deletion, and all are told what it was", async () => {
    const input = { flagKey, idempotencyKey: "fifty-gone" };
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, index) => ask(index, remove, input)),
    );
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(answers[0]?.data).toMatchObject({ deleteFlag: { key: flagKey, version: 1 } });
    expect(await rowsOf(flagKey)).toEqual(["flag.created", "flag.deleted"]);
  });
});

describe("a repetition", () => {
  it("with another input, or for another mutation, is refused, whatever became of the thing", async () => {
    const idempotencyKey = "reused";
    await ask(0, update, { flagKey, description: "first", idempotencyKey });
    const others = [
      await ask(1, update, { flagKey, description: "second", idempotencyKey }),
      await ask(1, update, { flagKey: "no-such-flag", description: "first", idempotencyKey }),
      await ask(1, remove, { flagKey, idempotencyKey }),
    ];
    expect(others.map(codeOf)).toEqual(others.map(() => "IDEMPOTENCY_KEY_REUSED"));
    expect(others[0]?.errors?.[0]?.message).toContain("updateFlag");
  });

  it("is told the thing as it is now", async () => {
    const input = { flagKey, environment: "development", enabled: true, idempotencyKey: "as-now" };
    expect((await ask(0, toggle, input)).data).toEqual({ setFlagEnabled: { enabled: true, version: 2 } });
    await ask(1, toggle, { ...input, enabled: false, idempotencyKey: "as-now-2" });
    expect((await ask(1, toggle, input)).data).toEqual({ setFlagEnabled: { enabled: false, version: 3 } });
  });

  it("of what changed nothing changes nothing later", async () => {
    const input = { flagKey, environment: "development", enabled: false, idempotencyKey: "nothing" };
    expect((await ask(0, toggle, input)).data).toEqual({ setFlagEnabled: { enabled: false, version: 1 } });
    await ask(0, toggle, { flagKey, environment: "development", enabled: true });
    expect((await ask(1, toggle, input)).data).toEqual({ setFlagEnabled: { enabled: true, version: 2 } });
  });

  it("says which change was made when the thing is gone, or another has its name", async () => {
    const input = { flagKey, description: "first", idempotencyKey: "gone-since" };
    const creation = { key: `${flagKey}-b`, idempotencyKey: "created-once" };
    await ask(0, update, input);
    await ask(0, createFlag, creation);
    for (const key of [flagKey, creation.key]) await ask(0, remove, { flagKey: key });
    await ask(0, createFlag, { key: creation.key });
    for (const answer of [await ask(1, update, input), await ask(1, createFlag, creation)]) {
      expect(codeOf(answer)).toBe("NOT_FOUND");
      expect(answer.errors?.[0]?.message).toMatch(/made, as change [\da-f-]{36};/);
    }
    expect(await rowsOf(creation.key)).toEqual(["flag.created", "flag.deleted", "flag.created"]);
  });

  it("of a deletion is told what was deleted, though it is not found any more", async () => {
    await ask(0, addEnvironment, { key: "qa", name: "Quality" });
    const input = { environment: "qa", idempotencyKey: "qa-gone" };
    const first = await ask(0, removeEnvironment, input);
    expect(first.data).toEqual({ deleteEnvironment: { key: "qa", name: "Quality", version: 1 } });
    expect(await ask(1, removeEnvironment, input)).toEqual(first);
  });

  it("is refused to whoever may not make the change any more", async () => {
    const role = `mutation ($input: SetUserRoleInput!) { setUserRole(input: $input) { role } }`;
    const bob = { email: "bob@example.com", password };
    await ask(0, `mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }`, {
      ...{ ...bob, role: "MANAGER" },
    });
    const input = { flagKey, idempotencyKey: "demoted" };
    expect(codeOf(await ask(0, remove, input, await signIn(bob)))).toBeNull();
    await ask(0, role, { email: bob.email, role: "DEVELOPER" });
    expect(codeOf(await ask(0, remove, input, await signIn(bob)))).toBe("FORBIDDEN");
  });

  it("of somebody else is no repetition", async () => {
    const input = { flagKey, description: "mine", idempotencyKey: "whose" };
    await ask(0, update, input);
    const accessToken = await signIn({ email: adminEmail, password });
    const theirs = await ask(0, update, { ...input, description: "theirs" }, accessToken);
    expect(theirs.data).toMatchObject({ updateFlag: { description: "theirs", version: 3 } });
  });
});

/** How long the instance waits for PostgreSQL. */
const silenceMs = 2_000;
const soon = { timeout: 10_000 };

describe("when the answer of PostgreSQL to a commit is lost", () => {
  let proxy: TcpProxy;
  let cutOff: TestInstance;
  const lines: string[] = [];
  beforeAll(async () => {
    const behind = new URL(url);
    proxy = await openTcpProxy({ host: behind.hostname, port: Number(behind.port) });
    behind.port = String(proxy.port);
    const log = openLog({ logLevel: "debug", logFormat: "json" }, { write: (line) => void lines.push(line) });
    const database = openPostgres(behind.href, { silenceMs });
    cutOff = await startInstance({ ...env, DATABASE_URL: behind.href }, { log, database });
  });
  afterAll(async () => {
    await cutOff.app.close();
    await proxy.close();
  });
  const askCutOff = async (query: string, input: Data = {}) =>
    cutOff.graphql<Data>(query, { input }, management);

  it.each([
    ["on its way there", "toServer", ["flag.created"]],
    ["on its way back", "toClient", ["flag.created", "flag.updated"]],
  ] as const)(
    "%s, the outcome is unknown, and the same request makes it known",
    async (_name, direction, rows) => {
      const input = { flagKey, description: "unknown", idempotencyKey: `lost ${direction}` };
      proxy.loseAt(direction, 'insert into "idempotency_keys"', "commit");
      const answer = await askCutOff(update, input);
      expect(codeOf(answer)).toBe("UNKNOWN_OUTCOME");
      expect(answer.errors?.[0]?.message).toContain("same idempotencyKey");
      expect(await rowsOf(flagKey)).toEqual(rows);
      const again = await ask(1, update, input);
      expect(again.data).toEqual({ updateFlag: { key: flagKey, description: "unknown", version: 2 } });
      await expect.poll(async () => (await askCutOff(update, input)).data, soon).toEqual(again.data);
      expect(await rowsOf(flagKey)).toEqual(["flag.created", "flag.updated"]);
    },
  );

  it("the log says so, and never names the key", () => {
    const told = lines.filter((line) => line.includes("UNKNOWN_OUTCOME") || line.includes("Nobody knows"));
    expect(told).toHaveLength(2);
    expect(lines.join("")).not.toMatch(/lost to(Server|Client)/);
  });
});
