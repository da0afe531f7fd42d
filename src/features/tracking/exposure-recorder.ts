/** Takes note of exposures at once and stores them in batches, so that no answer waits for it: within five seconds, and at the end. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Database, isUnavailable } from "../../platform/database/index.js";
import type { Log } from "../../platform/log.js";
import { Problem } from "../../platform/problems.js";
import type { OnAnswered } from "../delivery/index.js";
import { note } from "../ledger/index.js";
import type { TrackingFigures } from "./exposure-metrics.js";
import { ExposureNames } from "./exposure-names.js";
import type { ExposureSpill, PlacedExposures } from "./exposure-spill.js";
import { ingestExposures, openTrials } from "./ingest-exposures.js";
import { RecentlySeen } from "./recently-seen.js";
import { exposes, hashed, seenIn, type SeenExposure, withSlice } from "./seen-exposure.js";
import type { UnitKeys } from "./unit-keys.js";

export interface RecorderTools {
  readonly database: Database;
  readonly log: Log;
  readonly keys: UnitKeys;
  readonly figures: TrackingFigures;
  /** Where they wait while the database is away; absent: in memory alone. */
  readonly spill?: ExposureSpill | undefined;
}

/** In numbers of exposures; for tests. */
export interface RecorderLimits {
  readonly mostKnown?: number;
  readonly mostWaiting?: number;
}

const flushAfterMs = 5_000;
const flushAtOnce = 5_000;
const batchSize = 1_000;
const mostRefusals = 3;

export class ExposureRecorder {
  readonly #names = new ExposureNames();
  readonly #known: RecentlySeen;
  readonly #mostWaiting: number;
  #waiting: SeenExposure[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #isFailing = false;
  #isFull = false;
  /** In a row, of one batch. */
  #refusals = 0;
  #closed = false;

  constructor(
    private readonly tools: RecorderTools,
    { mostKnown = 100_000, mostWaiting = 50_000 }: RecorderLimits = {},
  ) {
    this.#known = new RecentlySeen(mostKnown);
    this.#mostWaiting = mostWaiting;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  readonly expose: OnAnswered = (question, answers) => {
    if (!exposes(question)) return;
    for (const answer of answers) {
      const { experiment } = answer;
      if (experiment === undefined) continue;
      const seen = seenIn(question, answer);
      if (seen === undefined) continue;
      if (this.#known.isNew(this.#names.of(experiment, seen.variant, seen.value)))
        this.#keep(withSlice(seen, question, experiment));
    }
  };

  /** Stores what was noted. Never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = this.#flushing.then(async () => this.#store());
    await this.#flushing;
    if (this.#waiting.length > 0 || this.tools.spill?.hasFiles === true) this.#schedule(flushAfterMs);
  }

  /** Stores what was noted and stops; what the database cannot take waits on disk. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
    if (this.#waiting.length > 0) await this.#putAway();
    const lost = this.#waiting.length;
    if (lost > 0) this.tools.log.error({ lost }, "The database is away: exposures that waited are lost.");
  }

  #keep(seen: SeenExposure): void {
    if (this.#waiting.length >= this.#mostWaiting) {
      if (!this.#isFull) this.tools.log.error("There is no more room for exposures: they are lost.");
      this.#isFull = true;
      this.#drop(1);
      return;
    }
    this.#isFull = false;
    this.#waiting.push(seen);
    if (this.#waiting.length === flushAtOnce) void this.flush();
    else this.#schedule(flushAfterMs);
  }

  /** They may come again: then they are new. */
  #drop(count: number): void {
    this.#known.forget();
    this.tools.figures.exposures("dropped", count);
  }

  async #store(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    const left = batchesOf(batch);
    try {
      await this.#drain();
      for (let next = left[0]; next !== undefined; next = left[0]) {
        await this.#storeOne(next);
        left.shift();
      }
      this.#isFailing = false;
    } catch (error) {
      this.#waiting = [...left.flat(), ...this.#waiting];
      this.#tell(error);
      if (this.#waiting.length >= this.#mostWaiting / 2) await this.#putAway();
    }
  }

  /** Throws what may pass: see `orDrop`. */
  async #storeOne(batch: readonly SeenExposure[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    await this.#orDrop(batch.length, async () => {
      const unitOf = await this.tools.keys.of(first.place.project);
      await this.#ingest({ place: first.place, exposures: batch.map((seen) => hashed(seen, unitOf)) });
    });
  }

  /** Throws while the database is away, and at its first refusals, which may be of a deadlock; what it goes on refusing is dropped. */
  async #orDrop(count: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof Problem && error.code === "NOT_FOUND") {
        this.tools.figures.exposures("unclaimed", count);
        return;
      }
      if (isAway(error)) throw error;
      this.#refusals += 1;
      if (this.#refusals < mostRefusals) throw error;
      this.#drop(count);
      this.tools.log.error({ err: error, lost: count }, "The database refused exposures.");
    }
    this.#refusals = 0;
  }

  async #ingest({ place, exposures }: PlacedExposures): Promise<void> {
    const ingested = await note(this.tools, async (tx) => {
      const trials = await openTrials(
        tx,
        place,
        exposures.map(({ trial }) => trial),
      );
      return ingestExposures(tx, place, trials, exposures);
    });
    const stored = ingested.accepted + ingested.duplicates;
    this.tools.figures.exposures("stored", stored);
    this.tools.figures.exposures("unclaimed", exposures.length - stored);
  }

  async #drain(): Promise<void> {
    const unreadable = await this.tools.spill?.drain(async (batch) =>
      this.#orDrop(batch.exposures.length, async () => this.#ingest(batch)),
    );
    if (!unreadable) return;
    this.#known.forget(); // they may come again
    this.tools.log.error({ files: unreadable }, "Exposures on disk could not be read.");
  }

  /** Takes what can be hashed to disk: without the secret of its project it may not touch that. What cannot go there waits on. */
  async #putAway(): Promise<void> {
    const { spill, keys, log, figures } = this.tools;
    if (spill === undefined) return;
    const isHashable = ({ place }: SeenExposure): boolean => keys.lastKnown(place.project) !== undefined;
    const going = this.#waiting.filter(isHashable);
    if (going.length === 0) return;
    this.#waiting = this.#waiting.filter((seen) => !isHashable(seen));
    const isKept = await spill.put(await this.#hash(going)).catch((error: unknown) => {
      log.error({ err: error }, "Exposures could not be put on disk.");
      return false;
    });
    if (isKept) figures.exposures("spilled", going.length);
    else this.#waiting = [...going, ...this.#waiting];
  }

  /** A batch a turn: answers go on meanwhile. */
  async #hash(all: readonly SeenExposure[]): Promise<PlacedExposures[]> {
    const placed: PlacedExposures[] = [];
    for (const batch of batchesOf(all)) {
      const [first] = batch;
      const unitOf = first && this.tools.keys.lastKnown(first.place.project);
      if (first === undefined || unitOf === undefined) continue;
      placed.push({ place: first.place, exposures: batch.map((seen) => hashed(seen, unitOf)) });
      await nextTurn();
    }
    return placed;
  }

  #tell(error: unknown): void {
    if (!this.#isFailing)
      this.tools.log.warn({ err: error }, "Exposures cannot be stored; it is tried again.");
    this.#isFailing = true;
  }

  #schedule(afterMs: number): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => void this.flush(), afterMs).unref();
  }
}

/** By environment, in the order in which they came. */
function batchesOf(all: readonly SeenExposure[]): SeenExposure[][] {
  const batches: SeenExposure[][] = [];
  const open = new Map<string, SeenExposure[]>();
  for (const seen of all) {
    const place = `${seen.place.project} ${seen.place.environment}`;
    const last = open.get(place);
    if (last !== undefined && last.length < batchSize) last.push(seen);
    else {
      const batch = [seen];
      open.set(place, batch);
      batches.push(batch);
    }
  }
  return batches;
}

/** Also without the key of the secret: an operator may put it back. */
function isAway(error: unknown): boolean {
  return isUnavailable(error) || (error instanceof Problem && error.code === "UNAVAILABLE");
}
