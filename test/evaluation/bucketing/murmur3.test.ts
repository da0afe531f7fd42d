/** Holds the fast hash against the plain one, wherever the text is cut and whatever is in it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scale } from "../../../src/evaluation/bucketing/algorithms.js";
import { murmur3 } from "../../../src/evaluation/bucketing/murmur3.js";
import { naiveMurmur3 } from "../naive-interpreter.js";

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom("a", "é", "鍵", "😀", "\ud800", "\udc00", "\u0000", "\u007f", "\u0080"),
  }),
);

describe("murmur3", () => {
  it("hashes what the plain hash hashes", () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 2 ** 32 - 1 }), (prefix, value, seed) => {
        // Joined, a surrogate at the end of one and one at the start of the other would be a pair.
        const bytes = [prefix, value].flatMap((part) => [...new TextEncoder().encode(part)]);
        expect(murmur3(prefix, seed)(value)).toBe(naiveMurmur3(new Uint8Array(bytes), seed));
      }),
      { numRuns: 3000 },
    );
  });
});

describe("scale", () => {
  it("is exact for every hash and number of buckets", () => {
    const hashes = fc.oneof(
      fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      fc.constantFrom(0, 1, 2 ** 31, 2 ** 32 - 1),
    );
    const buckets = fc.oneof(
      fc.integer({ min: 1, max: 2 ** 31 - 1 }),
      fc.constantFrom(1, 100_000, 2 ** 21, 2 ** 21 + 1, 2 ** 31 - 1),
    );
    fc.assert(
      fc.property(hashes, buckets, (hash, count) => {
        expect(scale(hash, count)).toBe(Number((BigInt(hash) * BigInt(count)) >> 32n));
      }),
      { numRuns: 5000 },
    );
  });

  it("is exact where a product lies just below a multiple of 2^32, which doubles cannot tell apart", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2 ** 20, max: 2 ** 30 - 1 }), (half) => {
        const buckets = BigInt(2 * half + 1);
        let inverse = buckets; // Newton: correct bits double from 3 to 48
        for (let i = 0; i < 4; i++) inverse = BigInt.asUintN(32, inverse * (2n - buckets * inverse));
        const hash = BigInt.asUintN(32, -inverse);
        expect(BigInt.asUintN(32, hash * buckets)).toBe(2n ** 32n - 1n);
        expect(scale(Number(hash), Number(buckets))).toBe(Number((hash * buckets) >> 32n));
      }),
    );
  });
});
