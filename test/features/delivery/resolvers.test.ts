import { type ExecutionResult, execute, type GraphQLSchema, parse, subscribe } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildGraphQLSchema } from "../../../src/api/graphql/schema.js";
import type { RequestAttributes } from "../../../src/features/delivery/index.js";
import type { Caller } from "../../../src/features/permissions/index.js";
import { Loaders } from "../../../src/platform/graphql/loaders.js";
import { admin, evaluationKey, type Instance, Listener, openInstance } from "./delivery-fixture.js";

let instance: Instance;
let schema: GraphQLSchema;
const server = evaluationKey("SERVER");

function contextOf(caller: Caller, since: string | null = null) {
  const tools = { ...instance.tools, budgets: { spend: () => undefined } };
  const requestAttributes = (): RequestAttributes => ({ "request.ip": "192.0.2.1" });
  return { caller, tools, loaders: new Loaders(tools), requestAttributes, since, isInside: true };
}

async function ask(
  text: string,
  variableValues: Record<string, unknown> = {},
  caller = server,
): Promise<ExecutionResult> {
  const contextValue = contextOf(caller);
  const result = await execute({ schema, document: parse(text), variableValues, contextValue });
  return JSON.parse(JSON.stringify(result)) as ExecutionResult;
}

async function listen(
  text: string,
  caller = server,
  since: string | null = null,
): Promise<Listener<ExecutionResult>> {
  const result = await subscribe({ schema, document: parse(text), contextValue: contextOf(caller, since) });
  if (!(Symbol.asyncIterator in result)) throw new Error(JSON.stringify(result.errors));
  return new Listener(result as AsyncIterableIterator<ExecutionResult, undefined>);
}

beforeAll(async () => {
  schema = await buildGraphQLSchema();
  instance = await openInstance();
  const variants = [{ key: "small", value: 1.5 }];
  const environments = [{ environment: "staging", enabled: true }];
  await instance.addFlag("limit", { type: "NUMBER", variants, environments });
  await instance.addFlag("a");
});
afterAll(async () => instance.close());

describe("queries", () => {
  it("evaluate, and give every field of an answer", async () => {
    const text = `query ($context: EvaluationContext!) {
      evaluate(flagKey: "limit", context: $context) {
        id key type value variant reason booleanValue stringValue numberValue errorCode errorMessage ruleId ruleName flagVersion revision
      }
      other: evaluate(flagKey: "nope", context: { targetingKey: "alice" }, defaultValue: "x") { id value stringValue errorCode type }
    }`;
    const { data, errors } = await ask(text, { context: { targetingKey: "alice", attributes: { a: [1] } } });
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      evaluate: {
        ...{ key: "limit", type: "NUMBER", value: 1.5, variant: "small", reason: "STATIC" },
        ...{ booleanValue: null, stringValue: null, numberValue: 1.5, errorCode: null, errorMessage: null },
        ...{ ruleId: null, ruleName: null, flagVersion: 1, revision: instance.delivery.revision() },
      },
      other: { value: "x", stringValue: "x", errorCode: "FLAG_NOT_FOUND", type: null },
    });
  });

  it("evaluateAll, explain, ruleset and serverInfo", async () => {
    const text = `{
      evaluateAll(context: {}, flagKeys: ["nope", "a"]) { revision evaluations { key value reason errorCode } }
      explain(flagKey: "limit", context: {}, at: "2030-01-01T00:00:00Z") { evaluation { value } steps { kind flagKey decided message ruleId segmentKey detail } }
      ruleset { formatVersion revision project environment flags segments }
      serverInfo { version startedAt ready stale database { kind up since } bus { kind up since } revisionLag }
    }`;
    const { data, errors } = await ask(text);
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      evaluateAll: {
        evaluations: [
          { key: "nope", errorCode: "FLAG_NOT_FOUND" },
          { key: "a", value: false, reason: "DISABLED" },
        ],
      },
      explain: { evaluation: { value: 1.5 } },
      ruleset: { formatVersion: 1, project: "default", environment: "staging", segments: [] },
      serverInfo: { version: "1.2.3", ready: true },
    });
  });

  it("auditEvents, with what each event says", async () => {
    const text = `query ($filter: AuditFilter) { auditEvents(filter: $filter, first: 1) {
      totalCount pageInfo { hasNextPage endCursor }
      edges { cursor }
      nodes { id kind at actor { kind id name } project environment subjectType subject summary before after reason ip requestId revision revertible }
    } }`;
    const { data, errors } = await ask(text, { filter: { flagKey: "a", kinds: ["flag.created"] } }, admin);
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      auditEvents: {
        totalCount: 1,
        pageInfo: { hasNextPage: false },
        nodes: [
          {
            ...{
              kind: "flag.created",
              project: "default",
              environment: null,
              subjectType: "FLAG",
              subject: "a",
            },
            ...{ actor: { kind: "USER", name: "alice@example.com" }, summary: "Flag a was created." },
            ...{
              before: null,
              after: { key: "a" },
              ip: "192.0.2.1",
              requestId: "request-1",
              revertible: false,
            },
          },
        ],
      },
    });
  });
});

describe("subscriptions", () => {
  it("evaluations", async () => {
    const text = `subscription { evaluations(context: {}) { revision snapshot removed evaluations { id key value } } }`;
    const listener = await listen(text);
    const first = (await listener.told()).data as { evaluations: { revision: string } };
    expect(first).toMatchObject({
      evaluations: { snapshot: true, removed: [], evaluations: [{ key: "a" }, { key: "limit" }] },
    });
    const again = await listen(text, server, first.evaluations.revision);
    expect(await again.next(100)).toBe("silence");
    await instance.toggle("a", true);
    for (const one of [listener, again]) {
      expect((await one.told()).data).toMatchObject({
        evaluations: { snapshot: false, evaluations: [{ key: "a", value: true }] },
      });
      await one.end();
    }
    expect(instance.listeners()).toBe(0);
  });

  it("refuse before they begin", async () => {
    const text = `subscription { evaluations(context: {}, environment: "production") { revision } }`;
    await expect(listen(text)).rejects.toThrow(/not found/);
    await expect(listen("subscription { ruleset { to } }", evaluationKey("CLIENT"))).rejects.toThrow(
      /ruleset:read/,
    );
  });

  it("ruleset", async () => {
    const listener = await listen(
      `subscription { ruleset { snapshot from to put { flags segments } remove { flags segments } } }`,
    );
    expect((await listener.told()).data).toMatchObject({
      ruleset: { snapshot: true, from: null, put: { flags: [{ key: "a" }, { key: "limit" }] } },
    });
    await listener.end();
  });

  it("flagChanges, which leads to the flag, the environment and the audit event of those who may read them", async () => {
    const text = `subscription { flagChanges { revision kind flagKey at flag { key name } environment { key } change { kind summary } } }`;
    const [user, key] = [await listen(text, admin), await listen(text)];
    await instance.toggle("a", false);
    const common = { kind: "UPDATED", flagKey: "a", revision: instance.delivery.revision() };
    expect((await user.told()).data).toMatchObject({
      flagChanges: {
        ...common,
        flag: { key: "a", name: "a" },
        environment: { key: "staging" },
        change: { kind: "flag.disabled", summary: "Flag a was disabled in staging." },
      },
    });
    expect((await key.told()).data).toMatchObject({
      flagChanges: { ...common, flag: null, environment: null, change: null },
    });
    await user.end();
    await key.end();
  });
});
