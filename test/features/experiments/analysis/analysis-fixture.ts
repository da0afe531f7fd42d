/** Experiments, metrics and units to analyse, and the sums that the tracking room would keep of such units. */
import type { AnalysisInput } from "../../../../src/features/experiments/analysis/frame.js";
import type { Experiment } from "../../../../src/features/experiments/experiment.js";
import type { ExposureSum, MetricSum, TrialSums } from "../../../../src/features/tracking/sums.js";
import type { Metric } from "../../../../src/features/tracking/metric.js";

export const begun = new Date("2026-11-01T00:00:00Z");
export const now = new Date("2026-11-20T12:00:00Z");

export function metricOf(key: string, more: Partial<Metric> = {}): Metric {
  return {
    ...{ id: `id-of-${key}`, project: "default", key, name: key, description: null, type: "CONVERSION" },
    ...{ direction: "INCREASE", windowHours: null, cap: null, unit: null, decimals: 0, numerator: null },
    ...{ denominator: null, archived: false, version: 1, createdAt: begun, updatedAt: begun, ...more },
  };
}

/** Half of everybody in `green`, the control, and half in `blue`; one primary metric, `purchases`. */
export function experimentOf(more: Partial<Experiment> = {}): Experiment {
  const arms = [
    { variant: "green", weight: 50_000 },
    { variant: "blue", weight: 50_000 },
  ];
  return {
    ...{ id: "trial", project: "default", key: "colour", environment: "production", flag: "colour" },
    ...{ name: "Colour", hypothesis: null, audience: null, condition: null, attribute: "targetingKey" },
    ...{ control: "green", arms, traffic: 100, layer: null, mode: "ANYTIME", alpha: 0.05 },
    metrics: [{ metric: "purchases", role: "PRIMARY", margin: null }],
    ...{ minimumEffect: 0, plannedUnits: 5_000, startsAt: null, endsAt: null, minimumRuntimeDays: 7 },
    ...{ promotesAutomatically: false, rollsBackAutomatically: false, optimises: false },
    ...{ adjustsForPast: false, slices: [], status: "RUNNING", epoch: 1, startedAt: begun },
    ...{
      resumedAt: null,
      stoppedAt: null,
      conclusion: null,
      version: 1,
      createdAt: begun,
      updatedAt: begun,
      ...more,
    },
  };
}

/** Slots by weight, from one epoch to the next; `null` is a hole. */
export function epochsOf(
  ...epochs: readonly (readonly (readonly [variant: string | null, weight: number])[])[]
) {
  return epochs.map((slots, index) => ({
    epoch: index + 1,
    slots: slots.map(([variant, weight]) => ({ variant, weight })),
    from: new Date(begun.getTime() + index * 86_400_000),
  }));
}

export const halves = epochsOf([
  ["green", 50_000],
  ["blue", 50_000],
]);

export interface Unit {
  readonly variant: string;
  readonly epoch?: number;
  readonly day?: string;
  /** Values, denominators and covariates, in millionths. */
  readonly y: number;
  readonly d?: number;
  readonly x?: number;
  readonly conflicted?: boolean;
}

/** Of one metric; every cell is summed by whole numbers. */
export function sumsOf(metric: Metric, units: readonly Unit[]): TrialSums {
  const groups = new Map<string, Unit[]>();
  for (const unit of units) {
    const cell = JSON.stringify([unit.epoch ?? 1, unit.variant, unit.day ?? "2026-11-01"]);
    const group = groups.get(cell) ?? [];
    group.push(unit);
    groups.set(cell, group);
  }
  const cells = [...groups].map(([cell, group]) => {
    const [epoch, variant, day] = JSON.parse(cell) as [number, string, string];
    return { cell: { epoch, variant, day }, group };
  });
  const sum = (group: readonly Unit[], of: (unit: Unit) => bigint) =>
    group.reduce((all, unit) => all + of(unit), 0n);
  const [y, d, x] = [
    (unit: Unit) => BigInt(unit.y),
    (unit: Unit) => BigInt(unit.d ?? 0),
    (unit: Unit) => BigInt(unit.x ?? 0),
  ];
  return {
    exposures: cells.map(({ cell, group }): ExposureSum => ({
      ...cell,
      n: group.length,
      conflicted: group.filter(({ conflicted }) => conflicted).length,
      sumX: decimal(sum(group, x), 6),
      sumXx: decimal(
        sum(group, (unit) => x(unit) ** 2n),
        12,
      ),
    })),
    metrics: cells.map(({ cell, group }): MetricSum => ({
      ...cell,
      metric: metric.id,
      nonzero: group.filter((unit) => unit.y !== 0).length,
      sumY: decimal(sum(group, y), 6),
      sumYy: decimal(
        sum(group, (unit) => y(unit) ** 2n),
        12,
      ),
      sumD: decimal(sum(group, d), 6),
      sumDd: decimal(
        sum(group, (unit) => d(unit) ** 2n),
        12,
      ),
      sumYd: decimal(
        sum(group, (unit) => y(unit) * d(unit)),
        12,
      ),
      sumXy: decimal(
        sum(group, (unit) => x(unit) * y(unit)),
        12,
      ),
    })),
  };
}

/** As PostgreSQL writes it. */
export function decimal(whole: bigint, decimals: number): string {
  const digits = String(whole < 0n ? -whole : whole).padStart(decimals + 1, "0");
  const text = `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`.replace(/\.?0+$/, "");
  return whole < 0n ? `-${text}` : text;
}

/** One arm of a conversion on one day. */
export interface Count {
  readonly variant: string;
  readonly n: number;
  readonly did: number;
  readonly epoch?: number;
  readonly day?: string;
  readonly conflicted?: number;
}

export function conversions(metric: Metric, counts: readonly Count[]): TrialSums {
  const cell = ({ epoch = 1, variant, day = "2026-11-01" }: Count) => ({ epoch, variant, day });
  const none = { sumD: "0", sumDd: "0", sumYd: "0", sumXy: "0" };
  return {
    exposures: counts.map((count) => ({
      ...cell(count),
      ...{ n: count.n, conflicted: count.conflicted ?? 0, sumX: "0", sumXx: "0" },
    })),
    metrics: counts.map((count) => ({
      ...cell(count),
      ...{ metric: metric.id, nonzero: count.did, sumY: `${count.did}`, sumYy: `${count.did}`, ...none },
    })),
  };
}

/** Several metrics of the same units. */
export function together(first: TrialSums, ...more: readonly TrialSums[]): TrialSums {
  return { ...first, metrics: [first, ...more].flatMap(({ metrics }) => metrics) };
}

export const purchases = metricOf("purchases");

/** `green` and `blue`, by purchases. */
export function inputOf(
  green: readonly [did: number, of: number],
  blue: readonly [did: number, of: number],
  more: Partial<AnalysisInput> & { readonly experiment?: Experiment } = {},
): AnalysisInput {
  return {
    experiment: experimentOf(),
    metrics: [purchases],
    epochs: halves,
    sums: conversions(purchases, [
      { variant: "green", did: green[0], n: green[1] },
      { variant: "blue", did: blue[0], n: blue[1] },
    ]),
    plannedVariances: new Map([["purchases", 0.09]]),
    now,
    ...more,
  };
}
