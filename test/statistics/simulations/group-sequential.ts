/** Five looks by O'Brien and Fleming's boundaries are wrong no more often than one look, and cost hardly any power. */
import { compareProportions } from "../../../src/statistics/fixed/proportions.js";
import { criticalZ } from "../../../src/statistics/fixed/z-test.js";
import { sampleSizeForRates } from "../../../src/statistics/planning.js";
import type { Proportion } from "../../../src/statistics/samples.js";
import { groupSequentialBounds } from "../../../src/statistics/sequential/group-sequential.js";
import { atMost, meanOf, type Simulation, tally } from "./claim.js";
import { converting, type Course, looksAt } from "./looks.js";
import { alpha } from "./methods.js";
import type { Random } from "./random.js";

const [baseline, target] = [0.1, 0.12];
const looks = 5;

export const groupSequential: Simulation = (tests, random) => {
  const { unpooled } = sampleSizeForRates({ baseline, target }, { alpha, power: 0.8 });
  const unitsPerLook = Math.ceil((2 * unpooled) / looks);
  const times = Array.from({ length: looks }, (_, at) => (at + 1) / looks);
  const { z: boundaries } = groupSequentialBounds(times, { alpha, spending: "obrien-fleming" }, true);
  const [control, treatment] = [converting(baseline), converting(target)];
  const lost = Array.from({ length: tests }, () => {
    const sizes = sizesOfZ(random, { control, treatment, share: 0.5, looks, unitsPerLook });
    const atTheEnd = sizes.slice(-1).some((size) => size >= criticalZ(alpha));
    return Number(atTheEnd) - Number(crosses(sizes, boundaries));
  });
  const { wrong } = tally(2 * tests, () => ({
    wrong: crosses(
      sizesOfZ(random, { control, treatment: control, share: 0.5, looks, unitsPerLook }),
      boundaries,
    ),
  }));
  return [
    {
      claim: "Group sequential tests have nearly the power of one look at the same units",
      measured: `power of one look less that of five; ${looks * unitsPerLook} units, 0.1 against 0.12`,
      bound: atMost(0.03),
      ...meanOf(lost),
    },
    {
      claim: "Group sequential tests keep their level",
      measured: "A/A tests, five looks, rate 0.1",
      bound: atMost(0.055),
      ...wrong,
    },
  ];
};

function sizesOfZ(random: Random, course: Course<Proportion>): number[] {
  return looksAt(random, course).map((look) => Math.abs(compareProportions({ strata: [look], alpha }).z));
}

function crosses(sizes: readonly number[], boundaries: readonly number[]): boolean {
  return sizes.some((size, look) => size >= (boundaries[look] ?? Infinity));
}
