import { expect, it } from "vitest";
import { analyse, analysing } from "../../../../src/features/experiments/analysis/analyse.js";
import { measuring } from "../../../../src/features/experiments/analysis/frame.js";
import { analysingSlices } from "../../../../src/features/experiments/analysis/slices.js";
import { atOnce, type Steps } from "../../../../src/features/experiments/analysis/steps.js";
import { inTurns } from "../../../../src/features/experiments/results/in-turns.js";
import { manyDays } from "../analysis/many-days.js";

/** How often the event loop came round meanwhile. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let goesOn = true;
  const count = () => {
    turns += 1;
    if (goesOn) setImmediate(count);
  };
  setImmediate(count);
  await work();
  goesOn = false;
  return turns;
}

/** Each step takes a millisecond at least. */
function* busy(name: string, steps: number, told: string[]): Steps<string> {
  for (let step = 0; step < steps; step += 1) {
    const until = performance.now() + 1;
    while (performance.now() < until) continue;
    told.push(name);
    yield;
  }
  return name;
}

it("lets the event loop turn during a large analysis, which comes to the same", async () => {
  const size = { metrics: 10, treatments: 3, days: 90, epochs: 2 };
  const input = manyDays(90, size, { mode: "GROUP_SEQUENTIAL" });
  let results: unknown;
  const turns = await turnsDuring(async () => {
    results = await inTurns(analysing(await inTurns(measuring(input))));
  });
  expect(turns).toBeGreaterThan(10);
  expect(results).toEqual(analyse(input));
  expect(await turnsDuring(async () => Promise.resolve(analyse(input)))).toBe(0);
});

it("lets it turn while parts of the people are analysed", async () => {
  const input = manyDays(30, { metrics: 10, treatments: 3, days: 30, epochs: 1 });
  const slices = ["de", "fr", "pt", null].map((slice) => ({ slice, ...input.sums }));
  const parts = { attribute: "country", slices };
  let results: unknown;
  const turns = await turnsDuring(async () => {
    results = await inTurns(analysingSlices(input, parts));
  });
  expect(turns).toBeGreaterThan(5);
  expect(results).toEqual(atOnce(analysingSlices(input, parts)));
});

it("pauses after a few milliseconds, and works at one thing in a turn", async () => {
  const told: string[] = [];
  const turns = await turnsDuring(async () => {
    expect(await Promise.all([inTurns(busy("a", 30, told)), inTurns(busy("b", 30, told))])).toEqual([
      "a",
      "b",
    ]);
  });
  expect(turns).toBeGreaterThanOrEqual(20);
  const changes = told.filter((name, index) => index > 0 && name !== told[index - 1]);
  expect(changes.length).toBeGreaterThanOrEqual(10);
});

it("fails as a step does, and holds up nobody else", async () => {
  function* failing(): Steps<never> {
    yield;
    throw new RangeError("no number");
  }
  const told: string[] = [];
  const [failed, fine] = await Promise.allSettled([inTurns(failing()), inTurns(busy("a", 9, told))]);
  expect(failed).toMatchObject({ status: "rejected", reason: new RangeError("no number") });
  expect(fine).toMatchObject({ status: "fulfilled", value: "a" });
});
