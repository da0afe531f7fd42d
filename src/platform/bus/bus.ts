/** The port through which instances wake each other, and know together who comes too often. */
import type { BreakerState } from "../breaker.js";
import type { Limits } from "../limits/limits.js";

/**
 * "Somebody committed up to here." It carries no data, so that loss, duplicates and reordering do no harm:
 * whoever hears it reads the ledger.
 */
export interface Doorbell {
  readonly epoch: number;
  readonly seq: number;
}

export interface BusStatus {
  readonly kind: "in-process" | "redis";
  readonly up: boolean;
  /** When `up` last changed, in epoch milliseconds. */
  readonly since: number;
  /** Doorbells that could not be rung since the start. */
  readonly failures: number;
  /** Whether calls get through, or fail at once because nobody answered. */
  readonly breaker: BreakerState;
}

/** A few bytes that all instances of an installation see, and may lose at any time. Everything rejects where it takes long. */
export interface SharedStore {
  readonly get: (name: string) => Promise<Buffer | null>;
  /** It is forgotten after so many milliseconds. */
  readonly set: (name: string, bytes: Buffer, forMs: number) => Promise<void>;
  /** Lets it last that long from now on, if it is still there. */
  readonly prolong: (name: string, forMs: number) => Promise<void>;
  /** True for one instance, once in so many milliseconds. */
  readonly claim: (name: string, forMs: number) => Promise<boolean>;
}

/** Ends a subscription; calling it twice is harmless. */
export type Unsubscribe = () => void;

export interface Bus {
  /** Wakes every listener of every instance, this one's included. Never rejects and never takes long: a failure is counted. */
  readonly ring: (doorbell: Doorbell) => Promise<void>;
  readonly onRing: (listener: (doorbell: Doorbell) => void) => Unsubscribe;
  /** Called whenever the bus hears again after it did not: what was rung meanwhile is lost. */
  readonly onReady: (listener: () => void) => Unsubscribe;
  readonly limits: Limits;
  /** null where instances share nothing. */
  readonly shared: SharedStore | null;
  readonly status: () => BusStatus;
  /** Safe to call twice. Nothing is heard afterwards. */
  readonly close: () => Promise<void>;
}
