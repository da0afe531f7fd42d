/** From a context to a bucket: which attribute is hashed, with which seed, by which algorithm. */
import { attributeReader, type AttributeReader, type Subject, TARGETING_KEY } from "../attributes.js";
import { isObject } from "../json.js";
import type { BucketingAlgorithm, EvaluationContext } from "../model.js";
import { member, type Reading } from "../definitions/reading.js";
import { ALGORITHMS, type Bucketer } from "./algorithms.js";

/** The largest number of buckets. */
export const MOST_BUCKETS = 2 ** 31 - 1;

/** A compiled Bucketing. */
export interface Bucketed {
  readonly by: readonly string[];
  readonly seed: string;
  /** The value to hash, or undefined when no attribute is present. */
  readonly value: (subject: Subject) => string | undefined;
  readonly bucket: Bucketer;
}

/** `defaultSeed` undefined: the definition must name its seed. Undefined when something is wrong. */
export function readBucketing(
  definition: unknown,
  path: string,
  reading: Reading,
  defaultSeed?: string,
): Bucketed | undefined {
  const optional = defaultSeed !== undefined && (definition === undefined || definition === null);
  const bucketing = optional ? {} : reading.object(definition, path);
  if (bucketing === undefined) return undefined;
  const algorithm = bucketing["algorithm"] ?? "MURMUR3";
  if (!isAlgorithm(algorithm)) {
    reading.refuse(member(path, "algorithm"), `one of ${Object.keys(ALGORITHMS).join(", ")}`, algorithm);
    return undefined;
  }
  const seed = reading.string(bucketing["seed"] ?? defaultSeed, member(path, "seed"));
  if (seed === undefined) return undefined;
  const by = readAttributes(bucketing["by"], member(path, "by"), reading);
  return { by, seed, value: firstPresent(by.map(attributeReader)), bucket: ALGORITHMS[algorithm](seed) };
}

function readAttributes(definition: unknown, path: string, reading: Reading): readonly string[] {
  if (definition === undefined || definition === null) return [TARGETING_KEY];
  const list = reading.list(definition, path);
  if (list.length === 0) reading.refuse(path, "a list of attribute paths", definition);
  return list.map((item, index) => reading.attribute(item, `${path}[${index}]`, false));
}

function isAlgorithm(name: unknown): name is BucketingAlgorithm {
  return typeof name === "string" && Object.hasOwn(ALGORITHMS, name);
}

function firstPresent(readers: readonly AttributeReader[]): (subject: Subject) => string | undefined {
  const [only] = readers;
  if (readers.length === 1 && only !== undefined) return (subject) => hashable(only(subject));
  return (subject) => {
    for (const reader of readers) {
      const value = hashable(reader(subject));
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

/** The attribute at a path of a context as a split that goes by it hashes it; undefined where a split finds nothing. The clock is nothing. */
export function bucketingValue(context: EvaluationContext, path: string): string | undefined {
  const { targetingKey, attributes } = context;
  const subject = { targetingKey, attributes: isObject(attributes) ? attributes : {}, now: NaN };
  return hashable(attributeReader(path)(subject));
}

/** Strings as they are, numbers as ECMAScript writes them, booleans by name; anything else counts as missing. */
function hashable(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "boolean" || Number.isFinite(value) ? String(value) : undefined;
}
