/** Keeps this instance's memory in step with the ledger: reads on a doorbell, a steady poll and its own commits, one read at a time. */
import { randomInt } from "node:crypto";
import type { Database, Transaction } from "../../platform/database/index.js";
import type { Log } from "../../platform/log.js";
import { type Change, origin, type Position, revisionOf } from "./change.js";
import { findChangeAt, listChangesAfter, readHead } from "./change.store.js";

/** Whoever keeps state derived from the ledger in memory. */
export interface Follower {
  /** Reads everything; the returned function makes it current, at once and without failing. */
  load(tx: Transaction): Promise<() => void>;
  /** Reads the current rows of what `changes` name; the returned function makes them current, at once and without failing. */
  follow(tx: Transaction, changes: readonly Change[]): Promise<() => void>;
  /** Says where memory differs from the database, which is at the position that memory is at; empty: nowhere. */
  compare?(tx: Transaction): Promise<readonly string[]>;
}

/** Told after every follower is current. `changes` is null after a full load: anything may be different. */
export type AdvanceListener = (changes: readonly Change[] | null, position: Position) => void;

export interface ReaderTools {
  readonly database: Database;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export interface ReaderStatus {
  /** Rows that the last poll saw beyond what is applied. */
  readonly lag: number;
  /** When the database last answered, epoch milliseconds; null before the first read. */
  readonly lastReadAt: number | null;
  /** Whether the last read worked. */
  readonly up: boolean;
  /** When `up` last changed, epoch milliseconds. */
  readonly since: number;
  /** Whether answers may be old: the last read failed, or is some seconds ago. */
  readonly stale: boolean;
}

export interface Reader {
  /** Loads everything and starts polling. */
  start(): Promise<void>;
  /** Starts polling from a position whose state the followers already hold, kept from earlier; the first read that works goes on from there. */
  startFrom(position: Position): void;
  position(): Position;
  /** Resolves once this instance is at `target` or later; never rejects, a failing read is tried again by the poll. */
  reach(target: Pick<Position, "epoch" | "seq">): Promise<void>;
  /** Asks for a read soon: a doorbell rang, Redis came back. */
  nudge(): void;
  /** Calls the listener after each step; returns how to stop. */
  onAdvance(listener: AdvanceListener): () => void;
  status(): ReaderStatus;
  close(): Promise<void>;
}

const pollEveryMs = 1_000; // ±20 %
const staleAfterMs = 5_000;
const rowsPerRead = 1_000; // more than this at once is a full load
const attemptsToReach = 3; // the first may have begun before the target was there, the second sees it unless it fails
const snapshotRead = { isolationLevel: "repeatable read", accessMode: "read only" } as const;

/** A reader for these followers. They become current in the order given. */
export function createReader(tools: ReaderTools, followers: readonly Follower[]): Reader {
  return new LedgerReader(tools, followers);
}

class LedgerReader implements Reader {
  #position = origin;
  #current: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;
  #up = false;
  #since: number;
  #lag = 0;
  #lastReadAt: number | null = null;
  readonly #listeners = new Set<AdvanceListener>();

  constructor(
    private readonly tools: ReaderTools,
    private readonly followers: readonly Follower[],
  ) {
    this.#since = tools.now();
  }

  async start(): Promise<void> {
    await this.#alone(async () => this.#inSnapshot(async (tx) => this.#loadAll(tx)));
    this.#schedule();
  }

  startFrom(position: Position): void {
    this.#position = position;
    this.nudge();
    this.#schedule();
  }

  position(): Position {
    return this.#position;
  }

  async reach(target: Pick<Position, "epoch" | "seq">): Promise<void> {
    for (let attempt = 0; attempt < attemptsToReach && !this.#closed; attempt += 1) {
      if (isAtLeast(this.#position, target)) return;
      await this.#read();
    }
  }

  nudge(): void {
    void this.#read();
  }

  onAdvance(listener: AdvanceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  status(): ReaderStatus {
    const age = this.#lastReadAt === null ? Infinity : this.tools.now() - this.#lastReadAt;
    const up = this.#up;
    return {
      lag: this.#lag,
      lastReadAt: this.#lastReadAt,
      up,
      since: this.#since,
      stale: !up || age > staleAfterMs,
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#current;
  }

  #schedule(): void {
    if (this.#closed) return;
    const wait = randomInt(pollEveryMs * 0.8, pollEveryMs * 1.2);
    this.#timer = setTimeout(() => void this.#read().finally(() => this.#schedule()), wait);
  }

  /** Single flight: who asks during a read waits for that one, and asks again if it began too early. Never rejects. */
  async #read(): Promise<void> {
    await (this.#current ?? this.#alone(async () => this.#attempt()));
  }

  async #alone(read: () => Promise<void>): Promise<void> {
    const reading = read();
    this.#current = reading.catch(() => undefined); // whoever began it hears of it
    try {
      await reading;
    } finally {
      this.#current = null;
    }
  }

  async #attempt(): Promise<void> {
    try {
      await this.#inSnapshot(async (tx) => this.#step(tx));
    } catch (error) {
      if (this.#up && !this.#closed) {
        this.tools.log.error({ err: error }, "Reading the ledger failed; answers may be stale.");
      }
      this.#turn(false);
    }
  }

  #turn(up: boolean): void {
    if (up === this.#up) return;
    this.#up = up;
    this.#since = this.tools.now();
    if (up) this.tools.log.info({ revision: revisionOf(this.#position) }, "Up to date with the ledger.");
  }

  async #inSnapshot(read: (tx: Transaction) => Promise<() => void>): Promise<void> {
    const apply = await this.tools.database.transaction(read, snapshotRead);
    this.#lastReadAt = this.tools.now();
    apply();
    this.#turn(true);
  }

  async #step(tx: Transaction): Promise<() => void> {
    const head = (await readHead(tx)).position ?? origin;
    if (head.hash === this.#position.hash) return () => undefined;
    this.#lag = Math.max(head.seq - this.#position.seq, 0);
    if (await this.#needsFullLoad(tx, head)) return this.#loadAll(tx);
    const rows = await listChangesAfter(tx, this.#position.seq, head.seq, rowsPerRead);
    const swaps: (() => void)[] = [];
    for (const follower of this.followers) swaps.push(await follower.follow(tx, rows));
    return () => this.#advance(swaps, rows, head);
  }

  /** A gap too large to follow, or another history than the one this instance knows. */
  async #needsFullLoad(tx: Transaction, head: Position): Promise<boolean> {
    const known = this.#position;
    if (known.seq === 0) return true;
    const same = (await findChangeAt(tx, known.seq))?.hash === known.hash;
    if (!same) {
      this.tools.log.error({ known, head }, "The ledger's history was replaced: loading everything.");
    }
    return !same || head.seq - known.seq > rowsPerRead;
  }

  async #loadAll(tx: Transaction): Promise<() => void> {
    const head = (await readHead(tx)).position ?? origin;
    const swaps: (() => void)[] = [];
    for (const follower of this.followers) swaps.push(await follower.load(tx));
    return () => this.#advance(swaps, null, head);
  }

  #advance(swaps: readonly (() => void)[], rows: readonly Change[] | null, head: Position): void {
    for (const swap of swaps) swap();
    this.#position = head;
    this.#lag = 0;
    for (const listener of this.#listeners) this.#tell(listener, rows, head);
  }

  /** A listener that fails keeps neither the others nor the reader from going on. */
  #tell(listener: AdvanceListener, rows: readonly Change[] | null, head: Position): void {
    try {
      listener(rows, head);
    } catch (error) {
      this.tools.log.error({ err: error }, "A listener of the ledger failed.");
    }
  }
}

/** Whether a position is `target` or later in the one order of the server. */
function isAtLeast(
  position: Pick<Position, "epoch" | "seq">,
  target: Pick<Position, "epoch" | "seq">,
): boolean {
  return position.epoch > target.epoch || (position.epoch === target.epoch && position.seq >= target.seq);
}
