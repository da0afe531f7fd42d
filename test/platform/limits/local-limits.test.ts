/** A flood of strangers: what is remembered of them must not grow without end. */
import { expect, it } from "vitest";
import { createLocalLimits } from "../../../src/platform/limits/local-limits.js";

const flood = 50_000;
const limits = createLocalLimits(() => 1_000);

it("forgets whom it has not seen for longest when fifty thousand addresses come by", () => {
  const budget = limits.budget("login", 1);
  budget.spend("first");
  budget.spend("second");
  for (let turn = 2; turn < flood; turn += 1) budget.spend(`stranger-${turn}`);
  expect(budget.spend("first")).toBe(60_000);
  budget.spend("one more");
  expect([budget.spend("second"), budget.spend("first")]).toEqual([60_000, 0]);
});

it("forgets the failures that are longest ago when fifty thousand accounts are tried", async () => {
  const attempt = async (key: string) => limits.attempt([{ key, free: 0, firstMs: 1_000, longestMs: 1_000 }]);
  for (let turn = 0; turn < flood; turn += 1) await attempt(`account-${turn}`);
  expect(await attempt("account-0")).toBe(1_000);
  await attempt("one more");
  expect([await attempt("account-1"), await attempt("account-0")]).toEqual([1_000, 0]);
});

it("forgets the devices that were remembered longest ago", async () => {
  for (let turn = 0; turn <= flood; turn += 1) await limits.remember(`device-${turn}`);
  expect([await limits.knows("device-0"), await limits.knows("device-1")]).toEqual([false, true]);
});
