import { describe, expect, it } from "vitest";
import { readContext } from "../../../src/features/delivery/context-input.js";
import {
  requestAttributes,
  withRequestAttributes,
} from "../../../src/features/delivery/request-attributes.js";

const nothing = { ip: null, country: null, userAgent: null, acceptLanguage: null };
const agents = {
  iphone:
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
  ipad: "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1",
  windows:
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
  firefox: "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
  googlebot: "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
};

describe("requestAttributes", () => {
  it.each([
    ["iphone", "mobile", "iOS", "Safari"],
    ["ipad", "tablet", "iOS", "Safari"],
    ["windows", "desktop", "Windows", "Chrome"],
    ["firefox", "desktop", "Linux", "Firefox"],
  ] as const)("tells device, system and browser of %s", (agent, device, os, browser) => {
    expect(requestAttributes({ ...nothing, userAgent: agents[agent] })).toEqual({
      "request.device": device,
      "request.os": os,
      "request.browser": browser,
    });
  });

  it("tells bots", () => {
    expect(requestAttributes({ ...nothing, userAgent: agents.googlebot })).toMatchObject({
      "request.device": "bot",
    });
  });

  it("leaves out what it does not know", () => {
    expect(requestAttributes(nothing)).toEqual({});
    expect(requestAttributes({ ...nothing, userAgent: "", acceptLanguage: "*" })).toEqual({});
    expect(requestAttributes({ ...nothing, userAgent: "node" })).not.toHaveProperty(["request.device"]);
    const facts = { ip: "192.0.2.1", country: "DE", userAgent: null, acceptLanguage: null };
    expect(requestAttributes(facts)).toEqual({ "request.ip": "192.0.2.1", "request.country": "DE" });
  });

  it.each([
    ["de-de", "de-DE"],
    ["fr;q=0.5, en-us;q=0.9, *;q=0.1", "en-US"],
    ["en, de", "en"],
    ["not a tag", undefined],
    ["de;q=0", undefined],
    ["de;q=x, en;q=0.1", "en"],
  ])("takes the language wanted most from %j", (acceptLanguage, locale) => {
    expect(requestAttributes({ ...nothing, acceptLanguage })["request.locale"]).toBe(locale);
  });

  it("takes any header without harm", () => {
    for (const text of ["\0", "(".repeat(10_000), "𝒳".repeat(5_000), "; ;;q=,,"]) {
      expect(() => requestAttributes({ ...nothing, userAgent: text, acceptLanguage: text })).not.toThrow();
    }
  });
});

describe("withRequestAttributes", () => {
  it("replaces everything sent under that name, known or not, and nothing else", () => {
    const sent = {
      "request.ip": "1",
      "request.country": "DE",
      "request.x": 1,
      request: { os: "x" },
      requested: 1,
    };
    const context = withRequestAttributes(readContext({ attributes: sent, targetingKey: "a" }), {
      "request.ip": "2",
    });
    expect(context).toEqual({ targetingKey: "a", attributes: { requested: 1, "request.ip": "2" } });
    expect(Object.getPrototypeOf(context.attributes)).toBeNull();
  });
});
