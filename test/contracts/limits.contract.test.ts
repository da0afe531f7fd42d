/** What whoever limits may rely on, whichever bus carries the limits. */
import { randomUUID } from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import type { BackOff, Limits } from "../../src/platform/limits/limits.js";
import { describeBuses } from "../support/buses.js";

const minute = 60_000;

/** From the third failure on one second, then two, then four, and no more. */
function backOff(key: string): BackOff {
  return { key, free: 2, firstMs: 1_000, longestMs: 4_000 };
}

async function fail(limits: Limits, keys: readonly string[], times: number): Promise<void> {
  for (let turn = 0; turn < times; turn += 1) {
    expect(await limits.attempt(keys.map(backOff))).toBe(0);
  }
}

await describeBuses("limits", (open, kind, clock) => {
  /** Keys of its own for each test: Redis forgets no sooner than it is told. */
  const unique = (): string => randomUUID();

  describe("a budget", () => {
    it("may be spent in one go, comes back evenly, and is each key's own", async () => {
      const budget = (await open()).limits.budget(unique(), 6);
      for (let turn = 0; turn < 6; turn += 1) expect(budget.spend("alice")).toBe(0);
      expect(budget.spend("alice")).toBe(10_000);
      expect(budget.spend("bob")).toBe(0);
      clock.pass(9_999);
      expect(budget.spend("alice")).toBe(1);
      clock.pass(1);
      expect(budget.spend("alice")).toBe(0);
      expect(budget.spend("alice")).toBe(10_000);
      clock.pass(10 * minute);
      for (let turn = 0; turn < 6; turn += 1) expect(budget.spend("alice")).toBe(0);
      expect(budget.spend("alice")).toBeGreaterThan(0);
    });

    it("costs nothing when it asks in vain, so that insisting does not lengthen the wait", async () => {
      const budget = (await open()).limits.budget(unique(), 1);
      expect(budget.spend("alice")).toBe(0);
      for (let turn = 0; turn < 100; turn += 1) expect(budget.spend("alice")).toBe(minute);
    });

    it.each([7, 60_000, 600_000])("of %i a minute is that many", async (perMinute) => {
      const budget = (await open()).limits.budget(unique(), perMinute);
      let spent = 0;
      while (spent < 2 * perMinute && budget.spend("alice") === 0) spent += 1;
      expect(Math.abs(spent - perMinute)).toBeLessThanOrEqual(perMinute / 1_000);
    });

    it("of 0 is without end", async () => {
      const budget = (await open()).limits.budget(unique(), 0);
      for (let turn = 0; turn < 1_000; turn += 1) expect(budget.spend("alice")).toBe(0);
    });
  });

  describe("backing off", () => {
    it("doubles the wait with each failure in a row, up to the longest", async () => {
      const { limits } = await open();
      const keys = [unique()];
      await fail(limits, keys, 3);
      for (const wait of [1_000, 2_000, 4_000, 4_000]) {
        expect(await limits.attempt(keys.map(backOff))).toBe(wait);
        clock.pass(wait - 1);
        expect(await limits.attempt(keys.map(backOff))).toBe(1);
        clock.pass(1);
        expect(await limits.attempt(keys.map(backOff))).toBe(0);
      }
    });

    it("is not got round by many attempts at once", async () => {
      const { limits } = await open();
      const keys = [unique()];
      const waits = await Promise.all(
        Array.from({ length: 50 }, async () => limits.attempt(keys.map(backOff))),
      );
      expect(waits.filter((wait) => wait === 0)).toHaveLength(3);
    });

    it("ends with a success, for its keys alone", async () => {
      const { limits } = await open();
      const [right, wrong] = [unique(), unique()];
      await fail(limits, [right], 3);
      await fail(limits, [wrong], 3);
      await limits.succeed([right]);
      await fail(limits, [right], 3);
      expect(await limits.attempt([backOff(wrong)])).toBe(1_000);
    });

    it("waits for the slowest of several keys, and counts for all or none", async () => {
      const { limits } = await open();
      const [fresh, slow] = [unique(), unique()];
      await fail(limits, [slow], 3);
      expect(await limits.attempt([backOff(fresh), backOff(slow)])).toBe(1_000);
      await fail(limits, [fresh], 3);
    });

    it("takes back what was never tried", async () => {
      const { limits } = await open();
      const keys = [unique()];
      await fail(limits, keys, 3);
      await limits.withdraw(keys);
      await fail(limits, keys, 1);
      expect(await limits.attempt(keys.map(backOff))).toBe(1_000);
      await limits.withdraw([unique()]);
    });

    it("forgets after an hour of quiet", async () => {
      const { limits } = await open();
      const keys = [unique()];
      await fail(limits, keys, 3);
      clock.pass(3_600_000);
      // Redis goes by its own clock here: it waits no longer, and forgets an hour later.
      await fail(limits, keys, kind === "redis" ? 1 : 3);
    });
  });

  it("remembers what it was told to, for every instance of the installation", async () => {
    const { limits } = await open();
    const key = unique();
    expect(await limits.knows(key)).toBe(false);
    await limits.remember(key);
    expect(await limits.knows(key)).toBe(true);
    expect(await limits.knows(unique())).toBe(false);
    if (kind === "redis") expect(await (await open()).limits.knows(key)).toBe(true);
  });

  it("goes on by itself once the bus is closed, and does not wait for it", async () => {
    const bus = await open();
    await bus.close();
    const { limits } = bus;
    const keys = [unique()];
    expect(limits.budget("closed", 1).spend("alice")).toBe(0);
    expect(limits.budget("closed", 1).spend("alice")).toBe(minute);
    await fail(limits, keys, 3);
    expect(await limits.attempt(keys.map(backOff))).toBe(1_000);
    await limits.succeed(keys);
    await fail(limits, keys, 1);
    await limits.withdraw(keys);
    await limits.remember("alice");
    expect(await limits.knows("alice")).toBe(true);
  });

  if (kind === "in-process") return;

  describe("together", () => {
    it("shares a budget within about a second", async () => {
      const name = unique();
      const [here, there] = [await open(), await open()].map(({ limits }) => limits.budget(name, 60));
      for (let turn = 0; turn < 60; turn += 1) expect(here?.spend("alice")).toBe(0);
      expect(there?.spend("alice")).toBe(0);
      await vi.waitFor(() => expect(there?.spend("alice")).toBeGreaterThan(0), 3_000);
      expect(there?.spend("bob")).toBe(0);
    });

    it("shares failures and successes at once", async () => {
      const [here, there] = [(await open()).limits, (await open()).limits];
      const keys = [unique()];
      await fail(here, keys, 2);
      await fail(there, keys, 1);
      expect(await here.attempt(keys.map(backOff))).toBe(1_000);
      clock.pass(1_000);
      await fail(here, keys, 1);
      expect(await there.attempt(keys.map(backOff))).toBe(2_000);
      await here.succeed(keys);
      await fail(here, keys, 2);
    });

    it("count nowhere what was refused for the sake of another's failures", async () => {
      const [here, elsewhere] = [(await open()).limits, await open()];
      const keys = [unique()];
      await fail(here, keys, 3);
      for (let turn = 0; turn < 5; turn += 1) {
        expect(await elsewhere.limits.attempt(keys.map(backOff))).toBe(1_000);
      }
      await elsewhere.close();
      await fail(elsewhere.limits, keys, 3);
    });
  });
});
