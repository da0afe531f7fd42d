/** The watch over shares is quiet for as long as they are right, however often one looks, and sees two per cent missing. */
import { watchSampleRatio } from "../../../src/statistics/sample-ratio.js";
import { atLeast, atMost, type Simulation, tally } from "./claim.js";
import { multinomial } from "./draws.js";
import { peeking } from "./looks.js";
import type { Random } from "./random.js";

export const sampleRatio: Simulation = (tests, random) => {
  const weights = [0.5, 0.5];
  const fewer = 0.5 * 0.98;
  const short = [0.5 / (0.5 + fewer), fewer / (0.5 + fewer)];
  const unevenly = [0.8, 0.15, 0.05];
  const { quiet, uneven } = tally(4 * tests, () => ({
    quiet: alarms(random, weights, weights, peeking.unitsPerLook),
    uneven: alarms(random, unevenly, unevenly, peeking.unitsPerLook),
  }));
  const { found } = tally(Math.ceil(tests / 4), () => ({ found: alarms(random, short, weights, 3_000) }));
  const claim = "The sample ratio gives at most one false alarm in a thousand tests";
  return [
    { claim, measured: "50/50, a look every 100 units up to 20 000", bound: atMost(0.001), ...quiet },
    { claim, measured: "80/15/5, the same looks", bound: atMost(0.001), ...uneven },
    {
      claim: "The sample ratio finds an arm that lacks 2 % of its units",
      measured: "50/50, a look every 3 000 units up to 600 000",
      bound: atLeast(0.95),
      ...found,
    },
  ];
};

function alarms(
  random: Random,
  truth: readonly number[],
  weights: readonly number[],
  unitsPerLook: number,
): boolean {
  let counts: readonly number[] = truth.map(() => 0);
  for (let look = 0; look < peeking.looks; look += 1) {
    const more = multinomial(random, unitsPerLook, truth);
    counts = counts.map((count, arm) => count + (more[arm] ?? 0));
    if (watchSampleRatio([{ counts, weights }]).alarm) return true;
  }
  return false;
}
