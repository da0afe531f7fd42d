/** What is tracked, stored and summed up as it comes, beside the same rows stored and nothing more; and results from sums beside results from rows. */
import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import postgres from "postgres";
import { analyse } from "../src/features/experiments/analysis/analyse.js";
import type { Exposure, MetricEvent } from "../src/features/tracking/exposure.js";
import { ingestEvents } from "../src/features/tracking/ingest-events.js";
import { ingestExposures, openTrials } from "../src/features/tracking/ingest-exposures.js";
import type { TrackingPlace } from "../src/features/tracking/ingest.store.js";
import { readSums } from "../src/features/tracking/sums.store.js";
import { experimentOf } from "../test/features/experiments/analysis/analysis-fixture.js";
import { bruteForceInSql } from "../test/features/tracking/proof/brute-force.js";
import { endedAt, History } from "../test/features/tracking/proof/history.js";
import { liveThrough, Teller } from "../test/features/tracking/proof/prove.js";
import {
  begin,
  comparable,
  type Defined,
  halves,
  measure,
  openTracked,
  place,
  type Tracked,
} from "../test/features/tracking/tracking-fixture.js";
import { Random } from "../test/statistics/simulations/random.js";
import { type BenchDatabase, openBenchDatabase } from "./database.js";
import { type Figure, figureOf, type Round } from "./figure.js";

interface Sizes {
  readonly rounds: number;
  /** Of each kind, in one round. */
  readonly batches: number;
  readonly exposures: number;
  readonly events: number;
  readonly looks: number;
}

const batchSize = 500;
const full: Sizes = { rounds: 9, batches: 20, exposures: 1_000_000, events: 400_000, looks: 5 };
const elsewhere: TrackingPlace = { project: "default", environment: "production" };

export async function trackingBench(sizes: Sizes = full): Promise<readonly Figure[]> {
  return [...(await inOwnDatabase(async (...own) => ingestion(...own, sizes))), await results(sizes)];
}

async function results(sizes: Sizes): Promise<Figure> {
  return inOwnDatabase(async (tracked) => {
    const history = new History(1, sizes);
    const trial = await liveThrough(tracked, new Teller(tracked, history, new Random(1, "order")));
    await tracked.database.execute(sql`analyze`);
    const looks: Round[] = [];
    for (let look = 0; look < sizes.looks; look += 1) {
      const reference = await milliseconds(async () => bruteForceInSql(tracked.database, trial));
      looks.push({ reference, value: await milliseconds(async () => lookAt(tracked, trial)) });
    }
    const [sums, forced] = [
      await readSums(tracked.database, trial.id),
      await bruteForceInSql(tracked.database, trial),
    ];
    if (JSON.stringify(comparable(sums)) !== JSON.stringify(comparable(forced)))
      throw new Error("The sums are not what brute force finds.");
    const name = `results of ${sizes.exposures} exposures and ${sizes.events} events, 6 metrics`;
    return figureOf(name, "ms", "the same sums from exposures and events", looks);
  });
}

async function lookAt({ database, metrics }: Tracked, { id, metrics: measured, epochs }: Defined) {
  const experiment = experimentOf({
    ...{ id, control: "off", arms: ["off", "on"].map((variant) => ({ variant, weight: 50_000 })) },
    metrics: measured.map(({ key }, index) => ({
      ...{ metric: key, role: index === 0 ? "PRIMARY" : "SECONDARY", margin: null },
    })),
    ...{ startedAt: new Date(epochs[0]?.from ?? 0), stoppedAt: new Date(endedAt), epoch: epochs.length },
  });
  return analyse({
    ...{ experiment, metrics: [...metrics.values()], sums: await readSums(database, id) },
    epochs: epochs.map(({ from, ...epoch }) => ({ ...epoch, from: new Date(from) })),
    ...{ plannedVariances: new Map<string, number>(), now: new Date(endedAt) },
  });
}

async function ingestion(
  tracked: Tracked,
  { url }: BenchDatabase,
  { rounds, batches }: Sizes,
): Promise<readonly Figure[]> {
  const size = batches * batchSize;
  const history = new History(2, { exposures: rounds * size, events: 2 * rounds * size });
  const keys = ["bought", "clicks", "revenue", "latency", "per-buyer"];
  const metrics = keys.map((key) => measure(tracked, key, { isCovariate: key === "revenue" }));
  const { id } = await begin(tracked, { id: randomUUID(), slots: halves, metrics });
  const bare = await Bare.open(url);
  const measured: Record<"exposures" | "events" | "elsewhere", Round[]> = {
    ...{ exposures: [], events: [], elsewhere: [] },
  };
  for (let round = 0; round < rounds; round += 1) {
    const numbers = Array.from({ length: size }, (_none, index) => round * size + index);
    const exposures = batchesOf(numbers.map((index) => firstEpoch(history.sighting(index, id).what)));
    measured.exposures.push({
      value: await rate(exposures, async (batch) => expose(tracked, id, batch)),
      reference: await rate(exposures, async (batch) => bare.expose(batch)),
    });
    const events = batchesOf(numbers.map((index) => history.event(2 * index).what));
    measured.events.push({
      value: await rate(events, async (batch) => track(tracked, place, batch)),
      reference: await rate(events, async (batch) => bare.track(place, batch)),
    });
    const others = batchesOf(numbers.map((index) => history.event(2 * index + 1).what));
    measured.elsewhere.push({
      value: await rate(others, async (batch) => track(tracked, elsewhere, batch)),
      reference: await rate(others, async (batch) => bare.track(elsewhere, batch)),
    });
  }
  await bare.close();
  const told = (name: string, found: readonly Round[]): Figure =>
    figureOf(
      `${name}, batches of ${batchSize}`,
      "/s",
      "a bare insert … on conflict do nothing",
      found.slice(rounds / 3),
    );
  return [
    told("exposures", measured.exposures),
    told("events of a trial's units, 5 metrics", measured.events),
    told("events where no trial is", measured.elsewhere),
  ];
}

/** Seen in the first epoch, as the trial's slots say. */
function firstEpoch({ bucket, ...exposure }: Exposure): Exposure {
  const within = bucket % 80_000;
  return { ...exposure, epoch: 1, bucket: within, variant: within < 40_000 ? "on" : "off" };
}

async function expose({ note }: Tracked, trial: string, batch: readonly Exposure[]): Promise<void> {
  const { accepted } = await note(async (tx) =>
    ingestExposures(tx, place, await openTrials(tx, place, [trial]), batch),
  );
  holdAll(batch, accepted);
}

async function track({ note }: Tracked, where: TrackingPlace, batch: readonly MetricEvent[]): Promise<void> {
  const ingested = await note(async (tx) => ingestEvents(tx, where, batch));
  holdAll(batch, ingested?.accepted);
}

function holdAll(batch: readonly unknown[], stored: number | undefined): void {
  if (stored !== batch.length) throw new Error(`${stored} of ${batch.length} were stored.`);
}

/** The same rows into tables of the same columns and indexes, and nothing else. */
class Bare {
  private constructor(private readonly client: postgres.Sql) {}

  static async open(url: string): Promise<Bare> {
    const client = postgres(url, { max: 1, onnotice: () => undefined });
    await client.unsafe("create table bare_exposures (like exposures including all)");
    await client.unsafe("create table bare_events (like metric_events including all)");
    return new Bare(client);
  }

  async expose(batch: readonly Exposure[]): Promise<void> {
    const { count } = await this.client`
      insert into bare_exposures (trial, unit, bucket, variant, epoch, first_at)
      select trial, decode(unit, 'hex'), bucket, variant, epoch, first_at from unnest(
        ${batch.map(({ trial }) => trial)}::uuid[], ${batch.map(({ unit }) => unit)}::text[],
        ${batch.map(({ bucket }) => bucket)}::int[], ${batch.map(({ variant }) => variant)}::text[],
        ${batch.map(({ epoch }) => epoch)}::int[], ${batch.map(({ at }) => moment(at))}::timestamptz[]
      ) as given(trial, unit, bucket, variant, epoch, first_at)
      on conflict do nothing`;
    holdAll(batch, count);
  }

  async track({ project, environment }: TrackingPlace, batch: readonly MetricEvent[]): Promise<void> {
    const { count } = await this.client`
      insert into bare_events (day, project, environment, event_id, unit, metric, at, value)
      select (at at time zone 'UTC')::date, ${project}, ${environment}, id, decode(unit, 'hex'), metric, at, value from unnest(
        ${batch.map(({ id }) => id)}::text[], ${batch.map(({ unit }) => unit)}::text[],
        ${batch.map(({ metric }) => metric)}::text[], ${batch.map(({ at }) => moment(at))}::timestamptz[],
        ${batch.map(({ value }) => String(value))}::numeric[]
      ) as given(id, unit, metric, at, value)
      on conflict do nothing`;
    holdAll(batch, count);
  }

  async close(): Promise<void> {
    await this.client.end();
  }
}

async function inOwnDatabase<T>(work: (tracked: Tracked, database: BenchDatabase) => Promise<T>): Promise<T> {
  const database = await openBenchDatabase();
  const tracked = await openTracked(database.opened);
  try {
    return await work(tracked, database);
  } finally {
    await tracked.close();
    await database.close();
  }
}

function moment(at: number): string {
  return new Date(at).toISOString();
}

function batchesOf<T>(all: readonly T[]): (readonly T[])[] {
  const count = Math.ceil(all.length / batchSize);
  return Array.from({ length: count }, (_none, index) =>
    all.slice(index * batchSize, (index + 1) * batchSize),
  );
}

/** Rows a second. */
async function rate<T>(
  batches: readonly (readonly T[])[],
  store: (batch: readonly T[]) => Promise<void>,
): Promise<number> {
  const taken = await milliseconds(async () => {
    for (const batch of batches) await store(batch);
  });
  return (1_000 * batches.reduce((sum, { length }) => sum + length, 0)) / taken;
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
