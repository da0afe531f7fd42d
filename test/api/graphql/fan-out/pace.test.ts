import { expect, it } from "vitest";
import { cost, Pace } from "../../../../src/api/graphql/fan-out/pace.js";

it("shares out turns of the event loop, so that others come in between", async () => {
  const pace = new Pace();
  let told = 0;
  let others = 0;
  let isDone = false;
  const look = (): void => {
    others += 1;
    if (!isDone) setImmediate(look);
  };
  setImmediate(look);
  let mostAtOnce = 0;
  for (let before = 0; told < 3_000; told += 1) {
    const seen = others;
    while (pace.isSpent) await pace.nextTurn();
    if (others !== seen) before = told;
    pace.spend(cost.frame);
    mostAtOnce = Math.max(mostAtOnce, told - before);
  }
  isDone = true;
  expect(others).toBeGreaterThan(5);
  expect(mostAtOnce).toBeLessThan(500);
});

it("goes on in the order in which they asked", async () => {
  const pace = new Pace();
  const order: number[] = [];
  await Promise.all(
    Array.from({ length: 1_000 }, async (_, index) => {
      await pace.nextTurn();
      order.push(index);
    }),
  );
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});
