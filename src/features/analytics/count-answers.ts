/** Takes the counts from memory to the database: in batches, each of which counts once, whatever happens to the line. */
import { randomUUID } from "node:crypto";
import {
  type Database,
  isForeignKeyViolation,
  isLockTimeout,
  isOutcomeUnknown,
  isUnavailable,
  type Transaction,
} from "../../platform/database/index.js";
import type { Log } from "../../platform/log.js";
import type { Instruments } from "../../platform/metrics.js";
import type { OnAnswered } from "../delivery/index.js";
import { note } from "../ledger/index.js";
import { type AnalyticsMetrics, measureAnalytics } from "./analytics-metrics.js";
import type { Counts, Dropped } from "./counts.js";
import { addClients, addEvaluations, addUnknownFlags, type BatchName, claimBatch } from "./counts.store.js";
import { Tally } from "./tally.js";

export interface Analytics {
  /** Takes note of answers, at once. */
  readonly count: OnAnswered;
  /** Writes what has been counted: for whoever reads next. Never rejects. */
  readonly flush: () => Promise<void>;
  /** Writes what has been counted and stops; to be closed after whoever answers, and before the database. */
  readonly close: () => Promise<void>;
}

export interface AnalyticsTools {
  readonly database: Database;
  readonly log: Log;
  readonly metrics: Instruments;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** What is handed in together; again and again under its number until it is known to be counted. */
interface Batch {
  readonly name: BatchName;
  readonly counts: Counts;
  /** Times that the database was there and refused it. */
  refusals: number;
}

const flushAfterMs = 5_000;
const rowsAtOnce = 1_000;
const mostRefusals = 5;
const lastAttempts = 3;

/** Counts from now on. */
export function createAnalytics(tools: AnalyticsTools): Analytics {
  const counting = new Counting(tools);
  return {
    count: (question, answers) => counting.count(question, answers),
    flush: async () => counting.flush(),
    close: async () => counting.close(),
  };
}

class Counting {
  readonly #instance = randomUUID();
  readonly #tally = new Tally();
  readonly #metrics: AnalyticsMetrics;
  #number = 0;
  /** While there is one, counts go on in the tally. */
  #batch: Batch | null = null;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #isFailing = false;
  /** There is no use in trying again at once. */
  #isAway = false;
  #closed = false;

  constructor(private readonly tools: AnalyticsTools) {
    this.#metrics = measureAnalytics(tools.metrics);
  }

  count: OnAnswered = (question, answers) => {
    this.#tally.count(question, answers);
    if (this.#timer === undefined) this.#schedule();
  };

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = this.#flushing.then(async () => this.#write());
    await this.#flushing;
    if (this.#batch !== null) this.#schedule();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (let attempt = 1; attempt <= lastAttempts; attempt += 1) {
      await this.flush();
      if (this.#batch === null || this.#isAway) break;
    }
    if (this.#batch !== null) this.tools.log.error("What was counted last could not be written: it is lost.");
  }

  /** What could not be handed in before, then what was counted since. */
  async #write(): Promise<void> {
    this.#tell();
    if (this.#batch !== null && !(await this.#handIn(this.#batch))) return;
    this.#batch = this.#next();
    if (this.#batch !== null) await this.#handIn(this.#batch);
  }

  #next(): Batch | null {
    const counts = this.#tally.take();
    if (counts === null) return null;
    this.#number += 1;
    return { name: { instance: this.#instance, number: this.#number }, counts, refusals: 0 };
  }

  /** Whether it is done with. */
  async #handIn(batch: Batch): Promise<boolean> {
    const at = new Date(this.tools.now());
    try {
      const left = await note(this.tools, async (tx) => store(tx, batch, at));
      this.#metrics.dropped(left);
      this.#isFailing = false;
    } catch (error) {
      this.#failed(batch, error);
      if (batch.refusals < mostRefusals) return false;
    }
    this.#batch = null;
    return true;
  }

  /** While the database is away everything is kept for later; what it refuses again and again would be refused for ever. */
  #failed(batch: Batch, error: unknown): void {
    const { log } = this.tools;
    this.#metrics.flushFailed();
    this.#isAway = isUnavailable(error) && !isOutcomeUnknown(error);
    if (!isPassing(error)) batch.refusals += 1;
    if (batch.refusals >= mostRefusals) {
      const evaluations = [...batch.counts.evaluations()].reduce((sum, { count }) => sum + count, 0);
      this.#metrics.dropped({ evaluations });
      log.error({ err: error, evaluations }, "The database refused what was counted: it is lost.");
    } else if (!this.#isFailing) {
      log.warn({ err: error }, "What was counted could not be written; it is tried again.");
    }
    this.#isFailing = true;
  }

  #tell(): void {
    this.#metrics.answered(this.#tally.takeReasons());
    this.#metrics.dropped(this.#tally.takeDropped());
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => void this.flush(), flushAfterMs).unref();
  }
}

/** The database is away, or somebody deletes what was counted at this very moment. */
function isPassing(error: unknown): boolean {
  return isUnavailable(error) || isLockTimeout(error) || isForeignKeyViolation(error);
}

/** Gives what there was no room for. */
async function store(tx: Transaction, { name, counts }: Batch, at: Date): Promise<Partial<Dropped>> {
  if (!(await claimBatch(tx, name, at))) return {};
  let [unknownFlags, clients] = [0, 0];
  for (const rows of inPieces(counts.evaluations())) await addEvaluations(tx, rows);
  for (const rows of inPieces(counts.unknownFlags())) unknownFlags += await addUnknownFlags(tx, rows);
  for (const rows of inPieces(counts.clients())) clients += await addClients(tx, rows);
  return { unknown_flags: unknownFlags, clients };
}

/** So that no statement is long, and others get their turn in between. */
function* inPieces<T>(rows: Iterable<T>): Generator<readonly T[]> {
  let piece: T[] = [];
  for (const row of rows) {
    piece.push(row);
    if (piece.length < rowsAtOnce) continue;
    yield piece;
    piece = [];
  }
  if (piece.length > 0) yield piece;
}
