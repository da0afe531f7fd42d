import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  evaluate,
  evaluateAll,
  evaluationId,
  explain,
  ruleset,
} from "../../../src/features/delivery/index.js";
import { anonymousCaller, callerOf, keyCaller, userCaller } from "../../support/tools.js";
import { admin, evaluationKey, type Instance, openInstance, problemOf } from "./delivery-fixture.js";

let instance: Instance;
const client = evaluationKey("CLIENT");
const server = evaluationKey("SERVER");
const alice = { targetingKey: "alice", attributes: { plan: "pro" } };
const staging = { environment: "staging", context: alice };

beforeAll(async () => {
  instance = await openInstance();
  const { addFlag } = instance;
  const rules = [
    {
      name: "professionals",
      when: { attribute: "plan", operator: "EQUALS" as const, values: ["pro"] },
      serve: { variant: "on" },
    },
  ];
  const fallthrough = { variant: "off" };
  await addFlag("banner", {
    tags: ["web", "shop"],
    environments: [{ environment: "staging", enabled: true, rules, fallthrough }],
  });
  await addFlag("hidden", {
    clientVisible: false,
    tags: ["web"],
    environments: [{ environment: "staging", enabled: true }],
  });
  await addFlag("limit", {
    type: "NUMBER",
    variants: [
      { key: "low", value: 5 },
      { key: "high", value: 50 },
    ],
    environments: [{ environment: "staging", enabled: true, offVariant: null }],
  });
  await addFlag("by-country", {
    environments: [
      {
        environment: "staging",
        enabled: true,
        rules: [
          {
            when: { attribute: "request.country", operator: "IN", values: ["DE"] },
            serve: { variant: "on" },
          },
        ],
        fallthrough,
      },
    ],
  });
});
afterAll(async () => instance.close());

describe("evaluate", () => {
  it("answers with everything that is known of the answer", () => {
    const answer = evaluate(instance.tools, server, { flagKey: "banner", context: alice });
    expect(answer).toMatchObject({
      key: "banner",
      type: "BOOLEAN",
      value: true,
      variant: "on",
      reason: "TARGETING_MATCH",
      ruleName: "professionals",
      revision: instance.delivery.revision(),
    });
    expect(answer.ruleId).toMatch(/./);
    expect(answer.flagVersion).toBe(1);
  });

  it("gives the default whenever there would be no value", () => {
    const unknown = evaluate(instance.tools, server, {
      flagKey: "nope",
      context: {},
      defaultValue: { a: 1 },
    });
    expect(unknown).toMatchObject({
      value: { a: 1 },
      reason: "ERROR",
      errorCode: "FLAG_NOT_FOUND",
      variant: undefined,
    });
    const off = {
      project: null,
      environment: "production",
      context: {},
      flagKey: "banner",
      defaultValue: "x",
    };
    expect(evaluate(instance.tools, admin, off)).toMatchObject({ value: false, reason: "DISABLED" });
  });

  it("asks the database nothing", () => {
    instance.statements();
    for (const caller of [client, server]) {
      evaluate(instance.tools, caller, { flagKey: "banner", context: alice });
      evaluateAll(instance.tools, caller, { context: alice });
    }
    explain(instance.tools, server, { flagKey: "banner", context: alice });
    ruleset(instance.tools, server, {});
    expect(instance.statements()).toBe(0);
  });

  it("hides rules and invisible flags from CLIENT keys", () => {
    const answer = evaluate(instance.tools, client, { flagKey: "banner", context: alice });
    expect(answer).toMatchObject({
      value: true,
      reason: "TARGETING_MATCH",
      ruleId: undefined,
      ruleName: undefined,
    });
    expect(JSON.stringify(answer)).not.toContain("professionals");
    const hidden = evaluate(instance.tools, client, { flagKey: "hidden", context: alice });
    const absent = evaluate(instance.tools, client, { flagKey: "absent", context: alice });
    expect({ ...hidden, key: "", errorMessage: "" }).toEqual({ ...absent, key: "", errorMessage: "" });
    expect(hidden.errorMessage).toBe(absent.errorMessage?.replace("absent", "hidden"));
    expect(evaluate(instance.tools, server, { flagKey: "hidden", context: alice })).toMatchObject({
      value: true,
    });
  });

  it("sets request.* itself for CLIENT keys, and believes others", () => {
    const sent = { attributes: { "request.country": "DE", request: { country: "DE" } } };
    const derived = (country: string) => ({
      flagKey: "by-country",
      context: sent,
      requestAttributes: () => ({ "request.country": country }),
    });
    expect(evaluate(instance.tools, client, derived("FR")).value).toBe(false);
    expect(evaluate(instance.tools, client, derived("DE")).value).toBe(true);
    expect(evaluate(instance.tools, client, { flagKey: "by-country", context: sent }).value).toBe(false);
    expect(evaluate(instance.tools, server, derived("FR")).value).toBe(true);
  });

  it("works request.* out only where a definition looks at it", () => {
    const derive = (): never => {
      throw new Error("worked out in vain");
    };
    const args = { flagKey: "limit", context: alice, requestAttributes: derive };
    const production = keyCaller({ keyKind: "CLIENT", environment: "production" });
    expect(evaluate(instance.tools, server, args).value).toBe(5);
    expect(evaluate(instance.tools, production, args).reason).toBe("DISABLED");
    expect(() => evaluate(instance.tools, client, args)).toThrow("in vain");
  });
});

describe("project and environment", () => {
  it("are fixed by CLIENT and SERVER keys", () => {
    const same = { project: "default", environment: "staging", flagKey: "banner", context: alice };
    expect(evaluate(instance.tools, server, same).value).toBe(true);
    for (const other of [{ project: "other" }, { environment: "production" }, { environment: "nope" }]) {
      expect(problemOf(() => evaluate(instance.tools, server, { ...same, ...other }))).toEqual(["NOT_FOUND"]);
    }
  });

  it("must be named by others, who are told what there is", () => {
    const missing = "environment: must be given: one of development, staging, production.";
    expect(problemOf(() => evaluate(instance.tools, admin, { flagKey: "banner", context: alice }))).toEqual([
      "BAD_USER_INPUT",
      missing,
    ]);
    const key = keyCaller({ project: "default", role: "VIEWER" });
    expect(problemOf(() => evaluateAll(instance.tools, key, { context: alice }))).toEqual([
      "BAD_USER_INPUT",
      missing,
    ]);
    expect(evaluate(instance.tools, key, { ...staging, flagKey: "banner" }).value).toBe(true);
  });

  it.each([
    ["a stranger", anonymousCaller(), {}, "UNAUTHENTICATED"],
    ["someone of another project", userCaller(null, { other: "ADMIN" }), {}, "NOT_FOUND"],
    ["someone who asks for a project that does not exist", admin, { project: "nope" }, "NOT_FOUND"],
    ["someone who asks for an environment that does not exist", admin, { environment: "nope" }, "NOT_FOUND"],
  ] as const)("refuse %s", (_name, caller, place, code) => {
    expect(
      problemOf(() => evaluate(instance.tools, caller, { ...staging, flagKey: "banner", ...place })),
    ).toEqual([code]);
  });
});

describe("evaluateAll", () => {
  const keysOf = (args: object, caller = admin): string[] =>
    evaluateAll(instance.tools, caller, { ...staging, ...args }).evaluations.map(
      ({ key, errorCode }) => key + (errorCode === undefined ? "" : `:${errorCode}`),
    );

  it("gives all flags by key, or those asked for in that order", () => {
    expect(keysOf({})).toEqual(["banner", "by-country", "hidden", "limit"]);
    expect(keysOf({}, client)).toEqual(["banner", "by-country", "limit"]);
    expect(keysOf({ flagKeys: ["limit", "nope", "banner"] })).toEqual([
      "limit",
      "nope:FLAG_NOT_FOUND",
      "banner",
    ]);
    expect(keysOf({ flagKeys: [] })).toEqual([]);
  });

  it("selects by tags, and by both", () => {
    expect(keysOf({ tags: ["web"] })).toEqual(["banner", "hidden"]);
    expect(keysOf({ tags: ["web", "shop"] })).toEqual(["banner"]);
    expect(keysOf({ tags: ["web"] }, client)).toEqual(["banner"]);
    expect(keysOf({ tags: ["nope"] })).toEqual([]);
    expect(keysOf({ tags: ["web"], flagKeys: ["limit", "hidden", "banner"] })).toEqual(["hidden", "banner"]);
    expect(keysOf({ tags: ["nope"], flagKeys: ["hidden", "absent"] }, client)).toEqual([
      "hidden:FLAG_NOT_FOUND",
      "absent:FLAG_NOT_FOUND",
    ]);
  });
});

describe("explain", () => {
  it("tells the same answer as evaluate, and the steps", () => {
    const { evaluation, steps } = explain(instance.tools, server, { flagKey: "banner", context: alice });
    expect(evaluation).toEqual(evaluate(instance.tools, server, { flagKey: "banner", context: alice }));
    expect(steps.at(-1)).toMatchObject({ flagKey: "banner", decided: true });
  });

  it("moves the clock", async () => {
    const rules = [{ startsAt: "2030-01-01T00:00:00Z", serve: { variant: "on" } }];
    const environments = [{ environment: "staging", enabled: true, rules, fallthrough: { variant: "off" } }];
    await instance.addFlag("later", { environments });
    const args = { flagKey: "later", context: alice };
    expect(explain(instance.tools, server, args).evaluation.value).toBe(false);
    expect(
      explain(instance.tools, server, { ...args, at: "2030-01-01T01:00:00+01:00" }).evaluation.value,
    ).toBe(true);
    expect(problemOf(() => explain(instance.tools, server, { ...args, at: "soon" }))[0]).toBe(
      "BAD_USER_INPUT",
    );
  });

  it("and ruleset are not for CLIENT keys", () => {
    expect(problemOf(() => explain(instance.tools, client, { flagKey: "banner", context: alice }))).toEqual([
      "FORBIDDEN",
    ]);
    expect(problemOf(() => ruleset(instance.tools, client, {}))).toEqual(["FORBIDDEN"]);
    expect(
      problemOf(() => ruleset(instance.tools, callerOf({ kind: "ANONYMOUS", reason: "EXPIRED" }), {})),
    ).toEqual(["UNAUTHENTICATED"]);
  });
});

describe("evaluationId", () => {
  const idOf = (args: object): string =>
    evaluationId(evaluate(instance.tools, admin, { flagKey: "banner", ...staging, ...args }));

  it("is the same for the same question, however it is written", () => {
    const context = { attributes: { b: [1, { z: 1, y: 2 }], a: 1 }, targetingKey: "alice" };
    const again = { targetingKey: "alice", attributes: { a: 1, b: [1, { y: 2, z: 1 }] } };
    expect(idOf({ context })).toBe(idOf({ context: again }));
    expect(idOf({})).toMatch(/^[\w-]{22}$/);
    expect(idOf({ defaultValue: true })).toBe(idOf({}));
  });

  it("differs by place, flag, context, default used and moment", () => {
    const at = "2030-01-01T00:00:00Z";
    const ids = [
      idOf({}),
      idOf({ environment: "production" }),
      idOf({ flagKey: "hidden" }),
      idOf({ context: {} }),
      idOf({ flagKey: "nope" }),
      idOf({ flagKey: "nope", defaultValue: 1 }),
      evaluationId(explain(instance.tools, admin, { flagKey: "banner", ...staging, at }).evaluation),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});
