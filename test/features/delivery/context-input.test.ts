import { describe, expect, it } from "vitest";
import { evaluate, compile } from "../../../src/evaluation/index.js";
import { readContext } from "../../../src/features/delivery/context-input.js";
import { problemOf } from "./delivery-fixture.js";

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });
const pathOf = (input: object, path?: string): string => {
  const [code, ...fields] = problemOf(() => readContext(input, path));
  expect(code).toBe("BAD_USER_INPUT");
  expect(fields).toHaveLength(1);
  return fields[0]?.split(": ")[0] ?? "";
};

describe("readContext", () => {
  it("takes any JSON, and nothing at all", () => {
    const attributes = {
      plan: "pro",
      seats: -1.5e300,
      beta: false,
      none: null,
      list: [1, "ü", [true]],
      deep: { er: {} },
    };
    expect(readContext({ targetingKey: "alice", attributes })).toEqual({ targetingKey: "alice", attributes });
    expect(readContext({})).toEqual({ targetingKey: null, attributes: {} });
    expect(readContext({ targetingKey: null, attributes: null })).toEqual({
      targetingKey: null,
      attributes: {},
    });
  });

  it("copies to data that inherits nothing", () => {
    const attributes: unknown = JSON.parse(
      '{"__proto__": {"admin": true}, "constructor": 1, "a": {"toString": "x"}}',
    );
    const read = readContext({ attributes }).attributes;
    expect(Object.getPrototypeOf(read)).toBeNull();
    expect(Object.getPrototypeOf(read["a"])).toBeNull();
    expect(Object.keys(read)).toEqual(["__proto__", "constructor", "a"]);
    expect(read["admin"]).toBeUndefined();
    expect(Object.hasOwn(read, "__proto__")).toBe(true);
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  });

  it("gives inherited names no effect in rules", () => {
    const rules = ["__proto__.admin", "constructor", "toString"].map((attribute, index) => ({
      id: String(index),
      when: { attribute, operator: "EXISTS" as const },
      serve: { variant: "on" },
    }));
    const variants = [
      { key: "on", value: true },
      { key: "off", value: false },
    ];
    const flag = {
      key: "f",
      type: "BOOLEAN" as const,
      enabled: true,
      variants,
      rules,
      fallthrough: { variant: "off" },
    };
    const place = { formatVersion: 1 as const, revision: "", project: "p", environment: "e", segments: [] };
    const snapshot = compile({ ...place, flags: [flag] });
    expect(evaluate(snapshot, "f", readContext({ attributes: {} }), 0).value).toBe(false);
    const sent: unknown = JSON.parse('{"__proto__": {"admin": true}}');
    expect(evaluate(snapshot, "f", readContext({ attributes: sent }), 0)).toMatchObject({
      value: true,
      ruleId: "0",
    });
  });

  it("leaves out a targetingKey among the attributes", () => {
    const read = readContext({ attributes: { targetingKey: "\0", plan: "pro" } });
    expect(read).toEqual({ targetingKey: null, attributes: { plan: "pro" } });
  });

  it.each([
    ["attributes that are no object", { attributes: [] }, "context.attributes"],
    ["attributes that are text", { attributes: "{}" }, "context.attributes"],
    ["a targetingKey that is no string", { targetingKey: 5 }, "context.targetingKey"],
    ["a targetingKey of 513 characters", { targetingKey: "x".repeat(513) }, "context.targetingKey"],
    ["a targetingKey with NUL", { targetingKey: "a\0b" }, "context.targetingKey"],
    ["NUL", { attributes: { plan: "a\0" } }, "context.attributes.plan"],
    ["NUL in a list", { attributes: { tags: ["a", { b: "\0" }] } }, "context.attributes.tags[1].b"],
    ["half a surrogate pair", { attributes: { plan: "\ud83d" } }, "context.attributes.plan"],
    ["more than 4 KiB", { attributes: { plan: "ü".repeat(2_049) } }, "context.attributes.plan"],
    ["infinity", { attributes: { seats: Infinity } }, "context.attributes.seats"],
    ["NaN", { attributes: { seats: [Number.NaN] } }, "context.attributes.seats[0]"],
    ["too deep", { attributes: nested(6) }, "context.attributes.a.a.a.a.a"],
    ["too deep in a list", { attributes: { a: [[[[[1]]]]] } }, "context.attributes.a[0][0][0][0]"],
    ["what is no JSON", { attributes: { f: () => 1 } }, "context.attributes.f"],
    [
      "257 names",
      { attributes: Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`n${i}`, i])) },
      "context.attributes",
    ],
  ])("refuses %s", (_name, input, path) => {
    expect(pathOf(input)).toBe(path);
  });

  it("refuses a name with NUL, and names the caller's own path", () => {
    expect(pathOf({ attributes: { "a\0": 1 } }, "body.context")).toBe("body.context.attributes");
    expect(pathOf({ attributes: 1 }, "body.context")).toBe("body.context.attributes");
  });

  it("accepts what is just within bounds", () => {
    const names = Object.fromEntries(Array.from({ length: 256 }, (_, i) => [`n${i}`, i]));
    expect(Object.keys(readContext({ attributes: names }).attributes)).toHaveLength(256);
    expect(readContext({ attributes: nested(5) }).attributes).toEqual(nested(5));
    const texts = { targetingKey: "x".repeat(512), attributes: { plan: "ü".repeat(2_048) } };
    expect(readContext(texts)).toEqual(texts);
  });
});
