/** How much anybody may ask for, and how often they may guess, at every door and over several instances. */
import type { Client } from "graphql-ws";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { codeAt } from "../support/authenticator.js";
import { freshDatabase, freshPostgresUrl } from "../support/databases.js";
import { adminEmail, makeFirst, password, startInstance, type TestInstance } from "../support/instance.js";
import { liveClient, subscribe } from "../support/live.js";
import { redisUrl } from "../support/services.js";
import { openTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";

const evaluate = '{ evaluate(flagKey: "welcome", context: { targetingKey: "user-1" }) { value } }';
const live = 'subscription { evaluations(context: { targetingKey: "user-1" }) { snapshot } }';
const login = `mutation ($email: String!, $password: String!, $otp: String) {
  login(input: { email: $email, password: $password, otp: $otp }) { accessToken } }`;

let instance: TestInstance;
let key: Awaited<ReturnType<typeof makeFirst>>;
let instant: number;
const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
});

function clientKey(): string {
  return key("CLIENT", "development");
}

/** What one HTTP exchange gave. */
interface Told {
  readonly status: number;
  readonly retryAfter: string | null;
  /** `RATE_LIMITED 6`: code and retryAfterSeconds of each error; null: none. */
  readonly errors: readonly string[] | null;
  readonly data: Readonly<Record<string, unknown>> | null;
}

interface Sent {
  readonly credential?: string | null;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly to?: TestInstance;
}

async function ask(
  query: string,
  { credential = null, variables, headers, to = instance }: Sent = {},
): Promise<Told> {
  const response = await fetch(`${to.url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(credential !== null && { authorization: `Bearer ${credential}` }),
      ...headers,
    },
    body: JSON.stringify({ query, variables }),
  });
  const { data = null, errors } = (await response.json()) as {
    data?: Readonly<Record<string, unknown>> | null;
    errors?: { extensions: { code: string; retryAfterSeconds?: number } }[];
  };
  const named = errors?.map(
    ({ extensions: { code, retryAfterSeconds } }) => `${code} ${retryAfterSeconds ?? "-"}`,
  );
  return {
    status: response.status,
    retryAfter: response.headers.get("retry-after"),
    errors: named ?? null,
    data,
  };
}

const forwardedFor = (address: string) => ({ "x-forwarded-for": address });

async function signIn(
  word: string,
  sent: Sent & { readonly email?: string; readonly otp?: string } = {},
): Promise<string> {
  const { email = adminEmail, otp = null, ...rest } = sent;
  const { errors } = await ask(login, { ...rest, variables: { email, password: word, otp } });
  return errors?.[0] ?? "signed in";
}

async function signInTimes(
  times: number,
  word: string,
  sent: Parameters<typeof signIn>[1] = {},
): Promise<string[]> {
  const outcomes: string[] = [];
  for (let turn = 0; turn < times; turn += 1) outcomes.push(await signIn(word, sent));
  return outcomes;
}

const refused = "UNAUTHENTICATED -";

const withCode = (name: string, selection: string): string =>
  `mutation ($code: String!) { ${name}(input: { code: $code }) ${selection} }`;
const begin = "mutation ($password: String!) { beginTwoFactor(input: { password: $password }) { secret } }";
const confirm = withCode("confirmTwoFactor", "{ session { accessToken } }");
const stepUp = withCode("stepUp", "{ accessToken }");
const changePassword = `mutation ($currentPassword: String!, $newPassword: String!) {
  changePassword(input: { currentPassword: $currentPassword, newPassword: $newPassword }) { accessToken } }`;

/** The administrator signed in, with the secret of a second factor that is not confirmed yet. */
async function signInAndBegin(): Promise<{ readonly credential: string; readonly secret: string }> {
  const { data } = await ask(login, { variables: { email: adminEmail, password } });
  const credential = (data as { login: { accessToken: string } }).login.accessToken;
  const begun = await ask(begin, { credential, variables: { password } });
  return { credential, ...(begun.data as { beginTwoFactor: { secret: string } }).beginTwoFactor };
}

async function open(env: Readonly<Record<string, string>>): Promise<void> {
  instant = Date.now();
  instance = await startInstance(env, { database: freshDatabase(), now: () => instant });
  key = await makeFirst(instance, env);
}

describe("what a credential may ask for in a minute", () => {
  beforeEach(async () =>
    open({ RATE_LIMIT_EVALUATION: "10", RATE_LIMIT_MANAGEMENT: "4", TRUSTED_PROXIES: "127.0.0.1" }),
  );
  afterEach(async () => instance.app.close());

  it("is counted by root field: ten aliases cost ten, and come back one by one", async () => {
    const ten = `{ ${Array.from({ length: 10 }, (_, index) => `a${index}: ${evaluate.slice(1, -1)}`).join(" ")} }`;
    const credential = clientKey();
    expect(await ask(ten, { credential })).toMatchObject({ status: 200, errors: null, retryAfter: null });
    const limited = { status: 200, errors: ["RATE_LIMITED 6"], retryAfter: "6", data: null };
    expect(await ask(evaluate, { credential })).toEqual(limited);
    instant += 6_000;
    expect(await ask(evaluate, { credential })).toMatchObject({ errors: null });
    expect(await ask(evaluate, { credential })).toEqual(limited);
  });

  it("is spent by each event that a CLIENT key tracks, and by each batch of a SERVER key", async () => {
    const at = new Date(instant).toISOString();
    const track = `mutation ($events: [TrackEventInput!]!) { track(input: { events: $events }) { accepted } }`;
    const send = async (credential: string, many: number) => {
      const events = Array.from({ length: many }, (_, index) => ({
        ...{ id: `${credential} ${index}`, metric: "clicks", unit: "user-1", at },
      }));
      return ask(track, { credential, variables: { events } });
    };
    const [client, server] = [clientKey(), key("SERVER", "development")];
    expect((await send(client, 9)).errors).toBeNull();
    expect((await send(client, 2)).errors).toEqual(["RATE_LIMITED 6"]);
    expect((await send(client, 1)).errors).toBeNull();
    expect((await ask(evaluate, { credential: client })).errors).toEqual(["RATE_LIMITED 6"]);
    instant += 60_000;
    expect((await send(client, 12)).errors).toBeNull();
    for (let turn = 0; turn < 10; turn += 1) expect((await send(server, 12)).errors).toBeNull();
    expect((await send(server, 12)).errors).toEqual(["RATE_LIMITED 6"]);
  });

  it("is one budget at every door: GraphQL, OFREP and the WebSocket", async () => {
    const credential = key("SERVER", "development");
    for (let turn = 0; turn < 5; turn += 1) {
      expect((await ask(evaluate, { credential })).errors).toBeNull();
      expect((await instance.ofrep("welcome", credential)).status).toBe(200);
    }
    const overRest = await instance.ofrep("welcome", credential);
    expect(overRest.status).toBe(429);
    expect(overRest.headers.get("retry-after")).toBe("6");
    expect(await overRest.json()).toMatchObject({ errorCode: "GENERAL" });
    const client = liveClient(instance.url, credential);
    clients.push(client);
    const limited = [{ extensions: { code: "RATE_LIMITED", retryAfterSeconds: 6 } }];
    expect((await subscribe(client, live).next()).errors).toMatchObject(limited);
    const asked = await subscribe(client, evaluate).next();
    expect(asked.errors).toMatchObject(limited);
  });

  it("is for evaluation one thing, for everything else another", async () => {
    const credential = key("MANAGEMENT");
    for (let turn = 0; turn < 4; turn += 1)
      expect((await ask("{ projects { key } }", { credential })).errors).toBeNull();
    expect((await ask("{ projects { key } }", { credential })).errors).toEqual(["RATE_LIMITED 15"]);
    const withPlace = evaluate.replace("context:", 'environment: "development", context:');
    expect((await ask(withPlace, { credential })).errors).toBeNull();
  });

  it("is each address's own for a CLIENT key, and of IPv6 each network's", async () => {
    const credential = clientKey();
    const at = async (address: string) =>
      (await ask(evaluate, { credential, headers: forwardedFor(address) })).errors;
    for (let turn = 0; turn < 10; turn += 1) expect(await at(`2001:db8:0:7::${turn + 1}`)).toBeNull();
    expect(await at("2001:db8:0:7:ffff::1")).toEqual(["RATE_LIMITED 6"]);
    expect(await at("2001:db8:0:8::1")).toBeNull();
    expect(await at("198.51.100.1")).toBeNull();
  });

  it("is each address's own for strangers, who cannot spend a user's", async () => {
    const me = "{ me { id } }";
    const at = async (address: string) => (await ask(me, { headers: forwardedFor(address) })).errors?.[0];
    for (let turn = 0; turn < 4; turn += 1) expect(await at("198.51.100.1")).toBe(refused);
    expect(await at("198.51.100.1")).toBe("RATE_LIMITED 15");
    expect(await at("198.51.100.2")).toBe(refused);
    const headers = forwardedFor("198.51.100.3");
    const session = await ask(login, { headers, variables: { email: adminEmail, password } });
    const credential = (session.data as { login: { accessToken: string } }).login.accessToken;
    expect((await ask(me, { credential, headers: forwardedFor("198.51.100.1") })).errors).toBeNull();
  });

  it("is a user's own, however often they sign in", async () => {
    const me = "{ me { id } }";
    const signedIn = async (address: string): Promise<string> => {
      const headers = forwardedFor(address);
      const { data } = await ask(login, { headers, variables: { email: adminEmail, password } });
      return (data as { login: { accessToken: string } }).login.accessToken;
    };
    const [first, second] = [await signedIn("198.51.100.4"), await signedIn("198.51.100.5")];
    for (let turn = 0; turn < 4; turn += 1) {
      expect((await ask(me, { credential: first })).errors).toBeNull();
    }
    expect((await ask(me, { credential: second })).errors).toEqual(["RATE_LIMITED 15"]);
  });
});

describe("documents that are refused", () => {
  beforeAll(async () => open({ RATE_LIMIT_MANAGEMENT: "3" }));
  afterAll(async () => instance.app.close());

  it("spend of the budget too: looking at them is work", async () => {
    const invalid = "{ nothingOfTheKind }";
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await ask(invalid)).errors).toEqual(["GRAPHQL_VALIDATION_FAILED -"]);
    }
    expect((await ask(invalid)).errors).toEqual(["RATE_LIMITED 20"]);
  });
});

describe("an address that no trusted proxy vouches for", () => {
  beforeAll(async () => open({ RATE_LIMIT_EVALUATION: "3", RATE_LIMIT_SIGN_IN: "3" }));
  afterAll(async () => instance.app.close());

  it("gives nobody another budget, nor another try", async () => {
    const spoofed = async (turn: number) =>
      (await ask(evaluate, { credential: clientKey(), headers: forwardedFor(`203.0.113.${turn}`) })).errors;
    for (let turn = 0; turn < 3; turn += 1) expect(await spoofed(turn)).toBeNull();
    expect(await spoofed(3)).toEqual(["RATE_LIMITED 20"]);
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await signIn("wrong password", { headers: forwardedFor(`203.0.113.${turn}`) })).toBe(refused);
    }
    expect(await signIn(password, { headers: forwardedFor("203.0.113.3") })).toBe("RATE_LIMITED 20");
  });
});

describe("signing in", () => {
  const ownEnv = { TRUSTED_PROXIES: "127.0.0.1", RATE_LIMIT_SIGN_IN: "1000", ALLOW_SIGNUP: "true" };
  beforeEach(async () => open(ownEnv));
  afterEach(async () => instance.app.close());

  it("waits after five wrong passwords; the right one works after the wait", async () => {
    expect(await signInTimes(5, "wrong password")).toEqual(Array(5).fill(refused));
    expect(await signIn(password)).toBe("RATE_LIMITED 1");
    instant += 1_000;
    expect(await signIn("wrong password")).toBe(refused);
    expect(await signIn(password)).toBe("RATE_LIMITED 2");
    instant += 2_000;
    expect(await signIn(password)).toBe("signed in");
    expect(await signIn("wrong password")).toBe(refused);
  });

  it("waits for an account that does not exist in the same way", async () => {
    const email = "nobody@example.com";
    expect(await signInTimes(5, "wrong password", { email })).toEqual(Array(5).fill(refused));
    expect(await signIn("wrong password", { email: "NOBODY@example.com" })).toBe("RATE_LIMITED 1");
  });

  it("cannot be kept from somebody by a stranger: not on their device, not for long elsewhere", async () => {
    const home = { headers: forwardedFor("192.0.2.1") };
    expect(await signIn(password, home)).toBe("signed in");
    for (let turn = 0; turn < 30; turn += 1) {
      await signIn("wrong password", { headers: forwardedFor(`198.51.100.${turn}`) });
      instant += 100;
    }
    const elsewhere = { headers: forwardedFor("203.0.113.1") };
    expect(await signIn(password, elsewhere)).toMatch(/^RATE_LIMITED/);
    expect(await signIn(password, home)).toBe("signed in");
    instant += 60_000;
    expect(await signIn(password, elsewhere)).toBe("signed in");
  });

  it("counts wrong codes of the second factor as failures, wherever they are shown", async () => {
    const { credential, secret } = await signInAndBegin();
    expect((await ask(confirm, { credential, variables: { code: "000000" } })).errors).toEqual([
      "BAD_USER_INPUT -",
    ]);
    const confirmed = await ask(confirm, { credential, variables: { code: codeAt(secret, instant) } });
    expect(confirmed.errors).toBeNull();
    for (let turn = 0; turn < 3; turn += 1) {
      expect((await ask(stepUp, { credential, variables: { code: "000000" } })).errors).toEqual([
        "BAD_USER_INPUT -",
      ]);
    }
    expect(await signIn(password)).toBe("TWO_FACTOR_REQUIRED -");
    expect(await signInTimes(2, password, { otp: "000000" })).toEqual([refused, refused]);
    expect((await ask(stepUp, { credential, variables: { code: "000000" } })).errors).toEqual([
      "RATE_LIMITED 1",
    ]);
    instant += 60_000;
    expect(await signIn(password, { otp: codeAt(secret, instant) })).toBe("signed in");
  });

  it("has no failed codes forgotten by a right password: one factor is no proof of both", async () => {
    const { credential, secret } = await signInAndBegin();
    await ask(confirm, { credential, variables: { code: codeAt(secret, instant) } });
    const guess = async () =>
      (await ask(stepUp, { credential, variables: { code: "000000" } })).errors?.[0] ?? "stepped up";
    const variables = { currentPassword: password, newPassword: password };
    for (let turn = 0; turn < 3; turn += 1) {
      expect(await guess()).toBe("BAD_USER_INPUT -");
      expect((await ask(changePassword, { credential, variables })).errors).toBeNull();
    }
    expect([await guess(), await guess(), await guess()]).toEqual([
      "BAD_USER_INPUT -",
      "BAD_USER_INPUT -",
      "RATE_LIMITED 1",
    ]);
  });

  it("tells the security log and the metrics", async () => {
    await signInTimes(7, "wrong password");
    const { data } = await ask(
      "{ securityEvents(filter: { kinds: [SIGN_IN_LIMITED] }) { nodes { subject occurrences } } }",
      {
        credential: key("MANAGEMENT"),
      },
    );
    expect(data).toEqual({ securityEvents: { nodes: [{ subject: adminEmail, occurrences: 2 }] } });
    const figures = await (await fetch(`${instance.url}/metrics`)).text();
    expect(figures).toContain('user_login_attempts_total{outcome="failure"} 5');
    expect(figures).toContain('user_login_attempts_total{outcome="limited"} 2');
    expect(figures).toContain('halyard_rate_limited_total{limit="account"} 2');
  });
});

describe("signing in from one address", () => {
  beforeAll(async () =>
    open({ RATE_LIMIT_SIGN_IN: "3", ALLOW_SIGNUP: "true", TRUSTED_PROXIES: "127.0.0.1" }),
  );
  afterAll(async () => instance.app.close());

  it.each([
    ["login", login, { email: "nobody@example.com", password: "wrong password" }],
    ["refresh", 'mutation { refresh(input: { refreshToken: "nonsense" }) { accessToken } }', {}],
    [
      "register",
      'mutation { register(input: { email: "nonsense", password: "short" }) { accessToken } }',
      {},
    ],
  ])("has an end for %s", async (_door, mutation, variables) => {
    const at = async (address: string) =>
      (await ask(mutation, { variables, headers: forwardedFor(address) })).errors?.[0];
    for (let turn = 0; turn < 3; turn += 1) expect(await at("2001:db8::1")).not.toMatch(/^RATE_LIMITED/);
    expect(await at("2001:db8::2")).toBe("RATE_LIMITED 20");
    expect(await at("2001:db8:1::1")).not.toMatch(/^RATE_LIMITED/);
    instant += 20_000;
    expect(await at("2001:db8::1")).not.toMatch(/^RATE_LIMITED/);
  });
});

const redis = await redisUrl("limits of several instances");

describe.skipIf(redis === undefined)("two instances over Redis", () => {
  let proxy: TcpProxy;
  let other: TestInstance;
  beforeEach(async () => {
    const { hostname, port, pathname } = new URL(redis ?? "");
    proxy = await openTcpProxy({ host: hostname, port: Number(port) });
    const env = {
      DATABASE_URL: await freshPostgresUrl(),
      REDIS_URL: `redis://127.0.0.1:${proxy.port}${pathname}`,
      ...{ RATE_LIMIT_EVALUATION: "20", RATE_LIMIT_SIGN_IN: "30", TRUSTED_PROXIES: "127.0.0.1" },
    };
    instance = await startInstance(env);
    key = await makeFirst(instance, env);
    other = await startInstance(env);
  });
  afterEach(async () => {
    await Promise.all([instance.app.close(), other.app.close()]);
    await proxy.close();
  });

  it("share a budget, about a second late", async () => {
    const credential = clientKey();
    const at = async (to: TestInstance) => (await ask(evaluate, { credential, to })).errors?.[0];
    for (let turn = 0; turn < 20; turn += 1) expect(await at(instance)).toBeUndefined();
    await vi.waitFor(async () => expect(await at(other)).toMatch(/^RATE_LIMITED/), {
      timeout: 5_000,
      interval: 300,
    });
  });

  it("share what one address may try at a door, about a second late", async () => {
    const network = crypto.randomUUID().slice(0, 4);
    const headers = forwardedFor(`2001:db8:${network}:${network}::1`);
    const refresh = 'mutation { refresh(input: { refreshToken: "nonsense" }) { accessToken } }';
    const at = async (to: TestInstance) => (await ask(refresh, { headers, to })).errors?.[0];
    for (let turn = 0; turn < 30; turn += 1) expect(await at(instance)).toBe(refused);
    await vi.waitFor(async () => expect(await at(other)).toMatch(/^RATE_LIMITED/), {
      timeout: 5_000,
      interval: 300,
    });
  });

  it("share failures at once, under an account's own name", async () => {
    const email = `${crypto.randomUUID()}@example.com`;
    for (const to of [instance, other, instance, other, instance]) {
      expect(await signIn("wrong password", { email, to })).toBe(refused);
    }
    expect(await signIn("wrong password", { email, to: other })).toBe("RATE_LIMITED 1");
  });

  it("go on evaluating, and go on limiting sign-ins each by itself, when Redis does not answer", async () => {
    proxy.blackHole();
    const credential = clientKey();
    const started = performance.now();
    expect((await ask(evaluate, { credential })).errors).toBeNull();
    expect(performance.now() - started).toBeLessThan(1_000);
    const email = `${crypto.randomUUID()}@example.com`;
    expect(await signInTimes(5, "wrong password", { email })).toEqual(Array(5).fill(refused));
    expect(await signIn("wrong password", { email })).toBe("RATE_LIMITED 1");
    expect(await signIn(password)).toBe("signed in");
    expect(await signIn("wrong password", { email, to: other })).toBe(refused);
  });
});
