import { expect, it } from "vitest";
import { Recent } from "../../../src/platform/limits/recent.js";

it("forgets what was not touched for longest once it is full", () => {
  const recent = new Recent<number>(3);
  for (const [value, key] of ["a", "b", "c"].entries()) recent.set(key, value);
  recent.set("a", 10);
  recent.set("d", 3);
  expect(["a", "b", "c", "d"].map((key) => recent.get(key))).toEqual([10, undefined, 2, 3]);
});

it("stays as large as it may be under a flood", () => {
  const recent = new Recent<number>(100);
  for (let turn = 0; turn < 10_000; turn += 1) recent.set(`stranger-${turn}`, turn);
  expect(recent.size).toBe(100);
  recent.delete("stranger-9999");
  expect(recent.size).toBe(99);
});
