import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { Turns } from "../../../src/features/accounts/turns.js";

it("lets one after the other work on one thing, whatever comes of it, and others beside it", async () => {
  const turns = new Turns(vi.fn());
  const happened: string[] = [];
  const work = async (name: string, fails = false): Promise<string> => {
    happened.push(`${name} begins`);
    await sleep(5);
    happened.push(`${name} ends`);
    if (fails) throw new Error("no");
    return name;
  };
  const first = turns.take("a", async () => work("first", true));
  const second = turns.take("a", async () => work("second"));
  const beside = turns.take("b", async () => work("beside"));
  await expect(first).rejects.toThrow("no");
  expect([await second, await beside]).toEqual(["second", "beside"]);
  expect(happened.filter((entry) => !entry.startsWith("beside"))).toEqual([
    ...["first begins", "first ends", "second begins", "second ends"],
  ]);
  expect(happened.indexOf("beside begins")).toBeLessThan(happened.indexOf("second begins"));
});

it("sends away whoever would be the hundred-and-first, and has room again afterwards", async () => {
  const full = vi.fn();
  const turns = new Turns(full);
  const crowd = Array.from({ length: 101 }, async () => turns.take("a", async () => "done"));
  const outcomes = await Promise.allSettled(crowd);
  expect(outcomes.map(({ status }) => status)).toEqual([...Array(100).fill("fulfilled"), "rejected"]);
  expect(outcomes.at(-1)).toMatchObject({
    reason: { code: "RATE_LIMITED", details: { retryAfterSeconds: 5 } },
  });
  expect(full).toHaveBeenCalledOnce();
  expect(await turns.take("a", async () => "again")).toBe("again");
});
