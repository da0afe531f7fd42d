/** The table of bucketing algorithms: whoever moves here from another tool keeps every user in the same variant. */
import type { BucketingAlgorithm } from "../model.js";
import { murmur3 } from "./murmur3.js";

/** Gives the bucket of a value among `buckets` (at most 2^31 − 1), from 0. */
export type Bucketer = (value: string, buckets: number) => number;

export const ALGORITHMS: Readonly<Record<BucketingAlgorithm, (seed: string) => Bucketer>> = {
  MURMUR3: (seed) => {
    const hash = murmur3(`${seed}:`);
    return (value, buckets) => scale(hash(value), buckets);
  },
};

/** The bucket of one value by the native algorithm; see `Bucketer`. */
export function bucketOf(seed: string, value: string, buckets: number): number {
  return ALGORITHMS.MURMUR3(seed)(value, buckets);
}

const PER_TWO_TO_32 = 2 ** -32;
const PER_TWO_TO_16 = 2 ** -16;
/** Up to here hash × buckets stays below 2^53, where doubles are exact. */
const EXACT_BUCKETS = 0x20_0000;

/** floor(hash × buckets / 2^32), exactly: `hash` is an unsigned 32-bit integer, `buckets` at most 2^31 − 1. */
export function scale(hash: number, buckets: number): number {
  if (buckets <= EXACT_BUCKETS) return Math.floor(hash * buckets * PER_TWO_TO_32);
  const low = Math.floor((hash & 0xffff) * buckets * PER_TWO_TO_16);
  return Math.floor(((hash >>> 16) * buckets + low) * PER_TWO_TO_16);
}
