/** Keeps this instance's memory in step with the ledger: follows its rows, loads everything where they cannot be followed, and looks whether both still agree. */
import { randomInt } from "node:crypto";
import { type Database, isUnavailable, type Transaction } from "../../platform/database/index.js";
import type { Log } from "../../platform/log.js";
import { type Change, isAtLeast, origin, type Position, revisionOf } from "./change.js";
import { listChangesAfter } from "./change.store.js";
import { firstAnswer } from "./first-answer.js";
import { declareFork, headOf, isReplaced } from "./history.js";
import { ReadLoop } from "./read-loop.js";

/** Whoever keeps state derived from the ledger in memory. */
export interface Follower {
  /** Reads everything; the returned function makes it current, at once and without failing. */
  load(tx: Transaction): Promise<() => void>;
  /** Reads the current rows of what `changes` name; the returned function makes them current, at once and without failing. */
  follow(tx: Transaction, changes: readonly Change[]): Promise<() => void>;
  /** Says where memory differs from the database, which is at the position that memory is at; empty: nowhere. */
  compare?(tx: Transaction): Promise<readonly string[]>;
}

/** Told after every follower is current. `changes` is null after a full load: anything may be different; empty: the database answers again. */
export type AdvanceListener = (changes: readonly Change[] | null, position: Position) => void;

export interface ReaderTools {
  /** Rows are written through it. */
  readonly database: Database;
  /** What is read through, where that is another way to the same database. */
  readonly reserved?: Database;
  readonly log: Log;
  /** Told of each history that was found to be replaced, and each time that memory was found to differ. */
  readonly onAlarm?: (alarm: "fork" | "divergence") => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** How often memory is compared with the database, ±20 %; a minute unless given. */
  readonly compareEveryMs?: number;
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
  /** How often history was found to be replaced. */
  readonly forks: number;
  /** How often memory was found to differ from the database. */
  readonly divergences: number;
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

const staleAfterMs = 5_000;
const rowsPerRead = 1_000; // more than this at once is a full load
const minuteMs = 60_000;

const mostSilences = 2;

type Apply = () => void;

/** A reader for these followers. They become current in the order given. */
export function createReader(tools: ReaderTools, followers: readonly Follower[]): Reader {
  return new LedgerReader(tools, followers);
}

class LedgerReader implements Reader {
  #position = origin;
  /** Whether rows cannot be followed from here: nothing was loaded yet, following failed, or memory was found to differ. */
  #mustLoad = true;
  #up = false;
  #since: number;
  #lag = 0;
  #lastReadAt: number | null = null;
  /** Reads in a row that were answered at first and then heard no more: of a dead line, or of a database that is slow. */
  #silences = 0;
  #compareAt: number;
  #forks = 0;
  #divergences = 0;
  /** Where this instance stood in a history that was replaced, until the ledger says so. */
  #abandoned: Position | null = null;
  #declaring: Promise<void> | null = null;
  readonly #loop = new ReadLoop(async () => this.#attempt());
  readonly #listeners = new Set<AdvanceListener>();

  constructor(
    private readonly tools: ReaderTools,
    private readonly followers: readonly Follower[],
  ) {
    this.#since = tools.now();
    this.#compareAt = this.#nextComparison();
  }

  async start(): Promise<void> {
    await this.#loop.alone(async () => this.#read());
    this.#loop.start();
  }

  startFrom(position: Position): void {
    this.#position = position;
    this.#mustLoad = position.seq === 0;
    this.nudge();
    this.#loop.start();
  }

  position(): Position {
    return this.#position;
  }

  async reach(target: Pick<Position, "epoch" | "seq">): Promise<void> {
    const isThere = (): boolean => isAtLeast(this.#position, target);
    if (!isThere()) await this.#loop.ask(isThere);
  }

  nudge(): void {
    void this.#loop.ask();
  }

  onAdvance(listener: AdvanceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  status(): ReaderStatus {
    const lastReadAt = this.#lastReadAt;
    const age = lastReadAt === null ? Infinity : this.tools.now() - lastReadAt;
    const up = this.#up;
    const [lag, forks, divergences] = [this.#lag, this.#forks, this.#divergences];
    return { lag, lastReadAt, up, since: this.#since, stale: !up || age > staleAfterMs, forks, divergences };
  }

  async close(): Promise<void> {
    await this.#loop.close();
    await this.#declaring;
  }

  async #attempt(): Promise<boolean> {
    try {
      await this.#read();
      return true;
    } catch (error) {
      if (this.#up) {
        this.tools.log.error({ err: error }, "Reading the ledger failed; answers may be stale.");
      }
      if (!isUnavailable(error)) this.#mustLoad = true; // a row that cannot be followed must not hold up the rest
      this.#turn(false);
      return false;
    }
  }

  async #read(): Promise<void> {
    const { database, reserved = database } = this.tools;
    const needsTime = this.#mustLoad || this.#silences >= mostSilences; // connections of requests may be silent for longer
    const apply = await firstAnswer(needsTime ? database : reserved, {
      ask: headOf,
      goOn: async (tx, head) => {
        this.#silences += 1;
        return this.#step(tx, head);
      },
    });
    this.#silences = 0;
    this.#lastReadAt = this.tools.now();
    apply();
    this.#turn(true);
    if (this.#abandoned !== null) this.#declaring ??= this.#declare(this.#abandoned);
  }

  #turn(up: boolean): void {
    if (up === this.#up) return;
    this.#up = up;
    this.#since = this.tools.now();
    if (!up) return;
    this.tools.log.info({ revision: revisionOf(this.#position) }, "Up to date with the ledger.");
    this.#tell([]);
  }

  async #step(tx: Transaction, head: Position): Promise<Apply> {
    const apply = await this.#stepTo(tx, head);
    if (this.tools.now() < this.#compareAt) return apply;
    this.#compareAt = this.#nextComparison();
    apply(); // as good as after the commit: what was read is one state of the database
    const differences = await this.#compare(tx);
    return differences.length === 0 ? () => undefined : this.#loadAll(tx, head);
  }

  async #stepTo(tx: Transaction, head: Position): Promise<Apply> {
    const known = this.#position;
    if (head.hash === known.hash && !this.#mustLoad) return () => undefined;
    this.#lag = Math.max(head.seq - known.seq, 0);
    if (await isReplaced(tx, known, head)) {
      const apply = await this.#loadAll(tx, head);
      return () => {
        this.#noticeFork(known, head);
        apply();
      };
    }
    if (this.#mustLoad || this.#lag > rowsPerRead) return this.#loadAll(tx, head);
    const rows = await listChangesAfter(tx, known.seq, head.seq, rowsPerRead);
    const swaps: Apply[] = [];
    for (const follower of this.followers) swaps.push(await follower.follow(tx, rows));
    return () => this.#advance(swaps, rows, head);
  }

  async #loadAll(tx: Transaction, head: Position): Promise<Apply> {
    const swaps: Apply[] = [];
    for (const follower of this.followers) swaps.push(await follower.load(tx));
    return () => this.#advance(swaps, null, head);
  }

  async #compare(tx: Transaction): Promise<readonly string[]> {
    const differences: string[] = [];
    for (const follower of this.followers) differences.push(...((await follower.compare?.(tx)) ?? []));
    if (differences.length === 0) return differences;
    this.#divergences += 1;
    this.tools.onAlarm?.("divergence");
    const revision = revisionOf(this.#position);
    this.tools.log.error({ revision, differences }, "Memory differs from the database: loading everything.");
    return differences;
  }

  #nextComparison(): number {
    const every = this.tools.compareEveryMs ?? minuteMs;
    return this.tools.now() + randomInt(Math.ceil(every * 0.8), Math.ceil(every * 1.2) + 1);
  }

  /** Whoever finds a head of a higher epoch finds a fork that was declared already. */
  #noticeFork(known: Position, found: Position): void {
    this.#forks += 1;
    this.tools.onAlarm?.("fork");
    this.tools.log.error({ known, found }, "The ledger's history was replaced: everything was loaded anew.");
    if (found.epoch <= known.epoch) this.#abandoned = known;
  }

  /** Apart from the reads, which go on meanwhile; what fails is tried again after the next of them. */
  async #declare(abandoned: Position): Promise<void> {
    try {
      const isOurs = await declareFork(this.tools.database, abandoned);
      if (isOurs) this.tools.log.warn({ abandoned }, "A new epoch of the ledger has begun.");
      if (this.#abandoned === abandoned) this.#abandoned = null; // history may have been replaced once more meanwhile
      this.nudge();
    } catch (error) {
      this.tools.log.warn({ err: error }, "The replaced history could not be recorded yet.");
    } finally {
      this.#declaring = null;
    }
  }

  #advance(swaps: readonly Apply[], rows: readonly Change[] | null, head: Position): void {
    for (const swap of swaps) swap();
    this.#position = head;
    this.#mustLoad = false;
    this.#lag = 0;
    this.#tell(rows);
  }

  /** A listener that fails keeps neither the others nor the reader from going on. */
  #tell(rows: readonly Change[] | null): void {
    for (const listener of this.#listeners) {
      try {
        listener(rows, this.#position);
      } catch (error) {
        this.tools.log.error({ err: error }, "A listener of the ledger failed.");
      }
    }
  }
}
