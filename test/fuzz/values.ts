/** Values that programs get wrong: texts, numbers, JSON of every shape, attributes of a context. */
import type { Random } from "./random.js";

const oddTexts = [
  ...["", " ", "\0", "a\0b", "\ud800", "\udfff\ud800", "😀", "e\u0301", "\u202eabc", "\ufeff", "İ", "ß", "ﬀ"],
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "prototype", "valueOf", "toJSON", "then"],
  ...["null", "undefined", "NaN", "Infinity", "-0", "1e999", "0x10", "9007199254740993", "true", "[]", "{}"],
  ...[
    "' OR 1=1 --",
    '"; drop table flags; --',
    "%",
    "_",
    "\\",
    "$1",
    "${7*7}",
    "{{7*7}}",
    "%00",
    "%ff",
    "../..",
  ],
  ...["\r\nX-Injected: 1", "<script>", "\u0007\u001b[31m", "a b\tc\nd", "admin", "graphql", "targetingKey"],
];

/** Texts that a regular expression of the backtracking kind never gets to the end of. */
export const patience = "a".repeat(60) + "!";

export function oddText(random: Random): string {
  return random.weighed<() => string>([
    [12, () => random.pick(oddTexts)],
    [2, () => "x".repeat(random.pick([127, 128, 129, 200, 201, 512, 513, 1_001, 4_096, 4_097]))],
    [1, () => "é".repeat(random.pick([2_048, 2_049, 33_000]))],
    [1, () => patience],
    [4, () => random.list(random.between(1, 12), () => String.fromCharCode(random.below(0x1_0000))).join("")],
  ])();
}

const oddNumbers = [
  ...[0, -0, 1, -1, 0.1, 33.333, 33.3333, 50.5, 99.999, 100, 100.001, 101, -0.001, 1e-7, 1e21, 5e-324],
  ...[2_147_483_647, 2_147_483_648, -2_147_483_649, 2 ** 53, 2 ** 53 + 2, 1.797e308, -1.797e308],
];

export function oddNumber(random: Random): number {
  return random.pick(oddNumbers);
}

/** Any JSON; `depth` is how deep it may go. */
export function oddJson(random: Random, depth = 3): unknown {
  return random.weighed<() => unknown>([
    [6, () => oddText(random)],
    [4, () => oddNumber(random)],
    [3, () => random.pick([true, false, null])],
    [depth > 0 ? 4 : 0, () => random.list(random.below(4), () => oddJson(random, depth - 1))],
    [depth > 0 ? 5 : 0, () => oddObject(random, depth - 1)],
    [1, () => nested(random.pick([4, 5, 6, 64, 65, 130, 400]), random.chance(0.5))],
  ])();
}

function oddObject(random: Random, depth: number): unknown {
  const members = random.list(random.below(5), () => [oddText(random), oddJson(random, depth)] as const);
  return withOwnProto(Object.fromEntries(members), random);
}

/** JSON.parse makes an own member of that name, and an object literal does not. */
function withOwnProto(object: object, random: Random): unknown {
  if (!random.chance(0.1)) return object;
  return JSON.parse(`{"__proto__":{"admin":true},${JSON.stringify(object).slice(1)}`.replace(/,}$/, "}"));
}

function nested(levels: number, inLists: boolean): unknown {
  let value: unknown = "bottom";
  for (let level = 0; level < levels; level += 1) value = inLists ? [value] : { a: value };
  return value;
}

const attributeNames = [
  "country",
  "plan",
  "email",
  "age",
  "version",
  "ip",
  "joined",
  "account",
  "tags",
  "beta",
];

/** What somebody's attributes usually are, and what they are not. */
export function attributes(random: Random): unknown {
  if (random.chance(0.06)) return random.pick<unknown>([null, [], "text", 7, true, oddJson(random)]);
  const many = random.chance(0.02) ? random.pick([255, 256, 257, 3_000]) : random.below(6);
  const members = random.list(many, (index) => {
    const name = many > 10 ? `k${index}` : random.chance(0.8) ? random.pick(attributeNames) : oddText(random);
    return [name, attributeValue(random)] as const;
  });
  if (random.chance(0.4)) members.push(["text", patience]);
  return withOwnProto(Object.fromEntries(members), random);
}

export function attributeValue(random: Random): unknown {
  return random.weighed<() => unknown>([
    [4, () => random.pick(["DE", "de", "FR", "pro", "free", "alice@example.com", patience])],
    [2, () => random.pick(["1.2.3", "v2", "1.2.3-rc.1+b", "10.1.2.3", "::1", "2001:db8::1", "10.0.0.256"])],
    [
      2,
      () => random.pick(["2026-01-01T00:00:00Z", "2026-02-30", "20260101", 1_767_225_600_000, 1_767_225_600]),
    ],
    [2, () => oddNumber(random)],
    [2, () => oddJson(random)],
  ])();
}

export { attributeNames };
