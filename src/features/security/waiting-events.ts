/** Events that wait to be written: alike ones are counted instead of kept, and there is a bound to how many may wait. */
import type { NewSecurityEvent } from "./security-event.js";

const mostWaiting = 1_000; // different ones

export class WaitingEvents {
  #events = new Map<string, NewSecurityEvent>();
  #dropped = 0;

  add(event: NewSecurityEvent): void {
    const { kind, actor, subject, ip, detail } = event;
    const alike = JSON.stringify([kind, actor, subject, ip, detail]);
    const known = this.#events.get(alike);
    if (known !== undefined) {
      this.#events.set(alike, { ...known, occurrences: known.occurrences + event.occurrences });
    } else if (this.#events.size < mostWaiting) this.#events.set(alike, event);
    else this.#dropped += event.occurrences;
  }

  /** Everything that waits, oldest first, and how many there was no room for. Nothing waits afterwards. */
  take(): { readonly events: readonly NewSecurityEvent[]; readonly dropped: number } {
    const taken = { events: [...this.#events.values()], dropped: this.#dropped };
    this.#events = new Map();
    this.#dropped = 0;
    return taken;
  }

  /** Takes back what could not be written; it goes before what has come since. */
  giveBack(events: readonly NewSecurityEvent[]): void {
    const { events: since, dropped } = this.take();
    this.#dropped = dropped;
    for (const event of [...events, ...since]) this.add(event);
  }
}
