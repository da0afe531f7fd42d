/**
 * The rules of evaluation written down a second time, straight from their description, slow and plain: no compiling, no sharing, other
 * libraries or other arithmetic wherever there is a choice. For well-formed definitions without cycles.
 */
import { BlockList, isIPv4, isIPv6 } from "node:net";
import semver from "semver";
import type {
  Bucketing,
  BucketTest,
  Clause,
  Condition,
  EvaluationContext,
  Experiment,
  Flag,
  Resolution,
  Ruleset,
  Serve,
} from "../../src/evaluation/index.js";

export type NaiveAnswer = Pick<
  Resolution,
  "value" | "variant" | "reason" | "errorCode" | "ruleId" | "bucket" | "experiment"
>;

interface World {
  readonly ruleset: Ruleset;
  readonly context: EvaluationContext;
  readonly now: number;
}

export function naiveEvaluate(
  ruleset: Ruleset,
  flagKey: string,
  context: EvaluationContext,
  now: number,
): NaiveAnswer {
  const world = { ruleset, context, now };
  const flag = ruleset.flags.find(({ key }) => key === flagKey);
  if (flag === undefined) return { ...NONE, reason: "ERROR", errorCode: "FLAG_NOT_FOUND" };
  if (!flag.enabled) return off(flag, "DISABLED");
  for (const { flagKey: other, variants } of flag.prerequisites ?? []) {
    const { variant, reason } = naiveEvaluate(ruleset, other, context, now);
    const failed = reason === "DISABLED" || reason === "PREREQUISITE_FAILED" || reason === "ERROR";
    if (failed || variant === undefined || !variants.includes(variant)) {
      return off(flag, "PREREQUISITE_FAILED");
    }
  }
  for (const { attribute = "targetingKey", values, variant } of flag.targets ?? []) {
    if (anyElement(lookUp(world, attribute), (one) => values.some((value) => value === one))) {
      return { ...chosen(flag, variant), reason: "TARGETING_MATCH" };
    }
  }
  for (const { id, when, serve, experiment } of flag.rules ?? []) {
    if (when !== undefined && when !== null && !holds(world, when)) continue;
    const answer = give(world, flag, serve, "TARGETING_MATCH");
    if (answer === undefined) continue;
    return { ...answer, ruleId: id, ...(experiment ? takenPartIn(experiment, serve) : {}) };
  }
  const alone = !flag.targets?.length && !flag.rules?.length && !flag.prerequisites?.length;
  const answer = give(world, flag, flag.fallthrough, alone ? "STATIC" : "DEFAULT");
  if (answer !== undefined) return answer;
  const by = ("split" in flag.fallthrough ? flag.fallthrough.bucketing?.by : undefined) ?? ["targetingKey"];
  const errorCode = by.includes("targetingKey") ? "TARGETING_KEY_MISSING" : "INVALID_CONTEXT";
  return { ...NONE, reason: "ERROR", errorCode };
}

function takenPartIn({ id, epoch, slices = [] }: Experiment, serve: Serve): Pick<NaiveAnswer, "experiment"> {
  const [by = "targetingKey"] = ("split" in serve ? serve.bucketing?.by : undefined) ?? [];
  return { experiment: { id, epoch, by, slices } };
}

const NONE = { value: undefined, variant: undefined };

function off(flag: Flag, reason: Resolution["reason"]): NaiveAnswer {
  return { ...(typeof flag.offVariant === "string" ? chosen(flag, flag.offVariant) : NONE), reason };
}

function chosen(flag: Flag, variant: string): { value: unknown; variant: string } {
  return { value: flag.variants.find(({ key }) => key === variant)?.value, variant };
}

function give(world: World, flag: Flag, serve: Serve, fixed: Resolution["reason"]): NaiveAnswer | undefined {
  if ("variant" in serve) return { ...chosen(flag, serve.variant), reason: fixed };
  const total = serve.split.reduce((sum, { weight }) => sum + weight, 0);
  const bucket = bucketOf(world, serve.bucketing ?? {}, flag.key, total);
  if (bucket === undefined) return undefined;
  let upTo = 0;
  for (const { variant, weight } of serve.split) {
    upTo += weight;
    if (bucket >= upTo) continue;
    return variant === null ? undefined : { ...chosen(flag, variant), reason: "SPLIT", bucket };
  }
  return undefined;
}

function bucketOf(world: World, bucketing: Bucketing, seed: string, buckets: number): number | undefined {
  for (const path of bucketing.by ?? ["targetingKey"]) {
    const value = lookUp(world, path);
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
      const hash = naiveMurmur3(new TextEncoder().encode(`${bucketing.seed ?? seed}:${String(value)}`), 0);
      return Number((BigInt(hash) * BigInt(buckets)) >> 32n);
    }
  }
  return undefined;
}

/** MurmurHash3_x86_32 as its author describes it, in big integers. */
export function naiveMurmur3(bytes: Uint8Array, seed: number): number {
  const mask = 0xffffffffn;
  const rotate = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (32n - by))) & mask;
  const scramble = (k: bigint): bigint => (rotate((k * 0xcc9e2d51n) & mask, 15n) * 0x1b873593n) & mask;
  let hash = BigInt(seed);
  for (let at = 0; at < bytes.length; at += 4) {
    const block = bytes.subarray(at, at + 4);
    let word = 0n;
    for (const [index, byte] of block.entries()) word |= BigInt(byte) << BigInt(8 * index);
    hash ^= scramble(word);
    if (block.length === 4) hash = (rotate(hash, 13n) * 5n + 0xe6546b64n) & mask;
  }
  hash ^= BigInt(bytes.length);
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & mask;
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & mask;
  return Number(hash ^ (hash >> 16n));
}

/** undefined for what is missing or null. */
function lookUp({ context, now }: World, path: string): unknown {
  if (path === "request.time") return now;
  const whole: Record<string, unknown> = { ...context.attributes };
  delete whole["targetingKey"];
  if (context.targetingKey !== undefined && context.targetingKey !== null) {
    whole["targetingKey"] = context.targetingKey;
  }
  const exact = Object.entries(whole).find(([name]) => name === path)?.[1];
  if (exact !== undefined && exact !== null) return exact;
  let at: unknown = whole;
  for (const name of path.split(".")) {
    if (typeof at !== "object" || at === null || Array.isArray(at)) return undefined;
    at = Object.entries(at).find(([key]) => key === name)?.[1];
  }
  return at ?? undefined;
}

function anyElement(value: unknown, test: (one: unknown) => boolean): boolean {
  return Array.isArray(value) ? value.some((one) => test(one)) : test(value);
}

function holds(world: World, condition: Condition): boolean {
  if ("all" in condition) return condition.all.every((one) => holds(world, one));
  if ("any" in condition) return condition.any.some((one) => holds(world, one));
  if ("not" in condition) return !holds(world, condition.not);
  if ("segment" in condition) return isMember(world, condition.segment);
  if ("bucket" in condition) return inBucket(world, condition);
  if ("flag" in condition) {
    const { variant } = naiveEvaluate(world.ruleset, condition.flag, world.context, world.now);
    return variant !== undefined && condition.variants.includes(variant);
  }
  return clauseHolds(world, condition);
}

function isMember(world: World, key: string): boolean {
  const segment = world.ruleset.segments.find((one) => one.key === key);
  if (segment === undefined) throw new Error(`no segment ${key}`);
  const who = world.context.targetingKey;
  if (typeof who === "string" && segment.excluded?.includes(who)) return false;
  if (typeof who === "string" && segment.included?.includes(who)) return true;
  return segment.when ? holds(world, segment.when) : false;
}

function inBucket(world: World, { bucket: bucketing, from, to, of = 100_000 }: BucketTest): boolean {
  const bucket = bucketOf(world, bucketing, "", of);
  return bucket !== undefined && from <= bucket && bucket < to;
}

function clauseHolds(world: World, { attribute, operator, values = [], ignoreCase }: Clause): boolean {
  const actual = lookUp(world, attribute);
  if (operator === "NOT_EXISTS") return actual === undefined;
  if (actual === undefined) return false;
  if (operator === "EXISTS") return true;
  const negated = operator.startsWith("NOT_");
  const test = TESTS[negated ? operator.slice("NOT_".length) : operator];
  if (test === undefined) throw new Error(`no operator ${operator}`);
  const folded = (one: unknown): unknown => (ignoreCase && typeof one === "string" ? one.toLowerCase() : one);
  const found = anyElement(actual, (one) => values.some((value) => test(folded(one), folded(value))));
  return negated ? !found : found;
}

type Pair<T> = (test: (a: T, b: T) => boolean) => (a: unknown, b: unknown) => boolean;

const strings: Pair<string> = (test) => (a, b) =>
  typeof a === "string" && typeof b === "string" && test(a, b);

const numbers: Pair<number> = (test) => (a, b) => {
  const read = (x: unknown): number =>
    typeof x === "number" ? x : typeof x === "string" && /^[-+.0-9eE]+$/.test(x) ? Number(x) : NaN;
  return Number.isFinite(read(a)) && Number.isFinite(read(b)) && test(read(a), read(b));
};

const instants: Pair<number> = (test) => (a, b) => test(naiveInstant(a), naiveInstant(b));

/** NaN for what is no instant. */
export function naiveInstant(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return NaN;
  const date = /^\d{4}-\d{2}-\d{2}$/;
  const time = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i;
  const day = date.test(value) ? value : time.exec(value)?.[1];
  // Date.parse rolls 30 February over; a date that does not come back as it was is none.
  if (
    day === undefined ||
    !Number.isFinite(Date.parse(day)) ||
    new Date(day).toISOString().slice(0, 10) !== day
  ) {
    return NaN;
  }
  return Date.parse(value.toUpperCase());
}

const versions: Pair<semver.SemVer> = (test) => (a, b) => {
  const read = (x: unknown): semver.SemVer | null => {
    const parts = typeof x === "string" ? /^v?(\d+)(\.\d+)?(\.\d+)?([-+].*)?$/.exec(x) : null;
    return parts && semver.parse(`${parts[1]}${parts[2] ?? ".0"}${parts[3] ?? ".0"}${parts[4] ?? ""}`);
  };
  const [left, right] = [read(a), read(b)];
  return left !== null && right !== null && test(left, right);
};

function inNetwork(a: unknown, b: unknown): boolean {
  if (typeof a !== "string" || typeof b !== "string") return false;
  const unmapped = (text: string): string => text.replace(/^::ffff:(?=\d+\.)/i, "");
  const address = unmapped(a);
  const [network = "", bits] = b.split("/");
  const family = isIPv4(address) ? "ipv4" : "ipv6";
  if ((!isIPv4(address) && !isIPv6(address)) || address.includes("%")) return false;
  if (family !== (isIPv4(network) ? "ipv4" : "ipv6")) return false;
  const list = new BlockList();
  list.addSubnet(network, bits === undefined ? (family === "ipv4" ? 32 : 128) : Number(bits), family);
  return list.check(address, family);
}

const TESTS: Record<string, (actual: unknown, literal: unknown) => boolean> = {
  EQUALS: (a, b) => a === b,
  IN: (a, b) => a === b,
  CONTAINS: strings((a, b) => a.includes(b)),
  STARTS_WITH: strings((a, b) => a.startsWith(b)),
  ENDS_WITH: strings((a, b) => a.endsWith(b)),
  MATCHES: strings((a, b) => new RegExp(b, "u").test(a)),
  GT: numbers((a, b) => a > b),
  GTE: numbers((a, b) => a >= b),
  LT: numbers((a, b) => a < b),
  LTE: numbers((a, b) => a <= b),
  BEFORE: instants((a, b) => a < b),
  AFTER: instants((a, b) => a > b),
  SEMVER_EQ: versions((a, b) => semver.compare(a, b) === 0),
  SEMVER_GT: versions((a, b) => semver.compare(a, b) > 0),
  SEMVER_GTE: versions((a, b) => semver.compare(a, b) >= 0),
  SEMVER_LT: versions((a, b) => semver.compare(a, b) < 0),
  SEMVER_LTE: versions((a, b) => semver.compare(a, b) <= 0),
  IN_CIDR: inNetwork,
};
