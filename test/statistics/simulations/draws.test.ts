import { describe, expect, it } from "vitest";
import { binomial, multinomial, negativeBinomial, poisson } from "./draws.js";
import { Random } from "./random.js";

const draws = 20_000;

/** How many standard errors the mean and the variance of many draws are off. */
function misses(draw: (random: Random) => number, mean: number, variance: number): number[] {
  const random = new Random(1);
  let [sum, squares, fourths] = [0, 0, 0];
  for (let index = 0; index < draws; index += 1) {
    const off = draw(random) - mean;
    sum += off;
    squares += off ** 2;
    fourths += off ** 4;
  }
  const spread = fourths / draws - (squares / draws) ** 2;
  return [
    sum / draws / Math.sqrt(variance / draws),
    (squares / draws - variance) / Math.sqrt(spread / draws),
  ];
}

describe("draws have the mean and the variance that they should", () => {
  it.each([
    [50, 0.002],
    [100, 0.1],
    [50, 0.5],
    [90, 0.9],
    [5_000, 0.01],
    [1_000_000, 0.3],
  ])("binomial of %s at %s", (n, rate) => {
    for (const miss of misses((random) => binomial(random, n, rate), n * rate, n * rate * (1 - rate)))
      expect(Math.abs(miss)).toBeLessThan(4);
  });

  it.each([0.3, 9, 11, 800])("Poisson of %s", (mean) => {
    for (const miss of misses((random) => poisson(random, mean), mean, mean))
      expect(Math.abs(miss)).toBeLessThan(4);
  });

  it.each([
    [5, 0.1],
    [300, 0.03],
    [300, 0],
  ])("negative binomial of %s, dispersion %s", (mean, dispersion) => {
    const variance = mean + dispersion * mean ** 2;
    for (const miss of misses((random) => negativeBinomial(random, mean, dispersion), mean, variance))
      expect(Math.abs(miss)).toBeLessThan(4);
  });

  it("normal", () => {
    for (const miss of misses((random) => random.normal(), 0, 1)) expect(Math.abs(miss)).toBeLessThan(4);
  });
});

it("a binomial has the chances of a binomial", () => {
  const random = new Random(2);
  const [n, rate] = [40, 0.35];
  const seen = Array.from({ length: n + 1 }, () => 0);
  for (let index = 0; index < draws; index += 1) {
    const count = binomial(random, n, rate);
    seen[count] = (seen[count] ?? 0) + 1;
  }
  let chance = (1 - rate) ** n;
  let [chiSquared, cells] = [0, 0];
  for (let count = 0; count <= n; count += 1) {
    if (chance * draws >= 5) {
      chiSquared += ((seen[count] ?? 0) - chance * draws) ** 2 / (chance * draws);
      cells += 1;
    }
    chance *= ((n - count) / (count + 1)) * (rate / (1 - rate));
  }
  expect(chiSquared).toBeLessThan(cells + 4 * Math.sqrt(2 * cells));
});

it("units are shared out to the last, and to nobody without a weight", () => {
  const random = new Random(3);
  for (let index = 0; index < 100; index += 1) {
    const [a = 0, b = 0, c = 0] = multinomial(random, 1_000, [0.5, 0, 0.5]);
    expect([a + c, b]).toEqual([1_000, 0]);
  }
});

it("the same seed draws the same, another seed or name does not", () => {
  const first = (seed: number, name: string): number => new Random(seed, name).uniform();
  expect(first(1, "a")).toBe(first(1, "a"));
  expect(new Set([first(1, "a"), first(2, "a"), first(1, "b"), first(2, "b")]).size).toBe(4);
});

it("a uniform draw is never 0 or 1 and does not come back soon", () => {
  const random = new Random(1);
  const draw = Array.from({ length: 1_000 }, () => random.uniform());
  expect(Math.min(...draw)).toBeGreaterThan(0);
  expect(Math.max(...draw)).toBeLessThan(1);
  expect(new Set(draw).size).toBe(1_000);
});
