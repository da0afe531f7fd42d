/** Conditions, serves and variants: mostly such as are accepted, so that evaluation gets something to do. */
import { EnumName } from "./enum-name.js";
import { type Names, oneOf } from "./names.js";
import type { Random } from "./random.js";
import { attributeNames, attributeValue, oddJson, oddText } from "./values.js";

const patterns = [
  ...["(a+)+$", "^(a|a)*$", "(a|aa)+$", "(.*a){25}", "([a-zA-Z]+)*$", "^(([a-z])+.)+[A-Z]([a-z])+$"],
  ...[
    "(?:a?){30}a{30}",
    "a{1,1000}",
    "\\p{L}+",
    "[\\s\\S]*",
    "(?i)ALICE",
    "(?<n>a)\\k<n>",
    "(?=a)b",
    "(",
    "[",
    "*",
  ],
];
const networks = [
  "10.0.0.0/8",
  "::/0",
  "0.0.0.0/0",
  "2001:db8::/32",
  "10.0.0.1",
  "10.0.0.0/33",
  "::ffff:0:0/96",
];
const versions = ["1.2.3", "v1.2", "2", "1.2.3-alpha.1", "01.2.3", "1.2.3.4", "99999999999.0.0", "x"];
const moments = ["2026-01-01T00:00:00Z", "2026-01-01", "2026-13-01T00:00:00Z", 1_767_225_600_000, "now"];

const families: readonly (readonly [operators: readonly string[], values: readonly unknown[]])[] = [
  [["MATCHES", "NOT_MATCHES"], patterns],
  [["IN_CIDR", "NOT_IN_CIDR"], networks],
  [["SEMVER_EQ", "SEMVER_GT", "SEMVER_GTE", "SEMVER_LT", "SEMVER_LTE"], versions],
  [["BEFORE", "AFTER"], moments],
  [
    ["GT", "GTE", "LT", "LTE"],
    [0, 1, -1.5, 1e308, "12", "12a", "0x10"],
  ],
  [
    ["EQUALS", "NOT_EQUALS", "IN", "NOT_IN"],
    ["DE", "pro", 1, 1.0, true, null, [], { a: 1 }],
  ],
  [
    ["CONTAINS", "NOT_CONTAINS", "STARTS_WITH", "NOT_STARTS_WITH", "ENDS_WITH", "NOT_ENDS_WITH"],
    ["a", "", "@example.com", "😀"],
  ],
];

function clause(random: Random): Record<string, unknown> {
  if (random.chance(0.1)) {
    return {
      attribute: "text",
      operator: operator(random, ["MATCHES", "NOT_MATCHES"]),
      values: [random.pick(patterns)],
    };
  }
  const attribute = random.weighed<() => string>([
    [8, () => random.pick(attributeNames)],
    [
      2,
      () => random.pick(["account.plan", "request.time", "request.country", "targetingKey", "a.b.c.d.e.f"]),
    ],
    [1, () => oddText(random)],
  ])();
  if (random.chance(0.1)) return { attribute, operator: operator(random, ["EXISTS", "NOT_EXISTS"]) };
  const [operators, values] = random.pick(families);
  const given = random.chance(0.9) ? random.pick(values) : attributeValue(random);
  const many = random.chance(0.02) ? random.list(random.pick([100, 1_000]), (index) => `v${index}`) : [given];
  const ignoreCase = random.chance(0.1) ? { ignoreCase: random.chance(0.5) } : {};
  return { attribute, operator: operator(random, operators), values: many, ...ignoreCase };
}

function operator(random: Random, names: readonly string[]): EnumName {
  return new EnumName(random.pick(names));
}

/** A condition at most `depth` levels deep, rarely far deeper. */
export function condition(random: Random, names: Names, depth = 3): unknown {
  const inside = (): unknown => condition(random, names, depth - 1);
  const several = (): unknown[] => random.list(random.below(4), inside);
  return random.weighed<() => unknown>([
    [8, () => clause(random)],
    [2, () => ({ segment: oneOf(random, names.segments) })],
    [2, () => ({ flag: oneOf(random, names.flags), variants: [oneOf(random, names.variants)] })],
    [1, () => ({ bucket: bucket(random) })],
    [depth > 0 ? 2 : 0, () => ({ all: several() })],
    [depth > 0 ? 2 : 0, () => ({ any: several() })],
    [depth > 0 ? 1 : 0, () => ({ not: inside() })],
    [1, () => ({ ...clause(random), segment: "s-1" })],
    [depth === 3 ? 1 : 0, () => deepNot(random.pick([9, 30, 64, 140]))],
  ])();
}

function deepNot(levels: number): unknown {
  let made: unknown = { attribute: "plan", operator: "EXISTS" };
  for (let level = 0; level < levels; level += 1) made = { not: made };
  return made;
}

function bucket(random: Random): unknown {
  const fromPercent = random.pick([0, 10, 50, -1]);
  return {
    fromPercent,
    toPercent: fromPercent + random.pick([0, 0.001, 33.333, 50, 200]),
    seed: random.pick(["seed-1", "", oddText(random)]),
    ...(random.chance(0.3) && { bucketBy: [random.pick(attributeNames)] }),
  };
}

/** One variant, or a split that mostly sums to 100. */
export function serve(random: Random, names: Names): unknown {
  if (random.chance(0.5)) return { variant: oneOf(random, names.variants) };
  const shares = random.pick([
    [100],
    [50, 50],
    [33.333, 33.333, 33.334],
    [0, 100],
    [60, 30],
    [99.9999, 0.0001],
  ]);
  return {
    split: shares.map((percent) => ({
      percent,
      ...(random.chance(0.9) && { variant: oneOf(random, names.variants) }),
    })),
    ...(random.chance(0.3) && { bucketBy: [random.pick([...attributeNames, "targetingKey"])] }),
    ...(random.chance(0.3) && { seed: random.pick(["seed-1", oddText(random)]) }),
  };
}

/** A variant's value: of a type that the flag may have. */
export function variantValue(random: Random): unknown {
  return random.weighed<() => unknown>([
    [4, () => random.pick([true, false])],
    [3, () => random.pick(["red", "blue", "", oddText(random)])],
    [3, () => random.pick([0, 1, 1.5, -7, 1e300])],
    [2, () => oddJson(random)],
    [random.chance(0.02) ? 1 : 0, () => "v".repeat(random.pick([65_000, 65_534, 65_537]))],
  ])();
}

/** JSON Schemas, good and bad; patterns that never end among them. */
export function valueSchema(random: Random): unknown {
  return random.pick<unknown>([
    ...[null, true, false, {}, { type: "boolean" }, { type: "string" }, { type: "integer", maximum: 100 }],
    ...[{ type: "string", pattern: "(a+)+$" }, { $ref: "#" }, { $ref: "http://127.0.0.1:9/x" }, { $id: "x" }],
    ...[{ type: "nonsense" }, { allOf: [{ $ref: "#/allOf/0" }] }, { enum: [] }, { $async: true }],
    ...[{ $defs: { a: { $ref: "#/$defs/a" } }, $ref: "#/$defs/a" }, { properties: { __proto__: true } }, []],
  ]);
}
