/** What the writers were told, to be held against the ledger. */

export interface SentWrite {
  /** Unique; in the ledger as the reason of the change. */
  readonly reason: string;
  /** For people. */
  readonly what: string;
  /** Times that it was sent. */
  attempts: number;
  /** Attempts of which nobody knows what became of them. */
  unknown: number;
  outcome: "pending" | "acknowledged" | "refused";
  /** Whether the history that may have held it was replaced. */
  isAbandoned: boolean;
}

/** What is wrong with the ledger, by what writers were told. */
export interface LedgerFault {
  readonly write: SentWrite;
  readonly what: string;
}

export class WriteLog {
  readonly writes = new Map<string, SentWrite>();
  /** Codes of refusals → how often. */
  readonly refusals = new Map<string, number>();
  /** How often each reason was seen in the ledger. */
  #seen = new Map<string, number>();
  #inFlight = 0;
  #lastSettledAt = 0;

  begin(reason: string, what: string): SentWrite {
    const write: SentWrite = {
      reason,
      what,
      attempts: 0,
      unknown: 0,
      outcome: "pending",
      isAbandoned: false,
    };
    this.writes.set(reason, write);
    return write;
  }

  /** Attempts under way; none of them may come as a surprise to a check. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** When an attempt last ended, by performance.now(). */
  get lastSettledAt(): number {
    return this.#lastSettledAt;
  }

  async attempt<T>(write: SentWrite, send: () => Promise<T>): Promise<T> {
    write.attempts += 1;
    this.#inFlight += 1;
    try {
      return await send();
    } finally {
      this.#inFlight -= 1;
      this.#lastSettledAt = performance.now();
    }
  }

  refused(write: SentWrite, code: string): void {
    write.outcome = "refused";
    this.refusals.set(code, (this.refusals.get(code) ?? 0) + 1);
  }

  /** Rows of the ledger, each once over the life of this log. */
  sawInLedger(reasons: readonly (string | null)[]): void {
    for (const reason of reasons) {
      if (reason !== null) this.#seen.set(reason, (this.#seen.get(reason) ?? 0) + 1);
    }
  }

  /** The ledger is another one, to be seen from its beginning; what it was told meanwhile may be gone with the old one. */
  historyReplaced(): void {
    this.#seen = new Map();
    for (const write of this.writes.values()) write.isAbandoned = true;
  }

  /** `acknowledged`: those that were so before the ledger was read. */
  faults(acknowledged: ReadonlySet<SentWrite>): LedgerFault[] {
    const found: LedgerFault[] = [];
    for (const write of this.writes.values()) {
      const times = this.#seen.get(write.reason) ?? 0;
      if (times > 1) found.push({ write, what: `done ${times} times` });
      if (times === 0 && acknowledged.has(write) && !write.isAbandoned) {
        found.push({ write, what: "acknowledged, and not in the ledger" });
      }
      if (times > 0 && write.outcome === "refused" && write.unknown === 0) {
        found.push({ write, what: "refused, and in the ledger" });
      }
    }
    return found;
  }

  acknowledged(): ReadonlySet<SentWrite> {
    return new Set([...this.writes.values()].filter(({ outcome }) => outcome === "acknowledged"));
  }
}
