/** How much looking all the time costs: the power at a multiple of the units that one look at the end needs. */
import { sampleSizeForRates } from "../../../src/statistics/planning.js";
import { atLeast, type Row, type Simulation, tally } from "./claim.js";
import { converting, looksAt } from "./looks.js";
import { alpha, oneSidedDecision, twoSidedInterval } from "./methods.js";

const [baseline, target] = [0.1, 0.125];
const unitsPerLook = 100;

const methods = [
  { name: "two-sided interval", method: twoSidedInterval, factor: 1.75, least: 0.8 },
  { name: "one-sided decision", method: oneSidedDecision, factor: 1.4, least: 0.77 },
] as const;

export const anytimePower: Simulation = (tests, random) => {
  const { unpooled } = sampleSizeForRates({ baseline, target }, { alpha, power: 0.8 });
  const [control, treatment] = [converting(baseline), converting(target)];
  return methods.map(({ name, method, factor, least }): Row => {
    const looks = Math.ceil((factor * 2 * unpooled) / unitsPerLook);
    const course = { control, treatment, share: 0.5, looks, unitsPerLook };
    const { found } = tally(tests, () => ({
      found: method(looksAt(random, course), { share: 0.5, plannedVariance: control.variance }),
    }));
    return {
      claim: `Looking all the time still finds what is there: ${name}`,
      measured: `power at ${factor} times the units of one look (${Math.ceil(2 * unpooled)}), 0.1 against 0.125`,
      bound: atLeast(least),
      ...found,
    };
  });
};
