/** The OFREP door, byte for byte where the protocol cares. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seedDemo } from "../../../src/cli/seed-demo.js";
import { createFlag } from "../../../src/features/flags/index.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import { restoreFlag } from "../../../src/features/flags/restore-flag.js";
import { updateFlag } from "../../../src/features/flags/update-flag.js";
import { cliCaller } from "../../../src/features/permissions/index.js";
import { startServer, type TestServer } from "../../support/server.js";
import { openHttpServer } from "../../../src/api/http/server.js";
import { serveOfrep } from "../../../src/api/rest/ofrep.js";
import { openEvents } from "../../../src/api/rest/ofrep-events.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { silentLog } from "../../support/silent-log.js";
import { objection } from "./ofrep-schemas.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  const { tools } = server.app;
  const caller = cliCaller("demo");
  await seedDemo(tools, caller);
  const enabled = [{ environment: "development", enabled: true }];
  await createFlag(tools, caller, {
    ...{ key: "ratio", type: "NUMBER", environments: enabled },
    variants: [
      { key: "one", value: 1 },
      { key: "half", value: 0.5 },
    ],
  });
  await createFlag(tools, caller, { key: "hidden", clientVisible: false, environments: enabled });
  await createFlag(tools, caller, {
    ...{ key: "silent", type: "STRING", variants: [{ key: "only", value: "x" }] },
    environments: [{ environment: "development", offVariant: null }],
  });
});
afterAll(async () => server.close());

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly body: Record<string, unknown>;
  readonly etag: string | null;
}

interface Asking {
  readonly credential?: string | null;
  readonly headers?: Record<string, string>;
  readonly raw?: string;
}

/** Statuses of which the protocol describes the body. */
const described = new Set([200, 400, 404]);

async function ask(
  path: string,
  context: unknown,
  { credential, headers = {}, raw }: Asking = {},
): Promise<Reply> {
  const key = credential === undefined ? server.key("SERVER", "development") : credential;
  const response = await fetch(`${server.url}/ofrep/v1/evaluate/flags${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...headers,
    },
    body: raw ?? JSON.stringify({ context }),
  });
  const text = await response.text();
  const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
  if (described.has(response.status)) {
    expect(objection(path.startsWith("/") ? "single" : "bulk", response.status, body)).toBeNull();
  }
  return { status: response.status, text, body, etag: response.headers.get("etag") };
}

const user = { targetingKey: "user-1" };

describe("a single evaluation", () => {
  it("answers key, reason, variant and value", async () => {
    const { status, body } = await ask("/new-checkout", { targetingKey: "alice" });
    expect(status).toBe(200);
    expect(body).toEqual({ key: "new-checkout", reason: "TARGETING_MATCH", variant: "on", value: true });
  });

  it("writes a flag of whole numbers as integers, and any other number with a decimal point", async () => {
    expect((await ask("/max-cart-items", user)).text).toContain('"value":20}');
    expect((await ask("/ratio", user)).text).toContain('"value":1.0}');
  });

  it.each([
    ["sized", "number", '"value":3.0}'],
    ["counted", "integer", '"value":3}'],
  ])("goes by the flag's schema where there is one: %s", async (flagKey, type, written) => {
    await createFlag(server.app.tools, cliCaller("test"), {
      ...{ key: flagKey, type: "NUMBER", valueSchema: { type }, variants: [{ key: "three", value: 3 }] },
      environments: [{ environment: "development", enabled: true }],
    });
    expect((await ask(`/${flagKey}`, user)).text).toContain(written);
  });

  it.each([
    ["welcome", {}, "STATIC", "on"],
    ["max-cart-items", {}, "DEFAULT", "standard"],
    ["max-cart-items", { plan: "business" }, "TARGETING_MATCH", "business"],
    ["theme", user, "SPLIT", expect.stringMatching(/classic|spring/)],
    ["promo-banner", {}, "DEFAULT", "delivery"],
  ])("of %s for %j has reason %s", async (flagKey, context, reason, variant) => {
    expect((await ask(`/${flagKey}`, context)).body).toMatchObject({ reason, variant });
  });

  it("leaves the value out where there is none", async () => {
    expect((await ask("/silent", user)).body).toEqual({ key: "silent", reason: "DISABLED" });
  });

  it("tells a failed prerequisite as DEFAULT, with the true reason beside it", async () => {
    await server.graphql('mutation { killFlag(input: { flagKey: "payments" }) { key } }');
    expect((await ask("/new-checkout", user)).body).toEqual({
      key: "new-checkout",
      reason: "DEFAULT",
      variant: "off",
      value: false,
      metadata: { reason: "PREREQUISITE_FAILED" },
    });
  });

  it("answers 404 for a flag that does not exist, or that a CLIENT key may not see", async () => {
    const { status, body } = await ask("/nowhere", user);
    expect(status).toBe(404);
    expect(body).toMatchObject({
      key: "nowhere",
      errorCode: "FLAG_NOT_FOUND",
      errorDetails: expect.any(String) as string,
    });
    expect((await ask("/hidden", user)).status).toBe(200);
    expect((await ask("/hidden", user, { credential: server.key("CLIENT", "development") })).status).toBe(
      404,
    );
  });

  it("answers 400 where the targeting key is missing and something buckets by it", async () => {
    const { status, body } = await ask("/theme", {});
    expect(status).toBe(400);
    expect(body).toMatchObject({ key: "theme", errorCode: "TARGETING_KEY_MISSING" });
    expect((await ask("/max-cart-items", {})).status).toBe(200);
  });

  it.each([
    ["no context", "{}"],
    ["a context that is a list", '{"context":[]}'],
    ["a targeting key that is a number", '{"context":{"targetingKey":7}}'],
    ["a NUL", '{"context":{"targetingKey":"a\\u0000b"}}'],
  ])("answers 400 and INVALID_CONTEXT for %s", async (_what, raw) => {
    const { status, body } = await ask("/theme", null, { raw });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      key: "theme",
      errorCode: "INVALID_CONTEXT",
      errorDetails: expect.any(String) as string,
    });
  });

  it.each([
    ["no JSON", "{", {}, 400, "PARSE_ERROR"],
    ["empty", "", {}, 400, "PARSE_ERROR"],
    ["JSON of another kind", "[1]", {}, 400, "INVALID_CONTEXT"],
    ["a form", "context=1", { "content-type": "application/x-www-form-urlencoded" }, 415, "PARSE_ERROR"],
    ["too large", `{"context":{"x":"${"x".repeat(5_000_000)}"}}`, {}, 413, "GENERAL"],
  ])("tells of a body that is %s as the protocol does", async (_what, raw, headers, status, errorCode) => {
    const told = { errorCode, errorDetails: expect.any(String) as string };
    const single = await ask("/theme", null, { raw, headers });
    expect(single).toMatchObject({ status, body: { key: "theme", ...told } });
    expect(await ask("", null, { raw, headers })).toMatchObject({ status, body: told });
  });

  it("names the attribute that is wrong", async () => {
    const { body } = await ask("/theme", { targetingKey: "a", plan: { name: "x\u0000" } });
    expect(body).toEqual({
      key: "theme",
      errorCode: "INVALID_CONTEXT",
      errorDetails: expect.stringContaining("context.attributes.plan.name: must be well-formed") as string,
    });
  });

  it("answers 401 to strangers, and takes X-API-Key", async () => {
    expect((await ask("/theme", user, { credential: null })).status).toBe(401);
    expect((await ask("/theme", user, { credential: "hal_server_nothing" })).status).toBe(401);
    const headers = { "x-api-key": server.key("SERVER", "development") };
    expect((await ask("/theme", user, { credential: null, headers })).status).toBe(200);
  });

  it("wants the environment from whoever has a choice", async () => {
    const credential = server.key("MANAGEMENT");
    expect((await ask("/theme", user, { credential })).status).toBe(400);
    expect((await ask("/theme?environment=development", user, { credential })).status).toBe(200);
    expect((await ask("/theme?environment=nowhere", user, { credential })).status).toBe(404);
  });
});

describe("a definition that went bad in the database", () => {
  beforeAll(async () => {
    const { tools } = server.app;
    const caller = cliCaller("test");
    for (const key of ["broken", "hen", "egg"]) {
      await createFlag(tools, caller, { key, environments: [{ environment: "development", enabled: true }] });
    }
    await archiveFlag(tools, caller, { flagKey: "broken" }); // else what it last was would go on to be served
    await tools.database.execute(sql`update flag_environments set fallthrough = '{}' where flag = 'broken'`);
    await restoreFlag(tools, caller, { flagKey: "broken" });
    await tools.database.execute(sql`update flag_environments set prerequisites = jsonb_build_array(
      jsonb_build_object('flagKey', case flag when 'hen' then 'egg' else 'hen' end, 'variants', '["on"]'::jsonb))
      where flag in ('hen', 'egg')`);
    for (const flagKey of ["hen", "egg"])
      await updateFlag(tools, caller, { flagKey, name: "Read it again." });
  });

  it.each([
    ["broken", "PARSE_ERROR"],
    ["hen", "GENERAL"],
  ])("answers 400 for that flag alone: %s", async (flagKey, errorCode) => {
    const { status, body } = await ask(`/${flagKey}`, user);
    expect([status, body["key"], body["errorCode"]]).toEqual([400, flagKey, errorCode]);
    const bulk = await ask("", user);
    expect(bulk.body["flags"]).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ key: flagKey, errorCode }),
        expect.objectContaining({ key: "max-cart-items", value: 20 }),
      ]),
    );
  });

  it("says no more than that to a CLIENT key", async () => {
    const { body } = await ask("/hen", user, { credential: server.key("CLIENT", "development") });
    expect(body["errorDetails"]).toBe("The flag cannot be evaluated.");
  });
});

describe("a bulk evaluation", () => {
  it("answers every flag that the key may see", async () => {
    const { status, body } = await ask("", user, { credential: server.key("CLIENT", "development") });
    expect(status).toBe(200);
    const keys = (body["flags"] as { key: string }[]).map(({ key }) => key);
    expect(keys).toContain("theme");
    expect(keys).not.toContain("hidden");
  });

  it("answers 304 without a body while nothing changed for this context, and anew once something did", async () => {
    const first = await ask("", user);
    expect(first.etag).toMatch(/^".+"$/);
    const headers = { "if-none-match": first.etag ?? "" };
    const again = await ask("", user, { headers });
    expect(again).toMatchObject({ status: 304, text: "", etag: first.etag });
    for (const tags of [`"other", ${first.etag}`, `W/${first.etag}`, "*"]) {
      expect((await ask("", user, { headers: { "if-none-match": tags } })).status).toBe(304);
    }
    expect((await ask("", { targetingKey: "user-2", plan: "business" }, { headers })).status).toBe(200);
    await server.graphql(
      'mutation { setFlagEnabled(input: { flagKey: "welcome", environment: "development", enabled: false }) { version } }',
    );
    const changed = await ask("", user, { headers });
    expect(changed.status).toBe(200);
    expect(changed.etag).not.toBe(first.etag);
  });

  it("answers 401 to strangers, 404 for another place, and 400 where the place is not named", async () => {
    const stranger = await ask("", user, { credential: null });
    expect(stranger).toMatchObject({ status: 401, body: { errorCode: "GENERAL" } });
    expect((await ask("?project=other", user)).status).toBe(404);
    const management = { credential: server.key("MANAGEMENT") };
    expect(await ask("", user, management)).toMatchObject({ status: 400, body: { errorCode: "GENERAL" } });
    expect((await ask("?environment=development&project=default", user, management)).status).toBe(200);
  });

  it("keeps what fails beside what does not", async () => {
    const { status, body } = await ask("", {});
    expect(status).toBe(200);
    expect(body["flags"]).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ key: "theme", errorCode: "TARGETING_KEY_MISSING" }),
        expect.objectContaining({ key: "max-cart-items", value: 20 }),
      ]),
    );
  });
});

it("answers 500 to a bug, without a word of what it was", async () => {
  const http = await openHttpServer({
    ...{ log: silentLog, metrics: openMetrics(), allowedOrigins: [], tls: null },
    bodyLimitOf: async () => Infinity,
    refusalOf: async () => null,
  });
  const broken = async (): Promise<never> => Promise.reject(new Error("the secret is 42"));
  const events = openEvents({ ...server.app.tools, metrics: openMetrics() });
  serveOfrep(http, broken, silentLog, events);
  for (const path of ["", "/theme"]) {
    const url = `/ofrep/v1/evaluate/flags${path}`;
    const { statusCode, body } = await http.inject({ method: "POST", url, payload: { context: {} } });
    expect(statusCode).toBe(500);
    expect(JSON.parse(body)).toMatchObject({
      errorCode: "GENERAL",
      errorDetails: expect.any(String) as string,
    });
    expect(body).not.toContain("secret");
  }
  await events.streams.close();
  await http.close();
});
