/** Secrets are planted everywhere a caller could put one, everything is made to fail, and then nothing that the server keeps or tells holds any of them. */
import { randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { codeAt } from "../support/authenticator.js";
import { freshPostgresUrl } from "../support/databases.js";
import { type Answer, askGraphQL } from "../support/graphql-client.js";
import { type ServerProcess, startServerProcess } from "../support/server-process.js";

/** Name → the secret itself. */
const planted = new Map<string, string>();

function plant(name: string, secret = `${randomBytes(12).toString("hex")}-${name.replaceAll(/\W+/g, "-")}`) {
  planted.set(name, secret);
  return secret;
}

/** The names of the secrets of which the text holds the beginning, as it is or as addresses and headers write it. */
function foundIn(text: string): string[] {
  return [...planted].flatMap(([name, secret]) => {
    const start = secret.slice(0, Math.max(20, secret.length - 25));
    const packed = Buffer.from(start).toString("base64url").slice(0, -1);
    return [start, encodeURIComponent(start), packed].some((form) => text.includes(form)) ? [name] : [];
  });
}

let server: ServerProcess;
let databaseUrl: string;
let sql: postgres.Sql;
let management = "";
/** What the server answered to what it refused. */
const refusals: string[] = [];

const adminPassword = plant("ADMIN_PASSWORD");
const email = "alice@example.com";

async function ask<Data>(
  query: string,
  variables = {},
  credential: string | null = management,
): Promise<Answer<Data>> {
  const answer = await askGraphQL<Data>(server.url, query, variables, credential);
  if (answer.errors !== undefined) refusals.push(JSON.stringify(answer));
  return answer;
}

async function must<Data>(
  query: string,
  variables = {},
  credential: string | null = management,
): Promise<Data> {
  const { data, errors } = await ask<Data>(query, variables, credential);
  expect(errors).toBeUndefined();
  return data as Data;
}

async function send(path: string, init: RequestInit): Promise<void> {
  const response = await fetch(server.url + path, init);
  const body = await response.text();
  if (response.status >= 400 || body.includes('"errors"')) refusals.push(body);
}

const json = { "content-type": "application/json" };

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

const login = "mutation ($input: LoginInput!) { login(input: $input) { accessToken refreshToken } }";
const signIn = async (input: object) => ask<{ login: Tokens }>(login, { input }, null);

beforeAll(async () => {
  const url = new URL(await freshPostgresUrl());
  url.password = plant("DATABASE_URL"); // the tests' PostgreSQL takes any
  databaseUrl = url.href;
  sql = postgres(databaseUrl, { max: 1 });
  server = await startServerProcess({
    DATABASE_URL: databaseUrl,
    SECRET_KEY: `${plant("key of the server")},${plant("older key of the server")}`,
    ADMIN_PASSWORD: adminPassword,
    LOG_LEVEL: "trace",
    LOG_FORMAT: "json",
    RATE_LIMIT_SIGN_IN: "0",
  });
  management = /^Authorization: Bearer (\S+)$/m.exec(server.output())?.[1] ?? "";
  await goodUse();
  await badUse();
  await brokenDatabase();
  await new Promise((resolve) => void setTimeout(resolve, 1_500)); // the security log writes once a second
}, 180_000);
afterAll(async () => {
  await sql.end();
  await server.stop();
});

/** Everything that hands out or takes a secret, as it should be. */
async function goodUse(): Promise<void> {
  const password = plant("password");
  await must("mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }", {
    input: { email, password, role: "ADMIN" },
  });
  type Key = { secret: string; apiKey: { id: string } };
  const { createApiKey } = await must<{ createApiKey: Key }>(
    'mutation { createApiKey(input: { name: "canary", kind: SERVER, environment: "development" }) { secret apiKey { id } } }',
  );
  plant("API key", createApiKey.secret);
  const { rotateApiKey } = await must<{ rotateApiKey: Key }>(
    "mutation ($id: ID!) { rotateApiKey(input: { id: $id }) { secret } }",
    { id: createApiKey.apiKey.id },
  );
  plant("rotated API key", rotateApiKey.secret);
  for (const name of ["proof secret", "next proof secret"]) {
    const { rotateContextProofSecret } = await must<{ rotateContextProofSecret: { secret: string } }>(
      'mutation { rotateContextProofSecret(input: { environment: "development" }) { secret } }',
    );
    plant(name, rotateContextProofSecret.secret);
  }
  const tokens = plantTokens("first", (await signIn({ email, password })).data?.login);
  const { refresh } = await must<{ refresh: Tokens }>(
    "mutation ($input: RefreshInput!) { refresh(input: $input) { accessToken refreshToken } }",
    { input: { refreshToken: tokens.refreshToken } },
    null,
  );
  plantTokens("second", refresh);
  const changed = plant("changed password");
  await must(
    "mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { accessToken } }",
    { input: { currentPassword: password, newPassword: changed } },
    refresh.accessToken,
  );
  await secondFactor(changed);
}

function plantTokens(which: string, tokens: Tokens | undefined): Tokens {
  if (tokens === undefined) throw new Error("Nobody signed in.");
  plant(`${which} access token`, tokens.accessToken);
  plant(`${which} refresh token`, tokens.refreshToken);
  return tokens;
}

async function secondFactor(password: string): Promise<void> {
  const { accessToken } = plantTokens("third", (await signIn({ email, password })).data?.login);
  const { beginTwoFactor } = await must<{ beginTwoFactor: { secret: string; uri: string } }>(
    "mutation ($password: String!) { beginTwoFactor(input: { password: $password }) { secret uri } }",
    { password },
    accessToken,
  );
  plant("TOTP secret", beginTwoFactor.secret);
  plant("TOTP address", beginTwoFactor.uri);
  const { confirmTwoFactor } = await must<{ confirmTwoFactor: { recoveryCodes: string[] } }>(
    "mutation ($input: TwoFactorCodeInput!) { confirmTwoFactor(input: $input) { recoveryCodes } }",
    { input: { code: codeAt(beginTwoFactor.secret, Date.now()) } },
    accessToken,
  );
  const [first = "", second = ""] = confirmTwoFactor.recoveryCodes;
  plant("used recovery code", first);
  plant("recovery code", second);
  plant("recovery code without dashes", second.replaceAll("-", ""));
  expect((await signIn({ email, password, otp: first })).errors).toBeUndefined();
  await signIn({ email, password, otp: plant("wrong code") });
}

/** Secrets where they do not belong, and requests that cannot be answered. */
async function badUse(): Promise<void> {
  await signIn({ email, password: plant("wrong password") });
  await signIn({ email: "nobody@example.com", password: plant("password of nobody") });
  await signIn({ email, password: plant("endless password").repeat(200) });
  await ask(
    `mutation { login(input: { email: "${email}", password: "${plant("inline password")}" }) { accessToken } }`,
  );
  await ask("mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }", {
    input: { email, password: plant("password of a taken address"), role: "VIEWER" },
  });
  await ask("mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }", {
    input: { email: "bob@example.com", password: [plant("password in a list")], role: "VIEWER" },
  });
  await ask(login, { input: { email, passwrd: plant("misspelt password") } }, null);
  await ask(login, { input: { email, password: { value: plant("password in an object") } } }, null);
  await ask("mutation ($input: RefreshInput!) { refresh(input: $input) { accessToken } }", {
    input: { refreshToken: plant("unknown refresh token") },
  });
  await headers();
  await misplaced();
  await unreadable();
  await sockets();
}

async function headers(): Promise<void> {
  const body = JSON.stringify({ query: '{ evaluate(flagKey: "welcome", context: {}) { value } }' });
  for (const name of ["authorization", "x-api-key", "cookie", "proxy-authorization"]) {
    for (const scheme of ["Bearer ", "Basic ", ""]) {
      const value = scheme + plant(`${scheme}in the header ${name}`);
      await send("/graphql", { method: "POST", headers: { ...json, [name]: value }, body });
      await send("/ofrep/v1/evaluate/flags/welcome", {
        method: "POST",
        headers: { ...json, [name]: value },
        body,
      });
    }
  }
}

async function misplaced(): Promise<void> {
  const key = `hal_server_production_${plant("API key as a flag's key").replaceAll("-", "")}`;
  plant("API key as a flag's key", key);
  await ask("query ($key: String!) { flag(key: $key) { key } }", { key });
  await ask("mutation ($key: String!) { killFlag(input: { flagKey: $key }) { key } }", { key });
  await ask(
    'query ($context: EvaluationContext!) { evaluate(flagKey: "welcome", environment: "development", context: $context) { value } }',
    {
      context: {
        targetingKey: plant("secret as targeting key"),
        attributes: { password: plant("secret as attribute") },
        proof: plant("proof"),
      },
    },
  );
  for (const path of ["/graphql", "/ofrep/v1/evaluate/flags/welcome", "/nowhere", "/health", "/metrics"]) {
    await send(`${path}?token=${plant(`token in the address of ${path}`)}&query={nothing}`, {
      headers: json,
    });
  }
  await send(`/${plant("secret as path")}`, {});
  await send(`/ofrep/v1/evaluate/flags/${plant("secret as OFREP flag")}`, {
    method: "POST",
    headers: json,
    body: "{}",
  });
}

async function unreadable(): Promise<void> {
  const bodies = [
    `{"query": "${plant("broken JSON")}`,
    plant("no JSON at all"),
    JSON.stringify({ query: `{ login(password: "${plant("broken GraphQL")}" ` }),
    JSON.stringify({ query: `{ ${plant("unknown field", `f${randomBytes(12).toString("hex")}_unknown`)} }` }),
    JSON.stringify({ query: "{ __typename }", variables: plant("variables that are text") }),
    JSON.stringify({ query: "{ __typename }", operationName: plant("operation name") }),
    JSON.stringify({ [plant("name of a member")]: 1, query: 5 }),
    JSON.stringify({ query: `{ __typename } # ${plant("large body")} ${"x".repeat(5_000_000)}` }),
  ];
  for (const body of bodies) {
    for (const path of ["/graphql", "/ofrep/v1/evaluate/flags/welcome"]) {
      await send(path, {
        method: "POST",
        headers: { ...json, authorization: `Bearer ${management}` },
        body,
      }).catch(() => undefined);
    }
  }
  const type = `application/${plant("content type")}`;
  await send("/graphql", { method: "POST", headers: { "content-type": type }, body: "{}" });
  await rawRequest(`GET /graphql?${plant("broken request")} HTTP/9.9`);
}

/** What no HTTP library would send. */
async function rawRequest(line: string): Promise<void> {
  const { hostname, port } = new URL(server.url);
  await new Promise<void>((resolve) => {
    const request = httpRequest({ hostname, port, path: "/" });
    request.on("socket", (socket) => {
      socket.on("connect", () => socket.end(`${line}\r\nX: y\r\n\r\n`));
      socket.on("close", () => resolve());
    });
    request.on("error", () => undefined);
  });
}

async function sockets(): Promise<void> {
  const messages = [
    [
      {
        type: "connection_init",
        payload: {
          authorization: `Bearer ${plant("credential of a socket")}`,
          headers: { "x-api-key": plant("nested credential of a socket") },
        },
      },
      {
        id: plant("id of a subscription"),
        type: "subscribe",
        payload: {
          query: `subscription { evaluations(context: { targetingKey: "${plant("subscription")}" }) { revision }`,
        },
      },
    ],
    [{ type: plant("unknown message") }],
    [{ type: "connection_init", payload: plant("payload that is text") }],
    [{ type: "connection_init", payload: { authorization: plant("large frame") + "x".repeat(200_000) } }],
    [`{"type":"connection_init","payload":{"authorization":"${plant("broken frame")}`],
    [{ type: "subscribe", id: "1", payload: { query: plant("subscribe before init") } }],
  ];
  for (const [first, ...rest] of messages) {
    await new Promise<void>((resolve) => {
      const address = `${server.url.replace("http", "ws")}/graphql?token=${plant(`token of a socket's address ${planted.size}`)}`;
      const socket = new WebSocket(address, "graphql-transport-ws");
      const tell = (message: unknown) =>
        socket.send(typeof message === "string" ? message : JSON.stringify(message));
      socket.on("open", () => {
        tell(first);
        for (const message of rest) setTimeout(tell, 200, message);
        setTimeout(() => socket.close(), 600);
      });
      socket.on("close", () => resolve());
      socket.on("error", () => undefined);
    });
  }
}

/** Bugs, by a database that lacks what the server needs; the errors of the driver carry statements and their values. */
async function brokenDatabase(): Promise<void> {
  await sql`alter table sessions rename to hidden_sessions`;
  const masked = await signIn({ email: "admin@localhost", password: adminPassword });
  await sql`alter table hidden_sessions rename to sessions`;
  expect(masked.errors).toMatchObject([{ extensions: { code: "INTERNAL_SERVER_ERROR" } }]);
  await sql`alter table users rename column password_hash to hidden_hash`;
  await ask("mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }", {
    input: {
      email: "carol@example.com",
      password: plant("password that could not be stored"),
      role: "VIEWER",
    },
  });
  await sql`alter table users rename column hidden_hash to password_hash`;
  await sql`alter table flags rename column description to hidden_description`;
  await ask("mutation ($input: CreateFlagInput!) { createFlag(input: $input) { key } }", {
    input: { key: "lost", description: plant("secret in a description that could not be stored") },
  });
  await sql`alter table flags rename column hidden_description to description`;
  await sql`alter table api_keys rename column hash to hidden_hash`;
  await ask(
    'mutation { createApiKey(input: { name: "lost", kind: SERVER, environment: "development" }) { secret } }',
  );
  await sql`alter table api_keys rename column hidden_hash to hash`;
  await sql`alter table environments rename column context_proof_secret to hidden_secret`;
  await ask('mutation { rotateContextProofSecret(input: { environment: "development" }) { secret } }');
  await sql`alter table environments rename column hidden_secret to context_proof_secret`;
}

describe("no planted secret stands", () => {
  it("in the log, at its most talkative, nor anywhere else that the process writes", () => {
    const output = server.output();
    expect(output).toContain("A request failed unexpectedly.");
    expect(foundIn(output)).toEqual([]);
  });

  it.each(["/metrics", "/health", "/livez", "/readyz"])("in %s", async (path) => {
    const response = await fetch(server.url + path);
    expect(response.status).toBe(200);
    expect(foundIn(await response.text())).toEqual([]);
  });

  it("in any table", async () => {
    const tables = await sql<{ name: string }[]>`
      select table_name as name from information_schema.tables where table_schema = 'public'`;
    expect(tables.length).toBeGreaterThan(15);
    for (const { name } of tables) {
      const rows = await sql.unsafe(`select row_to_json(t)::text as row from "${name}" t`);
      expect([name, foundIn(rows.map(({ row }) => String(row)).join("\n"))]).toEqual([name, []]);
    }
  });

  it("in the audit log, the security log, or the rulesets", async () => {
    const audit = await must<{ auditEvents: { nodes: unknown[] } }>(
      "{ auditEvents(first: 100) { nodes { kind subject summary before after actor { name } } } }",
    );
    expect(audit.auditEvents.nodes.length).toBeGreaterThan(10);
    const events = await must<{ securityEvents: { nodes: unknown[] } }>(
      "{ securityEvents(first: 100) { nodes { kind subject detail userAgent actor { name } } } }",
    );
    expect(events.securityEvents.nodes.length).toBeGreaterThan(3);
    const ruleset = await must('{ ruleset(environment: "development") { flags segments } }');
    for (const told of [audit, events, ruleset]) expect(foundIn(JSON.stringify(told))).toEqual([]);
  });

  it("in what a caller is told of its own mistake", () => {
    expect(refusals.length).toBeGreaterThan(40);
    // What stands where a key or a name belongs is taken for one, and told to whoever sent it.
    expect(foundIn(refusals.join("\n"))).toEqual([
      "API key as a flag's key",
      "secret as path",
      "secret as OFREP flag",
      "unknown field",
    ]);
  });
});
