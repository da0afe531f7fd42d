/** Where nothing differs, methods that hold at any time are wrong no more often than they say, however often one looks. */
import { atMost, type Row, type Simulation, tally, worstOf } from "./claim.js";
import { converting, looksAt, paying, peeking } from "./looks.js";
import { blocks, eventSplit, oneSidedDecision, oneSidedEventSplit, twoSidedInterval } from "./methods.js";
import type { Random } from "./random.js";

const rates = [0.002, 0.01, 0.1, 0.5];
const bound = atMost(0.05);

const methods = {
  "two-sided interval": twoSidedInterval,
  "one-sided decision": oneSidedDecision,
  "two-sided e-value of events": eventSplit,
  "one-sided e-value of events": oneSidedEventSplit,
  "e-value of blocks": blocks,
} as const;

export const peekingAnytime: Simulation = (tests, random) => [
  ...[0.5, 0.1].flatMap((share) => rowsOf(share, tests, random)),
  ...rowsOfMoney(tests, random),
];

function rowsOf(share: number, tests: number, random: Random): Row[] {
  const split = `${100 - 100 * share}/${100 * share}`;
  const byRate = rates.map((rate) => {
    const behaviour = converting(rate);
    const figures = tally(tests, () => {
      const looks = looksAt(random, { control: behaviour, treatment: behaviour, share, ...peeking });
      const plan = { share, plannedVariance: behaviour.variance };
      const announced = Object.entries(methods).map(([name, method]) => [name, method(looks, plan)]);
      return Object.fromEntries(announced) as Record<keyof typeof methods, boolean>;
    });
    return [`rate ${rate}`, figures] as const;
  });
  const names = Object.keys(methods) as (keyof typeof methods)[];
  return names.map((name) => {
    const { all, ...worst } = worstOf(byRate.map(([rate, figures]) => [rate, figures[name]]));
    return { claim: `A/A tests peeked at, ${split}: ${name}`, measured: `worst of ${all}`, bound, ...worst };
  });
}

function rowsOfMoney(tests: number, random: Random): Row[] {
  const behaviour = paying(0.1);
  const figures = tally(tests, () => {
    const looks = looksAt(random, { control: behaviour, treatment: behaviour, share: 0.5, ...peeking });
    const plan = { share: 0.5, plannedVariance: behaviour.variance };
    return { twoSided: twoSidedInterval(looks, plan), oneSided: oneSidedDecision(looks, plan) };
  });
  const measured = "one in ten pays, log-normally";
  return [
    { claim: "A/A tests of money peeked at: two-sided interval", measured, bound, ...figures.twoSided },
    { claim: "A/A tests of money peeked at: one-sided decision", measured, bound, ...figures.oneSided },
  ];
}
