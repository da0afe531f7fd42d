/** Takes note of what happens at the doors: at once and without waiting; written in batches, so that nobody can slow the server by being refused. */
import type { Database } from "../../platform/database/index.js";
import type { Log } from "../../platform/log.js";
import { note } from "../ledger/index.js";
import { actorOf, type Caller } from "../permissions/index.js";
import type { SecurityEventKind } from "./security-event.js";
import { deleteSecurityEvents, insertSecurityEvents, type NewSecurityEvent } from "./security-event.store.js";

/** What whoever notices it says; the log adds when, and who from the caller. */
export interface SecurityEntry {
  readonly kind: SecurityEventKind;
  readonly caller: Caller;
  /** Whom or what it is about: the e-mail address as it was given, the key's name, the operation. */
  readonly subject?: string | null | undefined;
  /** Never a secret. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface SecurityLog {
  /** At once, without waiting and without failing. */
  readonly record: (entry: SecurityEntry) => void;
  /** Writes what has been collected: for whoever reads the log next. */
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
const mostWaiting = 1_000; // different events; what is alike is counted
const keepForMs = 90 * 24 * 3_600_000; // 90 days
const forgetEveryMs = 3_600_000;
const maxTextLength = 300;

export function createSecurityLog(tools: SecurityLogTools): SecurityLog {
  let waiting = new Map<string, NewSecurityEvent>();
  let dropped = 0;
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> = Promise.resolve();
  let forgotAt = -Infinity;
  let closed = false;

  async function write(): Promise<void> {
    const batch = waiting;
    if (batch.size === 0) return;
    waiting = new Map();
    if (dropped > 0)
      tools.log.warn({ dropped }, "More happened at the doors than the security log can hold.");
    dropped = 0;
    try {
      await note(tools, async (tx) => {
        await insertSecurityEvents(tx, [...batch.values()]);
        if (tools.now() - forgotAt < forgetEveryMs) return;
        await deleteSecurityEvents(tx, new Date(tools.now() - keepForMs));
        forgotAt = tools.now();
      });
    } catch (error) {
      waiting = new Map([...batch, ...waiting].slice(0, mostWaiting));
      tools.log.warn({ err: error }, "The security log could not be written.");
      schedule();
    }
  }

  function schedule(): void {
    if (timer !== undefined || closed) return;
    timer = setTimeout(() => void flush(), flushAfterMs).unref();
  }

  async function flush(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    flushing = flushing.then(write);
    await flushing;
  }

  return {
    record: (entry) => {
      const event = eventOf(entry, tools.now());
      const alike = JSON.stringify([event.kind, event.actor, event.subject, event.ip, event.detail]);
      const known = waiting.get(alike);
      if (known !== undefined) waiting.set(alike, { ...known, occurrences: known.occurrences + 1 });
      else if (waiting.size >= mostWaiting) dropped += 1;
      else waiting.set(alike, event);
      schedule();
    },
    flush,
    close: async () => {
      closed = true;
      await flush();
    },
  };
}

function eventOf({ kind, caller, subject = null, detail }: SecurityEntry, now: number): NewSecurityEvent {
  return {
    kind,
    at: new Date(now),
    actor: caller.identity.kind === "ANONYMOUS" ? null : actorOf(caller),
    subject: storable(subject),
    ip: caller.ip,
    userAgent: storable(caller.userAgent ?? null),
    requestId: caller.requestId,
    detail: detail ?? null,
    occurrences: 1,
  };
}

/** What strangers send is cut short, and freed of what PostgreSQL cannot keep. */
function storable(text: string | null): string | null {
  return text === null ? null : text.slice(0, maxTextLength).replaceAll(/\p{Surrogate}|\0/gu, "\ufffd");
}
