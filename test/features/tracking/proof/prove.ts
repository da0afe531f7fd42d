/**
 * The whole history of a trial on a real database: told in whatever order and often, then told again twice in others; its sums must be what brute force
 * finds, exactly, and nothing that is told again may change them.
 */
import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Exposure, MetricEvent } from "../../../../src/features/tracking/exposure.js";
import { ingestEvents } from "../../../../src/features/tracking/ingest-events.js";
import { ingestExposures, openTrials } from "../../../../src/features/tracking/ingest-exposures.js";
import type { TrialSums } from "../../../../src/features/tracking/sums.js";
import { readSums } from "../../../../src/features/tracking/sums.store.js";
import { addTrialMetrics, beginEpoch, endTrial } from "../../../../src/features/tracking/trial.store.js";
import { type Database, type OpenDatabase, rowsOf } from "../../../../src/platform/database/index.js";
import { Random } from "../../../statistics/simulations/random.js";
import {
  begin,
  comparable,
  type Defined,
  halves,
  measure,
  openTracked,
  place,
  type Tracked,
} from "../tracking-fixture.js";
import { bruteForceInSql } from "./brute-force.js";
import { endedAt, epochs, History, type HistorySize } from "./history.js";

export interface ProofOptions extends HistorySize {
  readonly seed: number;
  readonly tell: (line: string) => void;
}

export interface Proof {
  readonly database: OpenDatabase["kind"];
  /** Stored. */
  readonly exposures: number;
  /** Stored. */
  readonly events: number;
  /** Exposures and events, with those that were told again. */
  readonly told: number;
  /** Of the first telling, in exposures and events stored. */
  readonly perSecond: number;
  /** Of all tellings. */
  readonly seconds: number;
  /** Cells of the sums that were compared. */
  readonly cells: number;
  /** What should not be so; none: it is proved. */
  readonly differences: readonly string[];
}

/** Closes nothing that it was given. */
export async function prove(opened: OpenDatabase, options: ProofOptions): Promise<Proof> {
  const { seed, tell } = options;
  const tracked = await openTracked(opened);
  try {
    const history = new History(seed, options);
    const teller = new Teller(tracked, history, new Random(seed, "order"));
    const trial = await liveThrough(tracked, teller);
    const { stored, seconds: lived } = teller;
    tell(`${stored} stored, ${teller.told} told, ${lived.toFixed(1)} s`);
    const differences: string[] = [];
    const before = await readSums(tracked.database, trial.id);
    for (const most of [137, 1_000]) {
      await teller.tell(trial.id, () => true, most);
      tell(`${teller.told} told, ${teller.seconds.toFixed(1)} s`);
    }
    const after = await readSums(tracked.database, trial.id);
    if (teller.stored !== stored) differences.push(`${teller.stored - stored} were stored again.`);
    differences.push(...difference("told again", comparable(before), comparable(after)));
    const forced = await forcedSums(tracked, trial);
    tell("summed up anew");
    differences.push(...difference("brute force", comparable(forced), comparable(after)));
    const counts = await countStored(tracked.database, trial.id);
    const sent = { exposures: history.units, events: history.events, conflicted: history.countConflicted() };
    if (JSON.stringify(counts) !== JSON.stringify(sent)) {
      differences.push(`${JSON.stringify(counts)} is stored of ${JSON.stringify(sent)}.`);
    }
    const { told, seconds } = teller;
    const cells = comparable(after).length;
    const perSecond = stored / lived;
    return { database: opened.kind, ...counts, told, perSecond, seconds, cells, differences };
  } finally {
    await tracked.close();
  }
}

/** Each epoch begins after what was told of the one before; a metric comes late; at last the trial ends. */
export async function liveThrough(tracked: Tracked, teller: Teller): Promise<Defined> {
  const metrics = [
    measure(tracked, "bought", { windowHours: 24 }),
    measure(tracked, "clicks", { cap: 2 }),
    measure(tracked, "revenue", { cap: 1000.5, isCovariate: true }),
    measure(tracked, "latency"),
    measure(tracked, "per-buyer", { windowHours: 48 }),
  ];
  const late = measure(tracked, "per-click", { windowHours: 36 });
  const { id } = await begin(tracked, { id: randomUUID(), slots: halves, metrics });
  for (const { epoch, slots, from } of epochs) {
    if (epoch > 1) await tracked.note(async (tx) => beginEpoch(tx, id, slots, new Date(from)));
    if (epoch === 3) await tracked.note(async (tx) => addTrialMetrics(tx, id, [late]));
    await teller.tell(id, (told) => told === epoch, 500);
  }
  await tracked.note(async (tx) => endTrial(tx, id, new Date(endedAt)));
  await teller.tell(id, (told) => told > epochs.length, 500);
  return { id, metrics: [...metrics, late], epochs, endedAt };
}

/** By a planner that knows how much there is. */
export async function forcedSums({ database }: Tracked, trial: Defined): Promise<TrialSums> {
  await database.execute(sql`analyze`);
  return bruteForceInSql(database, trial);
}

/** Tells a history to the room in batches, in an order of its own each time; one entry in fifty twice. */
export class Teller {
  stored = 0;
  told = 0;
  /** In the room. */
  seconds = 0;

  constructor(
    private readonly tracked: Pick<Tracked, "note">,
    private readonly history: History,
    private readonly chance: Random,
  ) {}

  /** Those entries whose epoch of telling is `due`, at most so many in one batch. */
  async tell(trial: string, due: (told: number) => boolean, most: number): Promise<void> {
    const { sightings, events } = this.history;
    const exposureBatch: Exposure[] = [];
    const eventBatch: MetricEvent[] = [];
    for (const entry of this.#order(sightings + events)) {
      if (entry < sightings) {
        const { told, what } = this.history.sighting(entry, trial);
        if (due(told)) exposureBatch.push(what);
      } else {
        const { told, what } = this.history.event(entry - sightings);
        if (due(told)) eventBatch.push(what);
      }
      if (exposureBatch.length === most) await this.expose(exposureBatch.splice(0));
      if (eventBatch.length === most) await this.track(eventBatch.splice(0));
    }
    await this.expose(exposureBatch);
    await this.track(eventBatch);
  }

  async expose(batch: readonly Exposure[]): Promise<void> {
    const ids = batch.map(({ trial }) => trial);
    await this.#timed(batch.length, async (tx) =>
      ingestExposures(tx, place, await openTrials(tx, place, ids), batch),
    );
  }

  async track(batch: readonly MetricEvent[]): Promise<void> {
    await this.#timed(batch.length, async (tx) => ingestEvents(tx, place, batch));
  }

  async #timed(
    size: number,
    work: (
      ...given: Parameters<Parameters<Tracked["note"]>[0]>
    ) => Promise<{ readonly accepted: number } | null>,
  ): Promise<void> {
    const started = performance.now();
    const ingested = await this.tracked.note(work);
    this.seconds += (performance.now() - started) / 1_000;
    this.stored += ingested?.accepted ?? 0;
    this.told += size;
  }

  /** Every number below `count`, in chance's order, one in fifty of them twice. */
  #order(count: number): Uint32Array {
    const again = Math.floor(count / 50);
    const order = new Uint32Array(count + again);
    for (let index = 0; index < order.length; index += 1) {
      const number = index < count ? index : Math.floor(this.chance.uniform() * count);
      const other = Math.floor(this.chance.uniform() * (index + 1));
      order[index] = order[other] ?? number;
      order[other] = number;
    }
    return order;
  }
}

async function countStored(database: Database, trial: string) {
  const [row] = rowsOf(
    await database.execute(sql`
      select (select count(*) from exposures where trial = ${trial}::uuid) as exposures,
        (select count(*) from metric_events) as events,
        (select count(*) from exposures where trial = ${trial}::uuid and conflicted) as conflicted`),
  );
  return {
    exposures: Number(row?.["exposures"]),
    events: Number(row?.["events"]),
    conflicted: Number(row?.["conflicted"]),
  };
}

/** Of two lists of cells the first ones that only one of them has. */
function difference(name: string, wanted: readonly unknown[], got: readonly unknown[]): string[] {
  const [inWanted, inGot] = [new Set(wanted), new Set(got)];
  return [
    ...wanted.filter((cell) => !inGot.has(cell)).map((cell) => `${name}: wanted ${String(cell)}`),
    ...got.filter((cell) => !inWanted.has(cell)).map((cell) => `${name}: got ${String(cell)}`),
  ].slice(0, 10);
}
