/** What the HTTP doors make of bodies that are too large, packed, broken or of the wrong kind: a refusal in words, and nothing worse. */
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerTo, statusIn } from "../support/raw-http.js";
import { startServer, type TestServer } from "../support/server.js";

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startServer("pglite", { ADMIN_PASSWORD: "correct horse battery" });
  const { data } = await server.graphql<{ login: { accessToken: string } }>(
    "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }",
    { input: { email: "admin@localhost", password: "correct horse battery" } },
    null,
  );
  token = data?.login.accessToken ?? "";
});
afterAll(async () => server.close());

const json = { "content-type": "application/json" };
const KiB = 1024;

/** The body of an operation, as many bytes long as wanted. */
function operationOf(bytes: number): string {
  const rest = JSON.stringify({ query: "{ __typename }", extensions: { padding: "" } });
  return rest.replace('""', `"${"x".repeat(bytes - rest.length)}"`);
}

async function post(body: RequestInit["body"], headers: Record<string, string> = {}, path = "/graphql") {
  const init = { method: "POST", headers: { ...json, ...headers }, body, duplex: "half" };
  const response = await fetch(server.url + path, init as RequestInit);
  const text = await response.text();
  const answer = JSON.parse(text) as { errors?: { message: string; extensions: Record<string, unknown> }[] };
  return { status: response.status, headers: response.headers, text, answer };
}

function streamed(text: string): ReadableStream {
  return new Blob([text]).stream();
}

/** Holds what every refusal of HTTP itself has. */
function expectRefusal(told: Awaited<ReturnType<typeof post>>, status: number, code: string): void {
  expect(told.status).toBe(status);
  expect(told.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(told.answer.errors).toHaveLength(1);
  expect(told.answer.errors?.[0]?.extensions).toEqual({
    code,
    requestId: told.headers.get("x-request-id"),
  });
  expect(told.text).not.toMatch(/\bat .*\.(ts|js)\b/);
}

describe("how large a body may be", () => {
  const callers: [string, () => Record<string, string>, number][] = [
    ["nobody", () => ({}), 256 * KiB],
    ["whoever has a bad credential", () => ({ authorization: "Bearer nonsense" }), 256 * KiB],
    ["a CLIENT key", () => ({ authorization: `Bearer ${server.key("CLIENT", "development")}` }), 256 * KiB],
    ["a SERVER key", () => ({ "x-api-key": server.key("SERVER", "development") }), 256 * KiB],
    ["a MANAGEMENT key", () => ({ authorization: `Bearer ${server.key("MANAGEMENT")}` }), 4_096 * KiB],
    ["a user", () => ({ authorization: `Bearer ${token}` }), 4_096 * KiB],
  ];

  it.each(callers)("depends on who asks: %s", async (_who, headers, limit) => {
    const inFull = operationOf(limit);
    const beyond = operationOf(limit + 1);
    for (const form of [(text: string) => text, streamed]) {
      expect(await post(form(inFull), headers())).toMatchObject({ status: 200 });
      expectRefusal(await post(form(beyond), headers()), 413, "LIMIT_EXCEEDED");
    }
    const packed = { ...headers(), "content-encoding": "gzip" };
    expect(await post(gzipSync(inFull), packed)).toMatchObject({ status: 200 });
    expectRefusal(await post(gzipSync(beyond), packed), 413, "LIMIT_EXCEEDED");
  });

  it("is known before it is read, where the request says so", async () => {
    const head = "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    const answer = await answerTo(server.url, `${head}Content-Length: 99999999999\r\n\r\n`);
    expect(statusIn(answer)).toBe(413);
    expect(answer).toContain("LIMIT_EXCEEDED");
  });

  it("is told by OFREP in its own words", async () => {
    const key = { "x-api-key": server.key("CLIENT", "development") };
    const told = await post(operationOf(300 * KiB), key, "/ofrep/v1/evaluate/flags/welcome");
    expect(told.status).toBe(413);
    expect(told.answer).toEqual({
      key: "welcome",
      errorCode: "GENERAL",
      errorDetails: expect.stringContaining("262144 bytes") as string,
    });
  });

  it("is told to whoever goes on sending, and the line can be used again", async () => {
    const big = operationOf(300 * KiB);
    const head = (length: number): string =>
      `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
    const small = operationOf(100);
    const told = await answerTo(server.url, head(big.length) + big + head(small.length) + small);
    expect(told.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 413", "HTTP/1.1 200"]);
  });
});

describe("a packed body", () => {
  const operation = '{"query":"{ __typename }"}';
  const zeros = Buffer.alloc(64 * KiB * KiB);
  const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

  it.each([
    ["gzip", gzipSync(operation)],
    ["GZIP", gzipSync(operation)],
    ["deflate", deflateSync(operation)],
    ["br", brotliCompressSync(operation)],
    ["identity", operation],
  ])("is read: %s", async (encoding, body) => {
    const { answer } = await post(body, { "content-encoding": encoding });
    expect(answer).toEqual({ data: { __typename: "Query" } });
  });

  it.each([
    ["gzip", gzipSync(zeros, { level: 1 })],
    ["deflate", deflateSync(zeros, { level: 1 })],
    ["br", brotliCompressSync(zeros, quick)],
  ])("is not unpacked beyond the bound: a bomb of %s", async (encoding, bomb) => {
    const before = process.memoryUsage().rss;
    const headers = { "content-encoding": encoding };
    const told = await Promise.all([...Array(20).keys()].map(async () => post(bomb, headers)));
    for (const one of told) expectRefusal(one, 413, "LIMIT_EXCEEDED");
    expect(process.memoryUsage().rss - before).toBeLessThan(20 * 16 * KiB * KiB); // a quarter of what they would unpack to
  });

  it.each([
    ["compress", 415],
    ["zstd", 415],
    ["gzip, gzip", 415],
    ["constructor", 415],
    ["", 415],
  ])("of a kind that is not read is refused: %j", async (encoding, status) => {
    expectRefusal(await post(operation, { "content-encoding": encoding }), status, "BAD_REQUEST");
  });

  it.each([
    ["is none", Buffer.from(operation)],
    ["ends early", gzipSync(operation).subarray(0, 20)],
    ["is broken", gzipSync(operation).fill(255, 12, 20)],
  ])("that %s is refused", async (_what, body) => {
    expectRefusal(await post(body, { "content-encoding": "gzip" }), 400, "BAD_REQUEST");
  });
});

describe("a body of the wrong kind", () => {
  it.each([
    ["text/plain", 415],
    ["text/plain; application/json", 415],
    ["application/x-www-form-urlencoded", 415],
    ["multipart/form-data; boundary=x", 415],
    ["application/jsonp", 415],
    ["application/json; charset=utf-16", 415],
    ["nonsense", 415],
    ["application/json; charset=utf-8", 200],
    ["APPLICATION/JSON;charset=UTF-8", 200],
  ])("is refused for its type: %s", async (type, status) => {
    const told = await post('{"query":"{ __typename }"}', { "content-type": type });
    if (status === 200) expect(told.status).toBe(200);
    else expectRefusal(told, status, "BAD_REQUEST");
  });

  it.each([
    ["nothing", ""],
    ["half of it", '{"query":'],
    ["two of it", "{}{}"],
    ["no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ["UTF-16", Buffer.from('{"query":"{ __typename }"}', "utf16le")],
    ["a batch", '[{"query":"{ __typename }"}]'],
    ["an empty batch", "[]"],
    ["a word", '"query"'],
    ["null", "null"],
  ])("is refused for what is in it: %s", async (_what, body) => {
    expectRefusal(await post(body), 400, "BAD_REQUEST");
  });

  it("is refused without a type", async () => {
    const head = "POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    expect(statusIn(await answerTo(server.url, `${head}Content-Length: 2\r\n\r\n{}`))).toBe(415);
    expect(statusIn(await answerTo(server.url, `${head}\r\n`))).toBe(400);
  });

  it("counts once, and by its first type, where it has two", async () => {
    const types = "Content-Type: application/json\r\nContent-Type: text/plain\r\n";
    const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${types}`;
    const body = '{"query":"{ __typename }"}';
    const answer = await answerTo(server.url, `${head}Content-Length: ${body.length}\r\n\r\n${body}`);
    expect(statusIn(answer)).toBe(200);
  });

  it.each([
    ["extensions", (deep: string) => `{"query":"{ __typename }","extensions":{"a":${deep}}}`, "/graphql"],
    ["variables", (deep: string) => `{"query":"{ __typename }","variables":{"a":${deep}}}`, "/graphql"],
    ["an operation", (deep: string) => `{"query":${deep}}`, "/graphql"],
    ["a context", (deep: string) => `{"context":{"a":${deep}}}`, "/ofrep/v1/evaluate/flags"],
    ["no context", (deep: string) => `{"context":${deep}}`, "/ofrep/v1/evaluate/flags/welcome"],
  ])("without bottom does no harm as %s", async (_what, bodyOf, path) => {
    const levels = 100_000;
    const key = { "x-api-key": server.key("CLIENT", "development") };
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      const depth = open === "[" ? levels : levels / 3;
      const { status } = await post(bodyOf(`${open.repeat(depth)}1${close.repeat(depth)}`), key, path);
      expect(status).toBeLessThan(500);
    }
  });
});
