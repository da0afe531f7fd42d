/** What the HTTP doors make of requests that are none, or of the wrong kind: a refusal in words, below 500. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { answerTo, statusIn } from "../support/raw-http.js";
import { startServer, type TestServer } from "../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => server.close());

describe("GET /graphql", () => {
  async function get(query: string, headers: Record<string, string>): Promise<number> {
    const response = await fetch(`${server.url}/graphql?query=${encodeURIComponent(query)}`, { headers });
    await response.arrayBuffer();
    return response.status;
  }
  const preflighted = { "apollo-require-preflight": "1" };

  it("answers queries of those who show that no page made a browser ask", async () => {
    expect(await get("{ __typename }", preflighted)).toBe(200);
    expect(await get("{ __typename }", {})).toBe(400);
  });

  it("never changes anything", async () => {
    const headers = { ...preflighted, authorization: `Bearer ${server.key("MANAGEMENT")}` };
    expect(await get('mutation { createFlag(input: { key: "by-get" }) { key } }', headers)).toBe(405);
    const { data } = await server.graphql('{ flag(key: "by-get") { key } }');
    expect(data).toEqual({ flag: null });
  });

  it.each([
    ["variables that are no JSON", "query={__typename}&variables={"],
    ["variables that are no object", "query={__typename}&variables=[]"],
    ["two queries", "query={__typename}&query={__typename}"],
    ["no query", "operationName=x"],
  ])("refuses %s", async (_what, search) => {
    const response = await fetch(`${server.url}/graphql?${search}`, { headers: preflighted });
    expect(response.status).toBe(400);
    expect(await response.json()).toHaveProperty("errors.0.extensions.requestId");
  });
});

describe("a request that makes no sense", () => {
  const paths = ["/graphql", "/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/x", "/livez", "/readyz"];
  const methods = [
    "GET",
    "HEAD",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "TRACE",
    "PROPFIND",
    "QUERY",
    "NONSENSE",
  ];

  it.each([...paths, "/health", "/metrics", "/", "/nowhere", "*", "//", "/%00", "/..%2f..%2fetc/passwd"])(
    "to %s is answered below 500, whatever its method",
    async (path) => {
      const oddities = [
        "",
        "Content-Type: application/json\r\nContent-Length: 1\r\n\r\n{",
        "Content-Length: 3\r\n\r\nabc",
      ];
      for (const method of methods) {
        for (const oddity of oddities) {
          const end = oddity === "" ? "\r\n" : "";
          const text = `${method} ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${oddity}${end}`;
          const answer = await answerTo(server.url, text);
          expect(statusIn(answer), text).toBeGreaterThanOrEqual(200);
          expect(statusIn(answer), text).toBeLessThan(500);
          expect(answer).not.toContain("node_modules");
        }
      }
    },
  );

  const lines = "Host: x\r\nConnection: close\r\n";
  it.each([
    ["an address of a megabyte", `GET /${"a".repeat(1_000_000)} HTTP/1.1\r\n${lines}\r\n`, 431],
    ["a header of a megabyte", `GET /graphql HTTP/1.1\r\n${lines}X: ${"a".repeat(1_000_000)}\r\n\r\n`, 431],
    [
      "more headers than anybody sends",
      `GET /graphql HTTP/1.1\r\n${lines}${"a: b\r\n".repeat(200)}\r\n`,
      431,
    ],
    ["more headers than node keeps", `GET /graphql HTTP/1.1\r\n${lines}${"a:\r\n".repeat(2_100)}\r\n`, 431],
    [
      "a flag's key of a kilobyte",
      `POST /ofrep/v1/evaluate/flags/${"a".repeat(1_000)} HTTP/1.1\r\n${lines}\r\n`,
      414,
    ],
    ["an address that cannot be decoded", `GET /%zz HTTP/1.1\r\n${lines}\r\n`, 400],
    ["an address that is none", `GET http://[/graphql HTTP/1.1\r\n${lines}\r\n`, 400],
    ["a foreign address", `GET http://a/livez HTTP/1.1\r\n${lines}\r\n`, 200],
    ["no host", "GET /graphql HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
    ["another protocol", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
    [
      "a length and chunks",
      `POST /graphql HTTP/1.1\r\n${lines}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
      400,
    ],
    [
      "two lengths",
      `POST /graphql HTTP/1.1\r\n${lines}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
      400,
    ],
    ["a length that is none", `POST /graphql HTTP/1.1\r\n${lines}Content-Length: -1\r\n\r\n`, 400],
    [
      "chunks that are none",
      `POST /graphql HTTP/1.1\r\n${lines}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      400,
    ],
    ["an expectation", `GET /livez HTTP/1.1\r\n${lines}Expect: wonders\r\n\r\n`, 417],
  ])("because of %s is refused", async (_what, text, status) => {
    const answer = await answerTo(server.url, text);
    expect(statusIn(answer)).toBe(status);
    if (status >= 500 || status === 417 || status === 200) return;
    expect(answer).toMatch(/\r\ncontent-type: application\/json; charset=utf-8\r\n/i);
    expect(answer).toMatch(/"requestId":"[0-9a-f-]{36}"/);
  });

  it("or that ends in the middle leaves the server as it was", async () => {
    const head =
      "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n";
    for (const packed of ["", "Content-Encoding: gzip\r\n"]) {
      await answerTo(server.url, `${head}${packed}\r\n{"query"`, 50);
    }
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  });
});
