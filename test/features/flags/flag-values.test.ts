import { describe, expect, test } from "vitest";
import type { FlagType } from "../../../src/evaluation/model.js";
import { readValueSchema, valueReader } from "../../../src/features/flags/flag-values.js";
import { Mistakes } from "../../../src/platform/input.js";
import { type FieldMistake, Problem } from "../../../src/platform/problems.js";

const path = "input.variants[1].value";

/** What is wrong with a value; nothing when it may be stored. */
function mistakesOf(type: FlagType, value: unknown, schema: unknown = null): readonly FieldMistake[] {
  const mistakes = new Mistakes();
  const { check } = readValueSchema("input.valueSchema", schema, mistakes);
  valueReader(type, check)(path, value, mistakes);
  return fieldsOf(mistakes);
}

function fieldsOf(mistakes: Mistakes): readonly FieldMistake[] {
  try {
    mistakes.throwIfAny();
    return [];
  } catch (error) {
    if (error instanceof Problem) return error.details.fields ?? [];
    throw error;
  }
}

describe("a value is of the flag's type", () => {
  test.each<[FlagType, unknown]>([
    ["BOOLEAN", false],
    ["STRING", ""],
    ["STRING", "true"],
    ["NUMBER", 0],
    ["NUMBER", -1.5e300],
    ["JSON", { deep: [{ null: null }] }],
    ["JSON", []],
    ["JSON", false],
  ])("%s takes %j", (type, value) => {
    expect(mistakesOf(type, value)).toEqual([]);
  });

  test.each<[FlagType, unknown, string]>([
    ["BOOLEAN", "true", 'must be a boolean, got "true".'],
    ["BOOLEAN", null, "must be a boolean, got null."],
    ["STRING", 5, "must be a string, got 5."],
    ["NUMBER", "5", 'must be a number, got "5".'],
    ["NUMBER", Infinity, "must be finite, got Infinity."],
    ["JSON", null, "must be JSON other than null, got null."],
    ["JSON", undefined, "must be given."],
  ])("%s refuses %j", (type, value, message) => {
    expect(mistakesOf(type, value)).toEqual([{ path, message }]);
  });
});

describe("a value can be stored", () => {
  test.each<[string, unknown, RegExp]>([
    ["NUL", { text: "a\0b" }, /without NUL/],
    ["NUL in a name", { "a\0b": 1 }, /without NUL/],
    ["half of a surrogate pair", ["\ud800"], /well-formed Unicode/],
    ["a member named __proto__", JSON.parse('{"a":[{"__proto__":{"admin":true}}]}'), /__proto__/],
    ["more than 64 KiB", "x".repeat(65_536), /at most 65536 bytes of JSON, got 65538/],
    ["65 levels", JSON.parse("[".repeat(66) + "]".repeat(66)), /nest deeper than 64/],
  ])("%s is refused", (_what, value, message) => {
    const mistakes = mistakesOf("JSON", value);
    expect(mistakes).toEqual([{ path, message: expect.stringMatching(message) as unknown }]);
  });

  test("__proto__ within a text is a text", () => {
    expect(mistakesOf("STRING", '{"__proto__":1}')).toEqual([]);
  });

  test("what is read is a plain copy, even of an object without prototype", () => {
    const value: unknown = Object.assign(Object.create(null), { a: 1 });
    const read = valueReader("JSON", null)(path, value, new Mistakes());
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
    expect(read).toEqual({ a: 1 });
  });
});

describe("a value satisfies the schema", () => {
  const schema = {
    type: "object",
    properties: { "tone/1": { enum: ["calm", "loud"] }, sizes: { items: { type: "integer", maximum: 9 } } },
    required: ["sizes"],
    additionalProperties: false,
  };

  test("or each objection is told where it stands in the value", () => {
    expect(mistakesOf("JSON", { sizes: [1, 2] }, schema)).toEqual([]);
    expect(mistakesOf("JSON", { sizes: [1, 2.5, 10], "tone/1": "x" }, schema)).toEqual([
      { path: `${path}.tone/1`, message: 'must be equal to one of the allowed values, got "x".' },
      { path: `${path}.sizes[1]`, message: "must be integer, got 2.5." },
      { path: `${path}.sizes[2]`, message: "must be <= 9, got 10." },
    ]);
    expect(mistakesOf("JSON", {}, schema)).toEqual([
      { path, message: "must have required property 'sizes', got {}." },
    ]);
  });

  test("with members that have no prototype, as literals of GraphQL come", () => {
    const literal: unknown = Object.assign(Object.create(null), { a: 1 });
    expect(mistakesOf("JSON", literal, { const: { a: 1 } })).toEqual([]);
  });

  test("and inherited members do not count", () => {
    expect(mistakesOf("JSON", {}, { required: ["toString"] })).toHaveLength(1);
  });

  test("of draft 7 where it says so", () => {
    const draft7 = { $schema: "http://json-schema.org/draft-07/schema#", items: [{ type: "string" }] };
    expect(mistakesOf("JSON", ["a", 1], draft7)).toEqual([]);
    expect(mistakesOf("JSON", [1], draft7)).toEqual([
      { path: `${path}[0]`, message: "must be string, got 1." },
    ]);
  });

  test("whose patterns match in linear time", () => {
    const value = `${"a".repeat(30_000)}!`;
    const started = performance.now();
    expect(mistakesOf("STRING", value, { pattern: "^(a+)+$" })).toHaveLength(1);
    expect(mistakesOf("STRING", "aa", { pattern: "^(a+)+$" })).toEqual([]);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe("a schema", () => {
  test.each<[string, unknown, RegExp]>([
    ["that is a list", [], /^must be an object, got \[\]\.$/],
    ["with an unknown type", { type: "strnig" }, /^must be a JSON Schema: .*type must be equal to one of/],
    [
      "that names a schema elsewhere",
      { $ref: "https://example.com/x" },
      /^must be a JSON Schema: can't resolve/,
    ],
    ["with look-around", { pattern: "(?!a)b" }, /^must be a JSON Schema: error parsing regexp/],
    ["that is asynchronous", { $async: true }, /^must not be asynchronous/],
    [
      "of another draft",
      { $schema: "http://json-schema.org/draft-03/schema#" },
      /^must be a JSON Schema: no schema/,
    ],
    ["of more than 16 KiB", { title: "x".repeat(16_384) }, /^must be at most 16384 bytes of JSON, got 16396/],
    ["with NUL", { title: "\0" }, /without NUL/],
  ])("%s is refused", (_what, schema, message) => {
    expect(mistakesOf("STRING", "x", schema)).toEqual([
      { path: "input.valueSchema", message: expect.stringMatching(message) as unknown },
    ]);
  });

  test("that takes exponential time is interrupted", () => {
    const definitions: Record<string, unknown> = { d40: { type: "string" } };
    for (let level = 0; level < 40; level += 1) {
      const next = { $ref: `#/$defs/d${level + 1}` };
      definitions[`d${level}`] = { allOf: [next, next] };
    }
    const started = performance.now();
    const mistakes = mistakesOf("STRING", "x", { $defs: definitions, $ref: "#/$defs/d0" });
    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]?.message).toContain("takes too long");
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  test("that refers to itself without end refuses every value", () => {
    expect(mistakesOf("STRING", "x", { $ref: "#" })).toEqual([
      { path, message: expect.stringContaining("refers to itself without end") as unknown },
    ]);
  });

  test("that describes a tree is followed down the value", () => {
    const tree = { properties: { children: { items: { $ref: "#" } }, name: { type: "string" } } };
    const value = { name: "a", children: [{ name: "b", children: [{ name: 1 }] }] };
    expect(mistakesOf("JSON", value, tree)).toEqual([
      { path: `${path}.children[0].children[0].name`, message: "must be string, got 1." },
    ]);
  });
});
