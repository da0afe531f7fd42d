/** Holds versions of a map against plain copies. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VersionedMap } from "../../src/evaluation/versioned-map.js";

const key = fc.constantFrom("a", "b", "c", "d");
const change = fc.record({
  from: fc.nat(),
  edits: fc.array(fc.tuple(key, fc.option(fc.nat(3), { nil: undefined })), { maxLength: 3 }),
});

describe("VersionedMap", () => {
  it("is a map of which every version stays what it was", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 12 }), fc.boolean(), (changes, branch) => {
        const versions = [{ map: VersionedMap.empty<number>(), copy: new Map<string, number>() }];
        for (const { from, edits } of changes) {
          const base = versions[branch ? from % versions.length : versions.length - 1];
          if (base === undefined) throw new Error("no version");
          const copy = new Map(base.copy);
          for (const [name, value] of edits) {
            if (value === undefined) copy.delete(name);
            else copy.set(name, value);
          }
          versions.push({ map: base.map.with(new Map(edits)), copy });
        }
        for (const { map, copy } of versions) {
          expect(new Map(map.entries())).toEqual(copy);
          expect(map.size).toBe(copy.size);
          for (const name of "abcde") expect(map.get(name)).toBe(copy.get(name));
          for (const other of versions) {
            const differing = ["a", "b", "c", "d"].filter((name) => copy.get(name) !== other.copy.get(name));
            expect([...VersionedMap.differences(map, other.map, (value) => value)].sort()).toEqual(differing);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});
