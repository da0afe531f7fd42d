/** Takes note of what happens at the doors: at once and without waiting; written in batches, so that nobody can slow the server by being refused. */
import { type Database, isUnavailable, type Transaction } from "../../platform/database/index.js";
import type { Log } from "../../platform/log.js";
import { note } from "../ledger/index.js";
import { eventOf, type NewSecurityEvent, type SecurityEntry } from "./security-event.js";
import { deleteSecurityEvents, insertSecurityEvents } from "./security-event.store.js";
import { WaitingEvents } from "./waiting-events.js";

export interface SecurityLog {
  /** At once, without waiting and without failing. */
  readonly record: (entry: SecurityEntry) => void;
  /** Writes what has been collected: for whoever reads the log next. Never rejects. */
  readonly flush: () => Promise<void>;
  /** Writes what has been collected and stops. */
  readonly close: () => Promise<void>;
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
  const { log, now } = tools;
  const waiting = new WaitingEvents();
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> = Promise.resolve();
  let forgotAt = -Infinity;
  let failing = false;
  let closed = false;

  async function write(): Promise<void> {
    const { events, dropped } = waiting.take();
    if (dropped > 0) log.warn({ dropped }, "More happened at the doors than the security log can hold.");
    if (events.length === 0) return;
    try {
      await note(tools, async (tx) => store(tx, events));
      failing = false;
    } catch (error) {
      putOff(events, error);
    }
  }

  async function store(tx: Transaction, events: readonly NewSecurityEvent[]): Promise<void> {
    await insertSecurityEvents(tx, events);
    if (now() - forgotAt < forgetEveryMs) return;
    forgotAt = now();
    await deleteSecurityEvents(tx, new Date(forgotAt - keepForMs));
  }

  /** While the database is away everything is kept for later; what it refuses would be refused for ever. */
  function putOff(events: readonly NewSecurityEvent[], error: unknown): void {
    if (!isUnavailable(error)) {
      log.error({ err: error, lost: events.length }, "The database refused events of the security log.");
      return;
    }
    waiting.giveBack(events);
    if (!failing) log.warn({ err: error }, "The security log cannot be written; it will be tried again.");
    failing = true;
    schedule(retryAfterMs);
  }

  function schedule(afterMs: number): void {
    if (timer !== undefined || closed) return;
    timer = setTimeout(() => void flush(), afterMs).unref();
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    flushing = flushing.then(write);
    await flushing;
  }

  return {
    record: (entry) => {
      waiting.add(eventOf(entry, now()));
      schedule(flushAfterMs);
    },
    flush,
    close: async () => {
      closed = true;
      await flush();
    },
  };
}
