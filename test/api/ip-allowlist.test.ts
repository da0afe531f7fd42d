/** Whom IP_ALLOWLIST admits, and what the operator hears of a proxy that was forgotten. */
import { describe, expect, it } from "vitest";
import { clientOf } from "../../src/api/client.js";
import { createIpAllowlist, notListed } from "../../src/api/ip-allowlist.js";
import { addressesIn } from "../../src/platform/addresses.js";
import { openLog } from "../../src/platform/log.js";
import { silentLog } from "../support/silent-log.js";

const trusted = addressesIn(["10.0.0.0/8"]);
const ipAllowlist = ["198.51.100.0/24", "10.0.0.0/8"];

function head(remoteAddress: string | undefined, headers: Record<string, string> = {}) {
  return { headers, socket: { remoteAddress } };
}

describe("a list", () => {
  const { admits } = createIpAllowlist({ ipAllowlist }, trusted, silentLog);

  it.each([
    ["a listed address", "198.51.100.7", {}, true],
    ["a listed address mapped into IPv6", "::ffff:198.51.100.7", {}, true],
    ["any other address", "203.0.113.9", {}, false],
    ["a listed address behind a proxy", "10.0.0.1", { "x-forwarded-for": "198.51.100.7" }, true],
    ["another address behind a listed proxy", "10.0.0.1", { "x-forwarded-for": "203.0.113.9" }, false],
    [
      "whoever writes a listed one before",
      "10.0.0.1",
      { "x-forwarded-for": "198.51.100.7, 203.0.113.9" },
      false,
    ],
    ["whom the proxy cannot name", "10.0.0.1", { "x-forwarded-for": "unknown" }, false],
    ["whom the proxy names otherwise", "10.0.0.1", { forwarded: "for=203.0.113.9" }, false],
    ["a listed proxy itself", "10.0.0.1", {}, true],
    ["nobody", undefined, {}, false],
  ])("has or has not %s", (_who, peer, headers, admitted) => {
    expect(admits(clientOf(head(peer, headers as Record<string, string>), trusted))).toBe(admitted);
  });

  it("is told to those it leaves out by their own address alone", () => {
    expect(notListed("203.0.113.9")).toMatchObject({
      code: "FORBIDDEN",
      message: "Your address, 203.0.113.9, is not among those that may do this.",
    });
  });
});

describe("a forwarded request", () => {
  const headers = ["x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host", "x-forwarded-proto"];

  it.each(headers)("with %s is refused of peers that are no proxy, and of no other", (name) => {
    const { undeclaredProxy } = createIpAllowlist({ ipAllowlist }, trusted, silentLog);
    expect(undeclaredProxy(head("198.51.100.7", { [name]: "x" }))).toMatchObject({ code: "FORBIDDEN" });
    expect(undeclaredProxy(head(undefined, { [name]: "x" }))).toMatchObject({ code: "FORBIDDEN" });
    expect(undeclaredProxy(head("10.0.0.1", { [name]: "x" }))).toBeNull();
    expect(undeclaredProxy(head("198.51.100.7", { "user-agent": name }))).toBeNull();
  });

  it("is everybody's right where there is no list", () => {
    const { admits, undeclaredProxy } = createIpAllowlist({ ipAllowlist: [] }, trusted, silentLog);
    expect(undeclaredProxy(head("203.0.113.9", { "x-forwarded-for": "1.1.1.1" }))).toBeNull();
    expect(admits(clientOf(head("203.0.113.9"), trusted))).toBe(true);
  });

  it("makes one line in the log for each peer, and no more than a thousand", () => {
    const lines: { peer?: string; msg: string }[] = [];
    const log = openLog(
      { logLevel: "info", logFormat: "json" },
      { write: (line) => lines.push(JSON.parse(line) as (typeof lines)[number]) },
    );
    const { undeclaredProxy } = createIpAllowlist({ ipAllowlist }, trusted, log);
    const from = (peer: string) => undeclaredProxy(head(peer, { "x-forwarded-for": "1.1.1.1" }));
    for (let time = 0; time < 3; time += 1) {
      from("192.0.2.1");
      from("192.0.2.2");
    }
    expect(lines.map(({ peer }) => peer)).toEqual(["192.0.2.1", "192.0.2.2"]);
    expect(lines[0]?.msg).toContain("TRUSTED_PROXIES");
    for (let host = 0; host < 2_000; host += 1) from(`172.16.${Math.floor(host / 256)}.${host % 256}`);
    expect(lines).toHaveLength(1_000);
  });
});
