import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { digestVersions } from "../../../src/platform/database/index.js";

it("counts, and adds the first 32 bits of the hash of each", async () => {
  const bits = (text: string): number => createHash("sha256").update(text).digest().readUInt32BE(0);
  const sum = bits("a:1") + bits("b:7");
  expect(await digestVersions([])).toBe("0:0");
  expect(
    await digestVersions(
      new Map([
        ["a", 1],
        ["b", 7],
      ]),
    ),
  ).toBe(`2:${sum}`);
  expect(
    await digestVersions(
      new Map([
        ["b", 7],
        ["a", 1],
      ]),
    ),
  ).toBe(`2:${sum}`);
});

it("lets others have their turn while it works on very many", async () => {
  const versions = new Map(Array.from({ length: 50_000 }, (_, index) => [`flag-${index}`, 1] as const));
  let turns = 0;
  const count = (): void => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  expect(await digestVersions(versions)).toMatch(/^50000:\d+$/);
  clearImmediate(next);
  expect(turns).toBeGreaterThan(5);
});
