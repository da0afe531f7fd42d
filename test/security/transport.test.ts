/** What goes over the line beside the answers: headers that bind browsers, origins, and no cookie anywhere. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerTo } from "../support/raw-http.js";
import { startServer, type TestServer } from "../support/server.js";
import { upgradeStatus } from "../support/upgrade.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer("pglite", { ALLOWED_ORIGINS: "https://app.example.com" });
});
afterAll(async () => server.close());

const operation = {
  method: "POST",
  body: '{"query":"{ __typename }"}',
  headers: { "content-type": "application/json" },
};
const answers: [string, RequestInit, number][] = [
  ["/graphql", operation, 200],
  ["/graphql", { ...operation, body: "{" }, 400],
  ["/graphql", { ...operation, body: "x".repeat(300_000) }, 413],
  ["/graphql", { headers: { accept: "text/html" } }, 200],
  ["/ofrep/v1/evaluate/flags", operation, 400],
  ["/livez", {}, 200],
  ["/readyz", {}, 200],
  ["/health", {}, 200],
  ["/metrics", {}, 200],
  ["/nowhere", {}, 404],
  ["/%zz", {}, 400],
];

describe("the headers of", () => {
  it.each(answers)("%s %o", async (path, init, status) => {
    const response = await fetch(server.url + path, init);
    await response.arrayBuffer();
    const { headers } = response;
    expect(response.status).toBe(status);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/default-src 'none'/);
    expect(policy).toMatch(/frame-ancestors 'none'/);
    expect(policy).not.toMatch(/unsafe|\*|data:/);
    for (const absent of ["server", "x-powered-by", "strict-transport-security", "set-cookie"]) {
      expect(headers.has(absent), absent).toBe(false);
    }
  });

  it("a request that cannot be read", async () => {
    const answer = await answerTo(server.url, "nonsense\r\n\r\n");
    expect(answer).toContain("\r\nx-content-type-options: nosniff\r\n");
    expect(answer).toContain("\r\ncontent-security-policy: default-src 'none'; ");
    expect(answer).not.toMatch(/\r\n(server|set-cookie):/i);
  });

  it("Sandbox's page let it load what it is made of, by the nonce of that page, and nothing else", async () => {
    const response = await fetch(`${server.url}/graphql`, { headers: { accept: "text/html" } });
    const page = await response.text();
    const policy = response.headers.get("content-security-policy") ?? "";
    const nonce = /script-src 'nonce-([0-9a-f]{64})'/.exec(policy)?.[1] ?? "none";
    const scripts = [...page.matchAll(/<(?:script|style)([^>]*)>/g)].map(([, attributes = ""]) => attributes);
    expect(scripts.length).toBeGreaterThan(2);
    for (const attributes of scripts) expect(attributes).toContain(nonce);
    const sources = [...page.matchAll(/<script[^>]* src="(https:\/\/[^/"]+)/g)].map(([, origin]) => origin);
    expect(sources).toEqual(["https://embeddable-sandbox.cdn.apollographql.com"]);
    expect(policy).toContain("script-src 'nonce-");
    expect(policy).toContain("frame-src https://sandbox.embed.apollographql.com;");
    expect(policy).toContain(`connect-src 'self' ${server.url.replace("http", "ws")}`);
    const again = await fetch(`${server.url}/graphql`, { headers: { accept: "text/html" } });
    expect(again.headers.get("content-security-policy")).not.toContain(nonce);
  });

  it("Sandbox's page cannot be widened by the host that is asked for", async () => {
    const head = "GET /graphql HTTP/1.1\r\nAccept: text/html\r\nConnection: close\r\n";
    const answer = await answerTo(server.url, `${head}Host: x; script-src *\r\n\r\n`);
    expect(answer).toContain("connect-src 'self'\r\n");
  });
});

describe("cookies", () => {
  it.each([
    [
      "signing in",
      'mutation { login(input: { email: "admin@localhost", password: "wrong password" }) { accessToken } }',
    ],
    ["renewing a session", 'mutation { refresh(input: { refreshToken: "nothing" }) { accessToken } }'],
    ["asking", "{ me { email } }"],
  ])("are neither set nor read by %s", async (_what, query) => {
    const cookie = `authorization=${server.key("MANAGEMENT")}; token=${server.key("MANAGEMENT")}`;
    const headers = { ...operation.headers, cookie };
    const response = await fetch(`${server.url}/graphql`, {
      ...operation,
      headers,
      body: JSON.stringify({ query }),
    });
    expect(response.headers.has("set-cookie")).toBe(false);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "UNAUTHENTICATED" } }] });
  });

  it("are not set by a sign-in that succeeds", async () => {
    const password = server.made.admin?.password ?? "";
    const query = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }";
    const body = JSON.stringify({ query, variables: { input: { email: "admin@localhost", password } } });
    const response = await fetch(`${server.url}/graphql`, { ...operation, body });
    expect(await response.json()).toHaveProperty("data.login.accessToken");
    expect(response.headers.has("set-cookie")).toBe(false);
  });
});

describe("pages of other origins", () => {
  async function ask(method: string, origin: string) {
    const headers = {
      ...{ origin, "content-type": "application/json" },
      ...(method === "OPTIONS" && {
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
      }),
    };
    const body = method === "POST" ? '{"query":"{ __typename }"}' : null;
    const response = await fetch(`${server.url}/graphql`, { method, headers, body });
    const allowing = [...response.headers].filter(([name]) => name.startsWith("access-control-allow"));
    await response.arrayBuffer();
    return {
      status: response.status,
      allowed: Object.fromEntries(allowing),
      vary: response.headers.get("vary"),
    };
  }

  it("may ask where they are listed, without credentials of the browser's", async () => {
    const origin = "https://app.example.com";
    const allowed = { "access-control-allow-origin": origin };
    expect(await ask("POST", origin)).toMatchObject({ status: 200, allowed });
    expect(await ask("OPTIONS", origin)).toMatchObject({
      status: 204,
      allowed: {
        ...allowed,
        "access-control-allow-methods": "GET,HEAD,POST",
        "access-control-allow-headers": "authorization,content-type",
      },
    });
  });

  it.each([
    ...["https://evil.example.com", "http://app.example.com", "https://app.example.com:8443", "null"],
    ...["https://app.example.com.evil.example", "https://APP.example.com"],
  ])("are promised nothing where they are not: %s", async (origin) => {
    for (const method of ["POST", "OPTIONS"]) {
      const { allowed, vary } = await ask(method, origin);
      expect(allowed).toEqual({});
      expect(vary).toContain("Origin");
    }
  });
});

describe("an upgrade", () => {
  const cookie = "session=stolen";

  it.each([
    ["of no page", () => ({ cookie }), 101],
    ["of our own page, with its cookies", () => ({ cookie, origin: server.url }), 101],
    ["of a listed page, with its cookies", () => ({ cookie, origin: "https://app.example.com" }), 101],
    ["of a foreign page, without cookies", () => ({ origin: "https://evil.example.com" }), 101],
    ["of a foreign page, with cookies", () => ({ cookie, origin: "https://evil.example.com" }), 403],
    ["of no page in particular, with cookies", () => ({ cookie, origin: "null" }), 403],
    ["of our host at another port, with cookies", () => ({ cookie, origin: "http://127.0.0.1:1" }), 403],
    [
      "of a page that says we were another host",
      () => ({ cookie, origin: "https://evil.example.com", "x-forwarded-host": "evil.example.com" }),
      403,
    ],
    [
      "with more headers than anybody sends",
      () => Object.fromEntries([...Array(150).keys()].map((at) => [`x-${at}`, "1"])),
      431,
    ],
  ])("%s", async (_what, headers, status) => {
    expect(await upgradeStatus(server.url, headers() as Record<string, string>)).toBe(status);
  });

  it("that is refused is told why as JSON", async () => {
    const lines = ["Host: x", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
    const foreign = [
      ...lines,
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Cookie: a=b",
      "Origin: https://evil.example.com",
    ];
    const answer = await answerTo(server.url, `GET /graphql HTTP/1.1\r\n${foreign.join("\r\n")}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(JSON.parse(answer.split("\r\n\r\n")[1] ?? "")).toMatchObject({
      errors: [{ extensions: { code: "FORBIDDEN", requestId: expect.any(String) as string } }],
    });
  });
});
