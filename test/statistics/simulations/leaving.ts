/** When a split moves from 50/50 to 20/80, whose slot moved must leave by the bucket alone, seen again or not. */
import { compareProportions } from "../../../src/statistics/fixed/proportions.js";
import type { Arms, Proportion } from "../../../src/statistics/samples.js";
import { atLeast, atMost, type Simulation, tally } from "./claim.js";
import { binomial } from "./draws.js";
import { alpha } from "./methods.js";
import type { Random } from "./random.js";

/** Half of the units are active: they come back more often, and convert more often. Neither depends on the variant. */
const kinds = [
  { converts: 0.2, comesBack: 0.7 },
  { converts: 0.1, comesBack: 0.2 },
] as const;

const unitsPerEpoch = 20_000;

/** Of a hundred buckets the first belong to the control, so that these change hands. */
const [controlBefore, controlAfter] = [50, 20];

export const leaving: Simulation = (tests, random) => {
  const figures = tally(tests, () => {
    const treated = exposed(random, (unitsPerEpoch * (100 - controlBefore)) / 100);
    const stayed = exposed(random, (unitsPerEpoch * controlAfter) / 100);
    const moved = exposed(random, (unitsPerEpoch * (controlBefore - controlAfter)) / 100);
    const later = {
      control: together(exposed(random, (unitsPerEpoch * controlAfter) / 100)),
      treatment: together(exposed(random, (unitsPerEpoch * (100 - controlAfter)) / 100)),
    };
    const byBucket = { control: together(stayed), treatment: together(treated) };
    const bySight = {
      control: together([...stayed, ...unseen(random, moved)]),
      treatment: together(treated),
    };
    return { byBucket: isFound([byBucket, later]), bySight: isFound([bySight, later]) };
  });
  const measured =
    "A/A, 20 000 units, 50/50 to 20/80, 20 000 more; the active half converts and returns more often";
  return [
    {
      claim: "Units that leave by their bucket mislead nobody",
      measured,
      bound: atMost(0.055),
      ...figures.byBucket,
    },
    {
      claim: "Units that leave by being seen in two variants mislead",
      measured,
      bound: atLeast(0.15),
      ...figures.bySight,
    },
  ];
};

/** So many units, by kind, and how many of each converted. */
function exposed(random: Random, units: number): Proportion[] {
  const active = binomial(random, units, 1 / kinds.length);
  return kinds.map(({ converts }, kind) => {
    const n = kind === 0 ? active : units - active;
    return { kind: "proportion", n, sum: binomial(random, n, converts) };
  });
}

/** Those who do not come back. */
function unseen(random: Random, byKind: readonly Proportion[]): Proportion[] {
  return byKind.map(({ n, sum }, kind) => {
    const staysAway = 1 - (kinds[kind]?.comesBack ?? 0);
    const converted = binomial(random, sum, staysAway);
    return { kind: "proportion", n: converted + binomial(random, n - sum, staysAway), sum: converted };
  });
}

function together(parts: readonly Proportion[]): Proportion {
  return {
    kind: "proportion",
    n: parts.reduce((all, { n }) => all + n, 0),
    sum: parts.reduce((all, { sum }) => all + sum, 0),
  };
}

function isFound(strata: readonly Arms<Proportion>[]): boolean {
  return compareProportions({ strata, alpha }).pValue < alpha;
}
