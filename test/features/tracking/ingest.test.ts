/** Sums are what the definition says of what is stored, in whatever order it came and however often. */
import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Exposure, MetricEvent } from "../../../src/features/tracking/exposure.js";
import { ingestEvents } from "../../../src/features/tracking/ingest-events.js";
import { ingestExposures, openTrials } from "../../../src/features/tracking/ingest-exposures.js";
import { readSums } from "../../../src/features/tracking/sums.store.js";
import { type TrialSlot, variantAt } from "../../../src/features/tracking/trial.js";
import { addTrialMetrics, beginEpoch, endTrial } from "../../../src/features/tracking/trial.store.js";
import { describeDatabases } from "../../support/databases.js";
import {
  begin,
  bruteForce,
  comparable,
  dayMs,
  type Defined,
  halves,
  measure,
  openTracked,
  place,
  start,
  type Tracked,
} from "./tracking-fixture.js";

const hourMs = 3_600_000;

const unitNamed = (name: number): string => createHash("sha256").update(String(name)).digest("hex");
/** Eight units, spread over the buckets; the last is in the hole. */
const bucketNamed = (name: number): number => name * 12_500 + 3;

const layouts: readonly (readonly TrialSlot[])[] = [
  halves,
  [
    { variant: "on", weight: 20_000 },
    { variant: "off", weight: 60_000 },
    { variant: null, weight: 20_000 },
  ],
  [
    { variant: "on", weight: 40_000 },
    { variant: "off", weight: 40_000 },
    { variant: "on", weight: 20_000 },
  ],
];

type Step =
  | { readonly kind: "exposures"; readonly rows: readonly ExposureSeed[] }
  | { readonly kind: "events"; readonly rows: readonly EventSeed[] }
  | { readonly kind: "epoch"; readonly layout: number; readonly hours: number }
  | { readonly kind: "metric" }
  | { readonly kind: "end"; readonly hours: number };

interface ExposureSeed {
  readonly unit: number;
  readonly epoch: number;
  readonly hours: number;
  readonly isWrong: boolean;
}

interface EventSeed {
  readonly id: number;
  readonly unit: number;
  readonly metric: string;
  readonly hours: number;
  readonly value: number;
}

const units = fc.constantFrom(0, 2, 3, 5, 7);
/** Around the ends of windows, of trials and of the two weeks of a covariate, where off by one shows. */
const exposedAt = fc.constantFrom(0, 1, 24, 30);
const happenedAt = fc.constantFrom(
  ...[-400, -337, -336, -335, -332, -330, -312, -306, -305, -48, -1, 0, 1, 2, 10],
  ...[23, 24, 25, 29, 30, 31, 36, 37, 47, 48, 49, 54, 60, 72, 96],
);
const exposureSeed: fc.Arbitrary<ExposureSeed> = fc.record({
  unit: units,
  epoch: fc.integer({ min: 1, max: 3 }),
  hours: exposedAt,
  isWrong: fc.boolean(),
});
const eventSeed: fc.Arbitrary<EventSeed> = fc.record({
  id: fc.integer({ min: 0, max: 60 }),
  unit: units,
  metric: fc.constantFrom("bought", "clicks", "revenue", "latency", "later"),
  hours: happenedAt,
  value: fc.constantFrom(1, 0, -2.5, 0.000001, 1234.56, 9_007_199_254.5),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("exposures" as const),
      rows: fc.array(exposureSeed, { maxLength: 6 }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("events" as const),
      rows: fc.array(eventSeed, { maxLength: 15 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("epoch" as const),
      layout: fc.integer({ min: 0, max: 2 }),
      hours: fc.integer({ min: 1, max: 30 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("metric" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("end" as const), hours: fc.constantFrom(1, 24, 30, 48, 60) }),
  },
);

describeDatabases("ingestion", (subject) => {
  let tracked: Tracked;

  beforeAll(async () => {
    tracked = await openTracked(subject());
  });
  afterAll(async () => tracked.close());
  beforeEach(clear);

  async function clear(): Promise<void> {
    await tracked.database.execute(sql`delete from trials`);
    await tracked.database.execute(sql`delete from metric_events`);
  }

  async function expose(rows: readonly Exposure[]) {
    return tracked.note(async (tx) => {
      const ids = rows.map(({ trial }) => trial);
      return ingestExposures(tx, place, await openTrials(tx, place, ids), rows);
    });
  }

  async function track(rows: readonly MetricEvent[]) {
    return tracked.note(async (tx) => ingestEvents(tx, place, rows));
  }

  async function beginMeasured(flag: string): Promise<Defined> {
    const metrics = [
      measure(tracked, "bought", { windowHours: 24 }),
      measure(tracked, "clicks", { cap: 2 }),
      measure(tracked, "revenue", { cap: 1000.5, isCovariate: flag === "checkout" }),
      measure(tracked, "latency", { isCovariate: flag === "banner" }),
      measure(tracked, "per-buyer", { windowHours: 48 }),
    ];
    const { id } = await begin(tracked, { flag, metrics });
    return { id, metrics, epochs: [{ epoch: 1, slots: halves, from: start }], endedAt: null };
  }

  const toExposure = ({ unit, epoch, hours, isWrong }: ExposureSeed, { id, epochs }: Defined): Exposure => {
    const slots = epochs.find((one) => one.epoch === epoch)?.slots ?? halves;
    const right = variantAt(slots, bucketNamed(unit)) ?? "off";
    const variant = isWrong && unit % 3 === 0 ? (right === "on" ? "off" : "on") : right;
    const at = start + hours * hourMs;
    return { trial: id, unit: unitNamed(unit), bucket: bucketNamed(unit), variant, epoch, at, slice: null };
  };
  const toEvent = ({ id, unit, hours, ...event }: EventSeed): MetricEvent => ({
    ...event,
    id: `event-${id}`,
    unit: unitNamed(unit),
    at: start + hours * hourMs,
  });

  async function take(trial: Defined, one: Step): Promise<Defined> {
    switch (one.kind) {
      case "exposures":
        await expose(one.rows.map((row) => toExposure(row, trial)));
        return trial;
      case "events":
        await track(one.rows.map(toEvent));
        return trial;
      case "epoch": {
        const from = (trial.epochs.at(-1)?.from ?? start) + one.hours * hourMs;
        const slots = layouts[one.layout] ?? halves;
        const epoch = await tracked.note(async (tx) => beginEpoch(tx, trial.id, slots, new Date(from)));
        return { ...trial, epochs: [...trial.epochs, { epoch, slots, from }] };
      }
      case "metric": {
        const metric = measure(tracked, "per-click", { windowHours: 36 });
        if (trial.metrics.some(({ key }) => key === metric.key)) return trial;
        await tracked.note(async (tx) => addTrialMetrics(tx, trial.id, [metric]));
        return { ...trial, metrics: [...trial.metrics, metric] };
      }
      case "end": {
        if (trial.endedAt !== null) return trial;
        const endedAt = start + one.hours * hourMs;
        await tracked.note(async (tx) => endTrial(tx, trial.id, new Date(endedAt)));
        return { ...trial, endedAt };
      }
    }
  }

  it("keeps the sums that brute force finds, after any sequence of batches, epochs, metrics and ends", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        await clear();
        let first = await beginMeasured("checkout");
        const second = await beginMeasured("banner");
        for (const one of steps) {
          first = await take(first, one);
          if (one.kind === "exposures") await take(second, one);
        }
        for (const trial of [first, second]) {
          const sums = await readSums(tracked.database, trial.id);
          expect(comparable(sums)).toEqual(comparable(await bruteForce(tracked.database, trial)));
        }
      }),
      { numRuns: 80 },
    );
  }, 600_000);

  it("does not mind order, batches and repetitions", async () => {
    const rows = fc.record({
      exposures: fc.uniqueArray(exposureSeed, { selector: ({ unit }) => unit, maxLength: 8 }),
      events: fc.uniqueArray(eventSeed, { selector: ({ id }) => id, maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(rows, fc.infiniteStream(fc.nat()), async ({ exposures, events }, chance) => {
        const right = exposures.map((row) => ({ ...row, epoch: 1 }));
        await clear();
        const plain = await beginMeasured("checkout");
        await take(plain, { kind: "exposures", rows: right });
        await take(plain, { kind: "events", rows: events });
        const expected = comparable(await readSums(tracked.database, plain.id));
        await clear();
        const shuffled = await beginMeasured("checkout");
        const draw = (most: number): number => Number(chance.next().value) % most;
        const all: Step[] = [
          ...right.map((row) => ({ kind: "exposures" as const, rows: [row] })),
          ...events.map((row) => ({ kind: "events" as const, rows: [row, row] })),
        ];
        for (const one of [...all, ...all.slice(0, 5)]
          .map((item) => ({ item, key: draw(1_000) }))
          .sort((a, b) => a.key - b.key)) {
          await take(shuffled, one.item);
        }
        expect(comparable(await readSums(tracked.database, shuffled.id))).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  }, 600_000);

  it("tells what was new from what was known, and sets a conflict once", async () => {
    const trial = await beginMeasured("checkout");
    const right = toExposure({ unit: 0, epoch: 1, hours: 1, isWrong: false }, trial);
    const wrong = toExposure({ unit: 0, epoch: 1, hours: 2, isWrong: true }, trial);
    expect(await expose([right, right])).toEqual({ accepted: 1, duplicates: 1 });
    expect(await expose([wrong, wrong])).toEqual({ accepted: 0, duplicates: 2 });
    expect(await expose([wrong])).toEqual({ accepted: 0, duplicates: 1 });
    expect((await readSums(tracked.database, trial.id)).exposures).toMatchObject([{ n: 1, conflicted: 1 }]);
    const event = toEvent({ id: 1, unit: 0, metric: "bought", hours: 3, value: 1 });
    expect(await track([event, event])).toEqual({ accepted: 1, duplicates: 1 });
    expect(await track([event])).toEqual({ accepted: 0, duplicates: 1 });
  });

  it("lets those leave whose bucket moved, and nobody else", async () => {
    const trial = await beginMeasured("checkout");
    const all = [0, 1, 2, 3, 4, 5].map((unit) =>
      toExposure({ unit, epoch: 1, hours: 1, isWrong: false }, trial),
    );
    await expose(all);
    const from = new Date(start + dayMs);
    const [, shifted = halves] = layouts;
    await tracked.note(async (tx) => beginEpoch(tx, trial.id, shifted, from));
    const n = async (): Promise<number> =>
      (await readSums(tracked.database, trial.id)).exposures.reduce((sum, row) => sum + row.n, 0);
    expect(await n()).toBe(4); // units 2 and 3 had the buckets from 20 000 to 40 000
    await expose(all);
    expect(await n()).toBe(4);
  });

  it("stores events where there is no trial, and nothing where there is no environment", async () => {
    const event = toEvent({ id: 1, unit: 0, metric: "nothing-yet", hours: 3, value: 1 });
    expect(await track([event])).toEqual({ accepted: 1, duplicates: 0 });
    const nowhere = { project: "default", environment: "nowhere" };
    expect(await tracked.note(async (tx) => ingestEvents(tx, nowhere, [event]))).toBeNull();
  });
});
