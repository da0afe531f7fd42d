/** Events that wait to be written: alike ones are counted instead of kept, and of a flood most are counted too, so that it fills neither memory nor disk. */
import type { NewSecurityEvent, SecurityEventKind } from "./security-event.js";

const mostAMinute = 200; // different ones of each kind
const mostWaiting = 4_000; // in one statement, so within PostgreSQL's 65,535 parameters

export class WaitingEvents {
  #events = new Map<string, NewSecurityEvent>();
  #minute = 0;
  #keptOfMinute = new Map<SecurityEventKind, number>();

  add(event: NewSecurityEvent): void {
    const isKept = this.#events.has(nameOf(event)) || this.#mayKeep(event);
    this.#put(isKept ? event : withoutNames(event));
  }

  /** Everything that waits, oldest first. Nothing waits afterwards. */
  take(): readonly NewSecurityEvent[] {
    const events = [...this.#events.values()];
    this.#events = new Map();
    return events;
  }

  /** Takes back what could not be written; it goes before what has come since. */
  giveBack(events: readonly NewSecurityEvent[]): void {
    for (const event of [...events, ...this.take()]) this.#put(this.#isFull() ? withoutNames(event) : event);
  }

  #put(event: NewSecurityEvent): void {
    const name = nameOf(event);
    const known = this.#events.get(name);
    const occurrences = (known?.occurrences ?? 0) + event.occurrences;
    this.#events.set(name, { ...(known ?? event), occurrences });
  }

  #mayKeep({ kind, at }: NewSecurityEvent): boolean {
    const minute = Math.floor(at.getTime() / 60_000);
    if (minute !== this.#minute) this.#keptOfMinute = new Map();
    this.#minute = minute;
    const kept = this.#keptOfMinute.get(kind) ?? 0;
    if (kept >= mostAMinute || this.#isFull()) return false;
    this.#keptOfMinute.set(kind, kept + 1);
    return true;
  }

  #isFull(): boolean {
    return this.#events.size >= mostWaiting;
  }
}

/** The same for events that are alike. */
function nameOf({ kind, actor, subject, ip, detail }: NewSecurityEvent): string {
  return JSON.stringify([kind, actor, subject, ip, detail]);
}

/** What stands for those of its kind that there was no room for. */
function withoutNames(event: NewSecurityEvent): NewSecurityEvent {
  return { ...event, actor: null, subject: null, ip: null, userAgent: null, detail: { flood: true } };
}
