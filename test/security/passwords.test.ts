import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../support/server.js";

const password = "correct horse battery";
const email = "alice@example.com";
const inactive = "bob@example.com";
const nobody = "nobody@example.com";

let server: TestServer;

beforeAll(async () => {
  server = await startServer("pglite", {
    ALLOW_SIGNUP: "true",
    RATE_LIMIT_SIGN_IN: "0",
    TRUSTED_PROXIES: "127.0.0.1",
  });
  const { errors } = await server.graphql(
    `mutation ($one: CreateUserInput!, $other: CreateUserInput!, $gone: UserRefInput!) {
      one: createUser(input: $one) { id } other: createUser(input: $other) { id }
      gone: deactivateUser(input: $gone) { id } }`,
    { one: { email, password }, other: { email: inactive, password }, gone: { email: inactive } },
  );
  expect(errors).toBeUndefined();
});
afterAll(async () => server.close());

interface Reply {
  readonly status: number;
  readonly headers: readonly string[];
  readonly text: string;
}

/** Each from an address of its own, so that no limit of one address or account is met. */
let lastAddress = 0;

async function post(query: string, input: unknown): Promise<Reply> {
  lastAddress += 1;
  const response = await fetch(`${server.url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-forwarded-for": `10.0.${Math.floor(lastAddress / 250)}.${(lastAddress % 250) + 1}`,
    },
    body: JSON.stringify({ query, variables: { input } }),
  });
  const text = await response.text();
  const { status, headers } = response;
  return { status, headers: [...headers.keys()], text };
}

const login = async (input: { readonly email: string; readonly password: string }) =>
  post("mutation ($input: LoginInput!) { login(input: $input) { accessToken } }", input);

const register = async (input: { readonly email: string; readonly password: string }) =>
  post("mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }", input);

/** A body without the one thing that differs between any two requests. */
function withoutId({ text }: Reply): unknown {
  return JSON.parse(text.replace(/"requestId":"[^"]+"/, '"requestId":"…"'));
}

function codesOf({ text }: Reply): unknown[] {
  const { errors = [] } = JSON.parse(text) as { errors?: { extensions: { code: unknown } }[] };
  return errors.map(({ extensions }) => extensions.code);
}

describe("a sign-in that fails", () => {
  it("tells nobody whether the account exists, is active, or the password wrong", async () => {
    const attempts = [
      { email, password: "wrong password" },
      { email, password: "short" },
      { email, password: "x".repeat(100_000) },
      { email: inactive, password },
      { email: nobody, password },
      { email: "no address", password },
      { email: "\0", password: "\0" },
      { email: "x".repeat(10_000), password },
    ];
    const replies = await Promise.all(attempts.map(login));
    const [first] = replies;
    expect(first && codesOf(first)).toEqual(["UNAUTHENTICATED"]);
    for (const reply of replies) {
      expect(reply).toMatchObject({ status: first?.status, headers: first?.headers });
      expect(withoutId(reply)).toEqual(first && withoutId(first));
      expect(reply.text).not.toMatch(/password"|wrong password|argon|stack/);
    }
  });

  it("takes as long for nobody as for somebody", async () => {
    const taken = { wrong: [] as number[], unknown: [] as number[] };
    for (let turn = 0; turn < 5; turn += 1) {
      for (const [what, address] of [
        ["wrong", email],
        ["unknown", `nobody-${turn}@example.com`],
      ] as const) {
        const started = performance.now();
        expect(codesOf(await login({ email: address, password: "wrong password" }))).toEqual([
          "UNAUTHENTICATED",
        ]);
        taken[what].push(performance.now() - started);
      }
    }
    const [wrong, unknown] = [Math.min(...taken.wrong), Math.min(...taken.unknown)];
    expect(unknown).toBeGreaterThan(wrong / 2);
    expect(unknown).toBeLessThan(wrong * 2);
  });
});

describe("a new password", () => {
  it.each([8, 128])("may have %i characters", async (length) => {
    const input = { email: `long-${length}@example.com`, password: "x".repeat(length) };
    expect(codesOf(await register(input))).toEqual([]);
    expect(codesOf(await login(input))).toEqual([]);
  });

  it.each([
    ["7 characters", "x".repeat(7), 7],
    ["129 characters", "x".repeat(129), 129],
    ["a hundred thousand", "x".repeat(100_000), 100_000],
    ["8 that Unicode makes 144", "\ufdfa".repeat(8), 144],
    ["8 that Unicode makes 4", "e\u0301".repeat(4), 4],
  ])("of %s is refused by its length, and never repeated", async (_length, wrong, length) => {
    const reply = await register({ email: "carol@example.com", password: wrong });
    expect(withoutId(reply)).toMatchObject({
      errors: [
        {
          extensions: {
            code: "BAD_USER_INPUT",
            fields: [{ path: "input.password", message: `must be 8 to 128 characters long, got ${length}.` }],
          },
        },
      ],
    });
    expect(reply.text).not.toContain(wrong.slice(0, 7));
  });

  it("is the same however its characters are composed", async () => {
    const made = await register({ email: "dave@example.com", password: "caf\u00e9 \u2460 for all" });
    expect(codesOf(made)).toEqual([]);
    const again = await login({ email: "dave@example.com", password: "cafe\u0301 1 for all" });
    expect(codesOf(again)).toEqual([]);
  });
});

/** Of accounts that do not exist: none would have to wait if no password were verified for them. */
describe("a crowd at the door", () => {
  it("is sent away where it would wait too long, while flags are evaluated and lengths are checked", async () => {
    const crowd = Array.from({ length: 200 }, async (_, index) =>
      login({ email: `user-${index}@example.com`, password }),
    );
    const tooShort = register({ email: "erin@example.com", password: "short" });
    const asked = await server.graphql(
      'mutation { setFlagEnabled(input: { flagKey: "welcome", environment: "development", enabled: true }) { enabled } }',
    );
    expect(asked.errors).toBeUndefined();
    const evaluated = await server.graphql(
      '{ evaluate(flagKey: "welcome", environment: "development", context: {}) { errorCode } }',
    );
    expect(evaluated.errors).toBeUndefined();
    expect(codesOf(await tooShort)).toEqual(["BAD_USER_INPUT"]);
    const replies = await Promise.all(crowd);
    const codes = replies.flatMap(codesOf);
    expect(new Set(codes)).toEqual(new Set(["UNAUTHENTICATED", "RATE_LIMITED"]));
    expect(codes).toHaveLength(200);
    for (const reply of replies.filter(({ text }) => text.includes("RATE_LIMITED"))) {
      expect(withoutId(reply)).toMatchObject({
        errors: [{ extensions: { retryAfterSeconds: expect.any(Number) } }],
      });
    }
    expect(replies.every(({ status }) => status < 500)).toBe(true);
    expect(codesOf(await login({ email, password }))).toEqual([]);
  });
});

describe("anything with a session", () => {
  const session = "{ accessToken refreshToken }";
  const input = { email, password };

  it.each([
    ["a sign-in", `mutation ($input: LoginInput!) { login(input: $input) ${session} }`, input],
    [
      "a sign-in that fails",
      `mutation ($input: LoginInput!) { login(input: $input) ${session} }`,
      { email: nobody, password },
    ],
    [
      "a refresh",
      `mutation ($input: RefreshInput!) { refresh(input: $input) ${session} }`,
      { refreshToken: "unknown" },
    ],
  ])("is kept by no cache: %s", async (_what, query, variables) => {
    const response = await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query, variables: { input: variables } }),
    });
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it("is kept by no cache: a query of somebody signed in, by GET too", async () => {
    const { text } = await login({ email, password });
    const { data } = JSON.parse(text) as { data: { login: { accessToken: string } } };
    const url = `${server.url}/graphql?query=${encodeURIComponent("{ me { email } }")}`;
    const headers = {
      authorization: `Bearer ${data.login.accessToken}`,
      "apollo-require-preflight": "true",
    };
    const response = await fetch(url, { headers });
    expect(await response.json()).toEqual({ data: { me: { email } } });
    expect(response.headers.get("cache-control")).toBe("no-store");
  });
});
