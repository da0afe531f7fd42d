/** A browser asks about its own user alone: shown at every door that evaluates, with the proofs a backend would make. */
import { createHmac } from "node:crypto";
import type { Client } from "graphql-ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { liveClient, subscribe } from "../support/live.js";
import { startServer, type TestServer } from "../support/server.js";

let server: TestServer;
let secret = "";
let client = "";

const message =
  "This environment asks for context.proof: HMAC-SHA256 of the targetingKey, made by your backend with the environment's proof secret.";
const fields = [{ path: "context.proof", message: "must be the proof of context.targetingKey." }];
const proofOf = (targetingKey: string) => createHmac("sha256", secret).update(targetingKey).digest("hex");
const proved = (targetingKey: string) => ({ targetingKey, proof: proofOf(targetingKey) });
const forged = [
  { targetingKey: "bob" },
  { targetingKey: "bob", proof: null },
  { targetingKey: "bob", proof: "0".repeat(64) },
  { targetingKey: "bob", proof: "not a proof" },
  // Alice's own proof, sent for somebody else; worked out once the secret is known.
  { targetingKey: "bob", of: "alice" },
].map(
  ({ of, ...context }) =>
    (): object =>
      of === undefined ? context : { ...context, proof: proofOf(of) },
);

beforeAll(async () => {
  server = await startServer();
  client = server.key("CLIENT", "development");
  await server.graphql('mutation { updateFlag(input: { flagKey: "welcome", clientVisible: true }) { key } }');
  const made = await server.graphql<{ rotateContextProofSecret: { secret: string } }>(
    'mutation { rotateContextProofSecret(input: { environment: "development" }) { secret environment { version } } }',
  );
  expect(made.errors).toBeUndefined();
  secret = made.data?.rotateContextProofSecret.secret ?? "";
  const { data } = await server.graphql(
    'mutation { updateEnvironment(input: { environment: "development", requireContextProof: true }) { requireContextProof } }',
  );
  expect(data).toEqual({ updateEnvironment: { requireContextProof: true } });
});
afterAll(async () => server.close());

const evaluate = async (context: object, credential = client) =>
  server.graphql(
    'query ($context: EvaluationContext!) { evaluate(flagKey: "welcome", context: $context, environment: "development") { value } }',
    { context },
    credential,
  );

async function ofrep(path: string, context: object, credential = client): Promise<[number, unknown]> {
  const response = await fetch(`${server.url}/ofrep/v1/evaluate/flags${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${credential}` },
    body: JSON.stringify({ context }),
  });
  return [response.status, await response.json()];
}

describe("GraphQL over HTTP", () => {
  it("answers whom the proof names, and nobody in particular", async () => {
    for (const context of [proved("alice"), {}, { attributes: { plan: "pro" } }]) {
      expect(await evaluate(context)).toEqual({ data: { evaluate: { value: true } } });
    }
  });

  it.each(forged)("refuses all else in the same words (%#)", async (context) => {
    const { data, errors } = await evaluate(context());
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([{ message, extensions: { code: "FORBIDDEN", fields } }]);
    const all = await server.graphql(
      "query ($context: EvaluationContext!) { evaluateAll(context: $context) { revision } }",
      { context: context() },
      client,
    );
    expect(all.errors).toMatchObject([{ message, extensions: { code: "FORBIDDEN" } }]);
  });

  it("asks nothing of SERVER and MANAGEMENT keys", async () => {
    for (const key of [server.key("SERVER", "development"), server.key("MANAGEMENT")]) {
      expect((await evaluate({ targetingKey: "bob" }, key)).data).toEqual({ evaluate: { value: true } });
    }
  });
});

describe("OFREP", () => {
  it("takes the proof beside the targeting key, and not for an attribute", async () => {
    expect(await ofrep("/welcome", { ...proved("alice"), plan: "pro" })).toMatchObject([
      200,
      { value: true },
    ]);
    expect(await ofrep("", proved("alice"))).toMatchObject([
      200,
      { flags: [{ key: "welcome", value: true }] },
    ]);
    expect(await ofrep("/welcome", { plan: "pro" })).toMatchObject([200, { value: true }]);
    expect(
      await ofrep("/welcome", { targetingKey: "bob" }, server.key("SERVER", "development")),
    ).toMatchObject([200, { value: true }]);
  });

  it.each(forged)("refuses all else in the same words (%#)", async (context) => {
    expect(await ofrep("/welcome", context())).toEqual([
      403,
      { key: "welcome", errorCode: "GENERAL", errorDetails: message },
    ]);
    expect(await ofrep("", context())).toEqual([403, { errorCode: "GENERAL", errorDetails: message }]);
  });

  it("tells a proof that is no text by its place", async () => {
    expect(await ofrep("/welcome", { targetingKey: "bob", proof: ["x"] })).toEqual([
      400,
      { key: "welcome", errorCode: "INVALID_CONTEXT", errorDetails: "context.proof: must be a string." },
    ]);
  });
});

describe("the WebSocket", () => {
  const document =
    "subscription ($context: EvaluationContext!) { evaluations(context: $context) { evaluations { key value } } }";

  const refusalOf = async (socket: Client, context: object) =>
    (await subscribe(socket, document, { context }).next()).errors;

  it.each(forged)("refuses all without a proof (%#)", async (context) => {
    const socket = liveClient(server.url, client);
    expect(await refusalOf(socket, context())).toMatchObject([
      { message, extensions: { code: "FORBIDDEN", fields } },
    ]);
    await socket.dispose();
  });

  it("answers whom the proof names until its secret is replaced", async () => {
    const socket = liveClient(server.url, client);
    const live = subscribe(socket, document, { context: proved("alice") });
    expect((await live.next()).data).toEqual({
      evaluations: { evaluations: [{ key: "welcome", value: true }] },
    });
    const { data } = await server.graphql<{ rotateContextProofSecret: { secret: string } }>(
      'mutation { rotateContextProofSecret(input: { environment: "development", overlapSeconds: 0 }) { secret } }',
    );
    await expect(live.next()).rejects.toThrow("complete");
    expect(await refusalOf(socket, proved("alice"))).toMatchObject([{ extensions: { code: "FORBIDDEN" } }]);
    secret = data?.rotateContextProofSecret.secret ?? "";
    await subscribe(socket, document, { context: proved("alice") }).next();
    await socket.dispose();
  });
});

it("is noted by the security log, without a word of whom it was about", async () => {
  await evaluate({ targetingKey: "somebody-else" });
  await server.app.tools.security.flush();
  const rows = JSON.stringify(await server.app.tools.database.execute("select * from security_events"));
  expect(rows).toContain("context.proof");
  expect(rows).not.toContain("somebody-else");
  expect(rows).not.toContain(secret);
});
