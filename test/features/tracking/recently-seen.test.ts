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

it("keeps fewer names where they are long", () => {
  const seen = new RecentlySeen(100);
  const names = Array.from({ length: 30 }, (_none, index) => `${index} `.padEnd(1_000, "-"));
  for (const name of names) seen.isNew(name);
  expect(names.toReversed().filter((name) => !seen.isNew(name)).length).toBeLessThan(26);
  const short = new RecentlySeen(100);
  for (let index = 0; index < 99; index += 1) short.isNew(`user-${index}`);
  expect(short.isNew("user-0")).toBe(false);
});
