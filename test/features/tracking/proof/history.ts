/** What happened in a trial of three epochs, made up from a seed: each entry by its number alone, so that a million of them need no memory. */
import { createHash } from "node:crypto";
import type { Exposure, MetricEvent } from "../../../../src/features/tracking/exposure.js";
import { type TrialSlot, variantAt } from "../../../../src/features/tracking/trial.js";
import { Random } from "../../../statistics/simulations/random.js";
import { dayMs, halves, start } from "../tracking-fixture.js";

export interface HistorySize {
  /** Units that are exposed. One in five is seen a second time. */
  readonly exposures: number;
  readonly events: number;
}

/** Most is told in the epoch in which it happened, a tenth in the next one, or after the end; exposures always before that. */
export interface Entry<T> {
  /** The epoch in which it is told; one more than there are: after the end. */
  readonly told: number;
  readonly what: T;
}

const stepMs = 6 * 3_600_000; // of which windows, epochs and the two weeks of the covariate are multiples
const epochMs = 2 * dayMs;
const goesOnMs = stepMs; // instances that still serve the epoch before

/** The second takes buckets away from a variant, the third gives the hole to one. */
export const epochs: readonly {
  readonly epoch: number;
  readonly slots: readonly TrialSlot[];
  readonly from: number;
}[] = [
  { epoch: 1, slots: halves, from: start },
  {
    epoch: 2,
    slots: [
      { variant: "on", weight: 20_000 },
      { variant: "off", weight: 60_000 },
      { variant: null, weight: 20_000 },
    ],
    from: start + epochMs,
  },
  {
    epoch: 3,
    slots: [
      { variant: "on", weight: 40_000 },
      { variant: "off", weight: 40_000 },
      { variant: "on", weight: 20_000 },
    ],
    from: start + 2 * epochMs,
  },
];
export const endedAt = start + 3 * epochMs;

/** The last is of no metric. */
const measured = ["bought", "clicks", "revenue", "latency", "unheard-of"] as const;
const oddValues = [0, -2.5, 0.000_001, 9_007_199_254.5] as const;

export class History {
  /** How often units are seen. */
  readonly sightings: number;
  readonly events: number;
  readonly units: number;

  constructor(
    private readonly seed: number,
    { exposures, events }: HistorySize,
  ) {
    this.units = exposures;
    this.sightings = exposures + Math.floor(exposures / 5);
    this.events = events;
  }

  /** From 0 to below `sightings`: the first time that each unit is seen, then the second of some. */
  sighting(index: number, trial: string): Entry<Exposure> {
    const number = index % this.units;
    const own = this.#chance("unit", number);
    const first = 1 + whole(own.uniform(), epochs.length);
    const bucket = whole(own.uniform(), first === 3 ? 100_000 : 80_000); // nobody is shown a hole
    const chance = this.#chance("sighting", index);
    const isWrong = isSlip(chance);
    const epoch = index < this.units ? first : first + whole(chance.uniform(), epochs.length + 1 - first);
    const { slots, from } = epochAt(epoch);
    const right = variantAt(slots, bucket) ?? "off";
    return {
      told: Math.min(toldIn(epoch, chance), epochs.length),
      what: {
        ...{ trial, unit: this.#unit(number), bucket, epoch, slice: null },
        variant: isWrong ? other(right) : right,
        at: momentIn(from, epochMs + goesOnMs, chance),
      },
    };
  }

  /** Units that are seen in a variant that their bucket does not have. */
  countConflicted(): number {
    const found = new Set<number>();
    for (let index = 0; index < this.sightings; index += 1) {
      if (isSlip(this.#chance("sighting", index))) found.add(index % this.units);
    }
    return found.size;
  }

  /** From 0 to below `events`. Some units do much, most do little, and some of those who do something are never exposed. */
  event(index: number): Entry<MetricEvent> {
    const chance = this.#chance("event", index);
    const at = momentIn(start - 15 * dayMs, 21 * dayMs + stepMs, chance);
    const happened = epochs.findLast(({ from }) => from <= at)?.epoch ?? 1;
    return {
      told: toldIn(happened, chance),
      what: {
        ...{ id: `event-${this.seed}-${index}`, at },
        metric: oneOf(measured, chance),
        unit: this.#unit(whole(chance.uniform() ** 2, this.units * 1.1)),
        value: chance.uniform() < 0.05 ? oneOf(oddValues, chance) : whole(chance.uniform(), 20_000) / 100,
      },
    };
  }

  #unit(number: number): string {
    return createHash("sha256").update(`${this.seed} unit ${number}`).digest("hex");
  }

  #chance(name: string, index: number): Random {
    return new Random(this.seed, `${name} ${index}`);
  }
}

/** Half of all are at a whole step, so that many are exactly where a window, an epoch or the trial begins or ends. */
function momentIn(from: number, spanMs: number, chance: Random): number {
  const step = from + stepMs * whole(chance.uniform(), spanMs / stepMs);
  return chance.uniform() < 0.5 ? step : step + whole(chance.uniform(), stepMs);
}

function isSlip(chance: Random): boolean {
  return chance.uniform() < 0.005;
}

function oneOf<T>(choices: readonly [T, ...T[]], chance: Random): T {
  return choices[whole(chance.uniform(), choices.length)] ?? choices[0];
}

function whole(draw: number, below: number): number {
  return Math.floor(draw * below);
}

function epochAt(epoch: number): (typeof epochs)[number] {
  const found = epochs[epoch - 1];
  if (found === undefined) throw new Error(`There is no epoch ${epoch}.`);
  return found;
}

function toldIn(epoch: number, chance: Random): number {
  return chance.uniform() < 0.1 ? epoch + 1 : epoch;
}

function other(variant: string): string {
  return variant === "on" ? "off" : "on";
}
