/** The port through which instances wake each other, and know together who comes too often. */
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
  readonly status: () => BusStatus;
  /** Safe to call twice. Nothing is heard afterwards. */
  readonly close: () => Promise<void>;
}
