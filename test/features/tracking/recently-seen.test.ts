import { expect, it } from "vitest";
import { RecentlySeen } from "../../../src/features/tracking/recently-seen.js";

it("knows what came lately, and forgets what came long ago", () => {
  const seen = new RecentlySeen(3);
  expect(["a", "a", "b", "a"].map((name) => seen.isNew(name))).toEqual([true, false, true, false]);
  expect(seen.isNew("c")).toBe(true);
  expect(["a", "b", "c"].map((name) => seen.isNew(name))).toEqual([false, false, false]);
  for (const name of ["d", "e", "f"]) seen.isNew(name);
  expect(seen.isNew("d")).toBe(false);
  expect(seen.isNew("a")).toBe(true);
});

it("forgets everything where it is told to", () => {
  const seen = new RecentlySeen(3);
  seen.isNew("a");
  seen.forget();
  expect(seen.isNew("a")).toBe(true);
});
