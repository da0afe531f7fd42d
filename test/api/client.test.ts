/** Who is at the other end: believed of proxies that are trusted, and of nobody else. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientOf, credentialOf } from "../../src/api/client.js";
import { addressesIn } from "../../src/platform/addresses.js";
import { startServer, type TestServer } from "../support/server.js";

const trusted = addressesIn(["10.0.0.0/8", "192.0.2.7", "2001:db8:1::/48", "::1"]);

function from(remoteAddress: string | undefined, headers: Record<string, string> = {}) {
  return clientOf({ headers, socket: { remoteAddress } }, trusted);
}

function forwarded(peer: string, addresses: string): string | null {
  return from(peer, { "x-forwarded-for": addresses }).ip;
}

describe("the client's address", () => {
  it.each([
    ["the peer's own when nothing was forwarded", "203.0.113.9", "", "203.0.113.9"],
    [
      "the peer's own, whatever it claims, when it is not trusted",
      "203.0.113.9",
      "198.51.100.1",
      "203.0.113.9",
    ],
    ["what a trusted peer forwards", "10.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["what a single trusted address forwards", "192.0.2.7", "198.51.100.1", "198.51.100.1"],
    [
      "the rightmost that is no proxy",
      "10.0.0.1",
      "1.1.1.1, 198.51.100.1, 10.2.3.4,10.9.9.9",
      "198.51.100.1",
    ],
    ["never one that a client put before its own", "10.0.0.1", "10.0.0.99, 198.51.100.1", "198.51.100.1"],
    ["the leftmost where all are proxies", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["the last good one where the list is broken", "10.0.0.1", "198.51.100.1, unknown, 10.0.0.2", "10.0.0.2"],
    ["the peer's own where the list is empty", "10.0.0.1", " , ", "10.0.0.1"],
    ["an IPv6 address in its short form", "2001:db8:1::5", "2001:0DB8:0002:0::1", "2001:db8:2::1"],
    ["behind IPv6 loopback", "::1", "2001:db8:9::1", "2001:db8:9::1"],
    [
      "an IPv4 address where it comes mapped into IPv6",
      "::ffff:10.0.0.1",
      "::ffff:198.51.100.1",
      "198.51.100.1",
    ],
    ["that of a hop with its port", "10.0.0.1", "198.51.100.1:4711", "198.51.100.1"],
    ["that of an IPv6 hop in brackets", "10.0.0.1", "[2001:db8:2::1]", "2001:db8:2::1"],
    ["that of an IPv6 hop with its port", "10.0.0.1", "[2001:db8:2::1]:4711, 10.0.0.2:80", "2001:db8:2::1"],
    ["the rightmost, whatever commas stand about", "10.0.0.1", "1.1.1.1,, 198.51.100.1 ,", "198.51.100.1"],
    ["not a mapped peer's claim when it is not trusted", "::ffff:203.0.113.9", "198.51.100.1", "203.0.113.9"],
  ])("is %s", (_what, peer, addresses, ip) => {
    expect(forwarded(peer, addresses)).toBe(ip);
  });

  it("is unknown when the connection is gone", () => {
    expect(from(undefined, { "x-forwarded-for": "198.51.100.1" }).ip).toBeNull();
  });
});

describe("whether that is the client's for sure", () => {
  it.each([
    ["yes, where nothing was forwarded", "203.0.113.9", {}, true],
    ["yes, whatever a stranger forwards", "203.0.113.9", { "x-forwarded-for": "unknown" }, true],
    [
      "yes, where every hop can be read",
      "10.0.0.1",
      { "x-forwarded-for": "junk, 198.51.100.1, 10.0.0.2" },
      true,
    ],
    [
      "no, where a hop cannot be read",
      "10.0.0.1",
      { "x-forwarded-for": "198.51.100.1, unknown, 10.0.0.2" },
      false,
    ],
    ["no, where a hop is an address to others only", "10.0.0.1", { "x-forwarded-for": "0x0a.0.0.1" }, false],
    [
      "no, where a proxy says it in a way that is not read",
      "10.0.0.1",
      { forwarded: "for=198.51.100.1" },
      false,
    ],
    ["no, once the connection is gone", undefined, {}, false],
  ])("%s", (_what, peer, headers, traced) => {
    expect(from(peer, headers as Record<string, string>).traced).toBe(traced);
  });
});

describe("the client's country", () => {
  it.each(["cf-ipcountry", "cloudfront-viewer-country", "x-vercel-ip-country", "x-country-code"])(
    "is believed of a trusted peer's %s",
    (header) => {
      expect(from("10.0.0.1", { [header]: "de" }).country).toBe("DE");
      expect(from("203.0.113.9", { [header]: "de" }).country).toBeNull();
    },
  );

  it.each(["", "XX", "xx", "T1", "Germany", "D"])("is unknown where the proxy says %j", (value) => {
    expect(from("10.0.0.1", { "cf-ipcountry": value }).country).toBeNull();
  });
});

describe("a credential", () => {
  it.each([
    ["follows Bearer", "Bearer abc", undefined, "abc"],
    ["follows it in whatever case, after whatever space", "  bEARER \t abc ", undefined, "abc"],
    ["may stand without the word", "abc", undefined, "abc"],
    ["may come as X-API-Key", undefined, " abc ", "abc"],
    ["counts in Authorization before X-API-Key", "Bearer abc", "def", "abc"],
    ["counts in X-API-Key beside a proxy's own scheme", "Basic dXNlcjpwYXNz", "def", "def"],
    ["is none under another scheme", "Basic dXNlcjpwYXNz", undefined, null],
    ["is none where Bearer stands alone", "Bearer", undefined, null],
    ["is none in an empty header", " ", "", null],
    ["is none where there is no header", undefined, undefined, null],
    ["is none in what is no text", { bearer: "abc" }, 7, null],
  ])("%s", (_what, authorization, apiKey, credential) => {
    expect(credentialOf(authorization, apiKey)).toBe(credential);
  });
});

describe("a server behind a proxy", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer("pglite", { TRUSTED_PROXIES: "127.0.0.1/32" });
    const { errors } = await server.graphql(`mutation { createFlag(input: { key: "near", type: STRING,
      variants: [{ key: "far", value: "far" }, { key: "here", value: "here" }],
      environments: [{ environment: "development", enabled: true, fallthrough: { variant: "far" }, rules: [{
        when: { all: [{ attribute: "request.country", operator: IN, values: ["DE"] },
                      { attribute: "request.ip", operator: IN_CIDR, values: ["198.51.100.0/24"] }] },
        serve: { variant: "here" } }] }] }) { key } }`);
    expect(errors).toBeUndefined();
  });
  afterAll(async () => server.close());

  const forwardedHeaders = { "x-forwarded-for": "198.51.100.1", "cf-ipcountry": "DE" };

  async function near(headers: Record<string, string>, attributes: object = {}): Promise<unknown> {
    const response = await fetch(`${server.url}/ofrep/v1/evaluate/flags/near`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-api-key": server.key("CLIENT", "development"),
        ...headers,
      },
      body: JSON.stringify({ context: attributes }),
    });
    return ((await response.json()) as { value: unknown }).value;
  }

  it("evaluates for a browser where the proxy says it is, not where it says itself", async () => {
    expect(await near(forwardedHeaders)).toBe("here");
    expect(await near({})).toBe("far");
    const claims = { "request.country": "DE", "request.ip": "198.51.100.1" };
    expect(await near({}, claims)).toBe("far");
    expect(await near({}, { request: { country: "DE", ip: "198.51.100.1" } })).toBe("far");
  });

  it("writes the client's address into the audit log", async () => {
    await fetch(`${server.url}/graphql`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${server.key("MANAGEMENT")}`,
        "x-forwarded-for": "198.51.100.77",
      },
      body: JSON.stringify({ query: 'mutation { createSegment(input: { key: "staff" }) { key } }' }),
    });
    const { data } = await server.graphql("{ auditEvents(first: 1) { nodes { kind ip } } }");
    expect(data).toEqual({ auditEvents: { nodes: [{ kind: "segment.created", ip: "198.51.100.77" }] } });
  });
});
