/** Ordinary traffic of a year, hour by hour: how often it wakes somebody for nothing, and whether an outage wakes them. */
import {
  type CountJudgement,
  dispersionOf,
  isAlarm,
  judgeCount,
  watchRate,
} from "../../../src/statistics/anomalies.js";
import { atLeast, atMost, meanOf, type Simulation, tally } from "./claim.js";
import { binomial, negativeBinomial } from "./draws.js";
import type { Random } from "./random.js";

const hoursOfWeek = 168;
const weeksOfYear = 52;
const weeksBefore = 4;

/** An hour's variance is mean + dispersion · mean². */
const dispersion = 0.01;

export const anomalies: Simulation = (tests, random) => {
  const years = Math.ceil(tests / 100);
  const { noticed } = tally(Math.ceil(tests / 10), () => ({ noticed: noticesOutage(random) }));
  const hours = weeksOfYear * hoursOfWeek;
  return [
    {
      claim: "Ordinary counts raise next to no false alarm",
      measured: `alarms a year of one flag, years simulated: ${years}; 20 to 540 an hour, more varied than Poisson counts`,
      bound: atMost(0.2),
      ...meanOf(Array.from({ length: years }, () => falseAlarms(random))),
    },
    {
      claim: "An outage is noticed within two hours",
      measured: "a tenth of the usual count is left, at any hour of the week",
      bound: atLeast(0.95),
      ...noticed,
    },
    {
      claim: "An ordinary rate raises at most one false alarm a year",
      measured: "alarms a year, 1 000 units an hour, 0.02 expected and 0.03 to be noticed",
      bound: atMost(1),
      ...meanOf(Array.from({ length: 10 * years }, () => falseRateAlarms(random, hours))),
    },
  ];
};

/** By hour of the week: nights are quiet, weekends too. */
function usualAt(hour: number): number {
  const ofDay = 1 - 0.8 * Math.cos((2 * Math.PI * (hour % 24)) / 24);
  return 300 * ofDay * (hour < 120 ? 1 : 1 / 3);
}

function weekOf(random: Random): number[] {
  return Array.from({ length: hoursOfWeek }, (_, hour) =>
    negativeBinomial(random, usualAt(hour), dispersion),
  );
}

function falseAlarms(random: Random): number {
  let before = Array.from({ length: weeksBefore }, () => weekOf(random));
  let hours: readonly CountJudgement[] = [];
  let [alarms, isOn] = [0, false];
  for (let week = 0; week < weeksOfYear; week += 1) {
    const counts = weekOf(random);
    const judge = judgeOf(before);
    for (const [hour, count] of counts.entries()) {
      hours = [...hours.slice(-1), judge(hour, count)];
      const wasOn = isOn;
      isOn = isAlarm(hours);
      if (isOn && !wasOn) alarms += 1;
    }
    before = [...before.slice(1), counts];
  }
  return alarms;
}

function noticesOutage(random: Random): boolean {
  const judge = judgeOf(Array.from({ length: weeksBefore }, () => weekOf(random)));
  const first = Math.floor(random.uniform() * (hoursOfWeek - 1));
  const hours = [first, first + 1].map((hour) =>
    judge(hour, negativeBinomial(random, usualAt(hour) / 10, dispersion)),
  );
  return isAlarm(hours.slice(0, 1)) || isAlarm(hours);
}

function judgeOf(weeks: readonly (readonly number[])[]): (hour: number, count: number) => CountJudgement {
  const histories = Array.from({ length: hoursOfWeek }, (_, hour) => weeks.map((week) => week[hour] ?? 0));
  const estimated = dispersionOf(histories);
  return (hour, count) => judgeCount({ history: histories[hour] ?? [], dispersion: estimated, count });
}

function falseRateAlarms(random: Random, count: number): number {
  let hours = Array.from({ length: count }, () => ({ n: 1_000, sum: binomial(random, 1_000, 0.02) }));
  for (let alarms = 0; ; alarms += 1) {
    const { firstAlarm } = watchRate({
      expected: 0.02,
      noticed: 0.03,
      hoursBetweenFalseAlarms: count,
      hours,
    });
    if (firstAlarm === null) return alarms;
    hours = hours.slice(firstAlarm + 1);
  }
}
