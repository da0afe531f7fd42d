/** OpenFeature's own SDK and OFREP provider, from npm, reading every flag type from the running server. */
import { OFREPProvider } from "@openfeature/ofrep-provider";
import { type Client, OpenFeature } from "@openfeature/server-sdk";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seedDemo } from "../../../src/cli/seed-demo.js";
import { cliCaller } from "../../../src/features/permissions/index.js";
import { startServer, type TestServer } from "../../support/server.js";

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startServer();
  await seedDemo(server.app.tools, cliCaller("demo"));
  const { errors } = await server.graphql(`mutation { createFlag(input: { key: "discount", type: NUMBER,
    variants: [{ key: "none", value: 0 }, { key: "some", value: 0.15 }],
    environments: [{ environment: "development", enabled: true, fallthrough: { variant: "none" },
      rules: [{ when: { attribute: "plan", operator: EQUALS, values: ["pro"] }, serve: { variant: "some" } }] }] }) { key } }`);
  expect(errors).toBeUndefined();
  const headers: [string, string][] = [["Authorization", `Bearer ${server.key("SERVER", "development")}`]];
  await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: server.url, headers }));
  client = OpenFeature.getClient();
});
afterAll(async () => {
  await OpenFeature.close();
  await server.close();
});

describe("an OpenFeature client", () => {
  const alice = { targetingKey: "alice" };

  it("reads a boolean, and why", async () => {
    expect(await client.getBooleanDetails("new-checkout", false, alice)).toMatchObject({
      value: true,
      variant: "on",
      reason: "TARGETING_MATCH",
    });
  });

  it("reads a string", async () => {
    const dark = { ...alice, prefersDark: true };
    expect(await client.getStringDetails("theme", "none", dark)).toMatchObject({
      value: "#22223b",
      variant: "midnight",
    });
  });

  it("reads a number", async () => {
    expect(await client.getNumberValue("max-cart-items", 0, { ...alice, plan: "business" })).toBe(200);
    expect(await client.getNumberValue("max-cart-items", 0, alice)).toBe(20);
  });

  it("reads a number with decimals, and a whole one of the same flag", async () => {
    const pro = { ...alice, plan: "pro" };
    expect(await client.getNumberDetails("discount", 0, pro)).toMatchObject({
      value: 0.15,
      variant: "some",
      reason: "TARGETING_MATCH",
    });
    expect(await client.getNumberDetails("discount", 0.5, alice)).toMatchObject({
      value: 0,
      variant: "none",
    });
  });

  it("reads the variant of a split, and that it was one", async () => {
    const { value, reason } = await client.getStringDetails("theme", "none", alice);
    expect(reason).toBe("SPLIT");
    expect(["#1f6feb", "#2d936c"]).toContain(value);
    expect(await client.getStringDetails("theme", "none", {})).toMatchObject({
      value: "none",
      errorCode: "TARGETING_KEY_MISSING",
    });
  });

  it("reads an object", async () => {
    expect(await client.getObjectValue("promo-banner", {}, alice)).toMatchObject({ visible: true });
  });

  it("gets its own default for a flag that does not exist, and the code", async () => {
    expect(await client.getBooleanDetails("nowhere", true, alice)).toMatchObject({
      value: true,
      reason: "ERROR",
      errorCode: "FLAG_NOT_FOUND",
    });
  });

  it("is told when the type is another one", async () => {
    expect(await client.getBooleanDetails("theme", true, alice)).toMatchObject({
      value: true,
      errorCode: "TYPE_MISMATCH",
    });
  });
});
