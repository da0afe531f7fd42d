/** Takes note of what happens at the doors: at once and without waiting; written in batches, so that nobody can slow the server by being refused. */
import { type Database, isUnavailable, type Transaction } from "../../platform/database/index.js";
import type { Log } from "../../platform/log.js";
import { note } from "../ledger/index.js";
import { eventOf, type NewSecurityEvent, type SecurityEntry } from "./security-event.js";
import { deleteSecurityEvents, insertSecurityEvents } from "./security-event.store.js";
import { WaitingEvents } from "./waiting-events.js";

export interface SecurityLog {
  /** At once, without waiting and without failing. */
  record(entry: SecurityEntry): void;
  /** Writes what has been collected: for whoever reads the log next. Never rejects. */
  flush(): Promise<void>;
  /** Writes what has been collected and stops. */
  close(): Promise<void>;
}

interface SecurityLogTools {
  readonly database: Database;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const flushAfterMs = 1_000;
const retryAfterMs = 5_000;
const keepForMs = 90 * 24 * 3_600_000; // 90 days
const forgetEveryMs = 3_600_000;

/** A log that is open; to be closed before the database. */
export function createSecurityLog(tools: SecurityLogTools): SecurityLog {
  return new BatchedLog(tools);
}

class BatchedLog implements SecurityLog {
  readonly #waiting = new WaitingEvents();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #forgotAt = -Infinity;
  #failing = false;
  #closed = false;

  constructor(private readonly tools: SecurityLogTools) {}

  record(entry: SecurityEntry): void {
    this.#waiting.add(eventOf(entry, this.tools.now()));
    this.#schedule(flushAfterMs);
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = this.#flushing.then(async () => this.#write());
    await this.#flushing;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.flush();
  }

  async #write(): Promise<void> {
    const events = this.#waiting.take();
    if (events.length === 0) return;
    try {
      await note(this.tools, async (tx) => this.#store(tx, events));
      this.#failing = false;
    } catch (error) {
      this.#putOff(events, error);
    }
  }

  async #store(tx: Transaction, events: readonly NewSecurityEvent[]): Promise<void> {
    await insertSecurityEvents(tx, events);
    const now = this.tools.now();
    if (now - this.#forgotAt < forgetEveryMs) return;
    this.#forgotAt = now;
    await deleteSecurityEvents(tx, new Date(now - keepForMs));
  }

  /** While the database is away everything is kept for later; what it refuses would be refused for ever. */
  #putOff(events: readonly NewSecurityEvent[], error: unknown): void {
    const { log } = this.tools;
    if (!isUnavailable(error)) {
      log.error({ err: error, lost: events.length }, "The database refused events of the security log.");
      return;
    }
    this.#waiting.giveBack(events);
    if (!this.#failing) {
      log.warn({ err: error }, "The security log cannot be written; it will be tried again.");
    }
    this.#failing = true;
    this.#schedule(retryAfterMs);
  }

  #schedule(afterMs: number): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => void this.flush(), afterMs).unref();
  }
}
