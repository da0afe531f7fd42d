/** Documents made to hurt: bombs, circles, broken syntax, endless tokens. */
import type { GraphQLRequest } from "./operations.js";
import type { Random } from "./random.js";
import { oddText } from "./values.js";

const repeated = (text: string, times: number): string => text.repeat(times);
const nested = (field: string, levels: number): string =>
  `{ ${repeated(`${field} { `, levels)}key${repeated(" }", levels)} }`;

/** Each doubles the one before: small to write, vast to lay out. */
function fragmentBomb(levels: number): string {
  const parts = Array.from(
    { length: levels },
    (_, index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`,
  );
  return `{ ...F0 }\n${parts.join("\n")}\nfragment F${levels} on Query { serverInfo { version } }`;
}

/** Makes a rule that compares every field with every other of its name go quadratic. */
function overlapBomb(width: number, levels: number): string {
  const inner = (level: number): string =>
    level === 0 ? "key" : `project { ${inner(level - 1)} } ${repeated(`project { key } `, 2)}`;
  return `{ ${repeated(`environments { ${inner(levels)} } `, width)} }`;
}

const makers: readonly ((random: Random) => string)[] = [
  (random) => nested("environments", random.pick([11, 50, 500, 5_000])),
  (random) => nested("__schema", random.pick([3, 30])),
  (random) => `{ __schema { types { ${repeated("ofType { ", random.pick([9, 30]))}`,
  (random) => `{ ${repeated("me { id } ", random.pick([20, 400, 4_000, 40_000]))} }`,
  (random) =>
    `{ ${Array.from({ length: random.pick([11, 31, 300]) }, (_, index) => `a${index}: serverInfo { version }`).join(" ")} }`,
  (random) => fragmentBomb(random.pick([4, 12, 30, 200])),
  (random) => overlapBomb(random.pick([2, 20, 60]), random.pick([2, 6])),
  () => "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
  () => "{ ...A } fragment A on Query { ...A me { id } }",
  (random) => `{ me ${repeated("@skip(if: false) ", random.pick([2, 21, 3_000]))}{ id } }`,
  (random) => `mutation { ${repeated("logout ", random.pick([2, 6, 50]))} }`,
  (random) =>
    `query (${Array.from({ length: random.pick([5, 900]) }, (_, i) => `$v${i}: Int`).join(" ")}) { me { id } }`,
  (random) => `query ($v: [[[[[[[[String!]!]!]!]!]!]!]!) { me { id } } ${oddText(random)}`,
  (random) => `{ flag(key: "${repeated("x", random.pick([10_000, 100_000]))}") { key } }`,
  (random) => `{ flag(key: ${repeated("[", random.pick([10, 127, 129, 5_000]))}`,
  (random) =>
    `{ evaluate(flagKey: "welcome", environment: "development", context: { attributes: ${repeated("{ a: ", random.pick([4, 6, 130, 400]))}1${repeated(" }", 4)} }) { value } }`,
  (random) =>
    repeated(
      random.pick(["{", "}", "(", '"', '"""', "#", "...", "\ud800", "\0", "&"]),
      random.pick([1, 50, 900, 100_000]),
    ),
  (random) => `# ${repeated("comment ", random.pick([1, 10_000]))}\n{ me { id } }`,
  () => "subscription { evaluations(context: {}) { revision } }",
  () => "query A { me { id } } query B { me { id } }",
  () => "{ __typename } { __typename }",
  () => "type Query { hacked: Boolean }",
  () => "extend schema @x { query: Query }",
  () => '{ __type(name: "Query") { fields { name type { fields { name type { fields { name } } } } } } }',
  (random) => oddText(random),
];

/** A hostile document, sometimes a fair one with something wrong at a random place. */
export function hostileDocument(random: Random, fair: GraphQLRequest): GraphQLRequest {
  if (random.chance(0.4)) return { ...fair, title: "broken document", query: broken(random, fair.query) };
  return { title: "hostile document", query: random.pick(makers)(random), variables: {} };
}

function broken(random: Random, text: string): string {
  const at = random.below(text.length);
  return random.pick([
    () => text.slice(0, at),
    () => text.slice(0, at) + oddText(random) + text.slice(at),
    () => text.slice(0, at) + random.pick('{ } ( ) [ ] $ @ ! : " # | & ='.split(" ")) + text.slice(at),
    () => text.slice(at) + text.slice(0, at),
    () => text + text,
  ])();
}
