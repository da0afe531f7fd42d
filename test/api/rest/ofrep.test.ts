/** The OFREP door, byte for byte where the protocol cares. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seedDemo } from "../../../src/cli/seed-demo.js";
import { createFlag } from "../../../src/features/flags/index.js";
import { cliCaller } from "../../../src/features/permissions/index.js";
import { startServer, type TestServer } from "../../support/server.js";

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

  it("answers 400 for a body that is no JSON", async () => {
    expect((await ask("/theme", null, { raw: "{" })).status).toBe(400);
  });

  it("answers 401 to strangers, and takes X-API-Key", async () => {
    expect((await ask("/theme", user, { credential: null })).status).toBe(401);
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
    await server.graphql(
      'mutation { setFlagEnabled(input: { flagKey: "welcome", environment: "development", enabled: false }) { version } }',
    );
    const changed = await ask("", user, { headers });
    expect(changed.status).toBe(200);
    expect(changed.etag).not.toBe(first.etag);
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
