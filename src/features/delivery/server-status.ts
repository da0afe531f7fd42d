/** How this instance is, for those who run it. */
import type { BusStatus } from "../../platform/bus/index.js";
import type { ReaderStatus } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";

/** What only the composition root knows. */
interface Instance {
  readonly version: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly ready: boolean;
}

/** What `serverInfo` needs. */
interface Tools {
  readonly delivery: { readonly status: () => ServerStatus };
}

/** Moments are RFC 3339, UTC. */
export interface ServerStatus {
  readonly version: string;
  readonly startedAt: string;
  /** Whether it has loaded everything and is not closing. */
  readonly ready: boolean;
  /** Whether answers may be old, because the database does not answer. */
  readonly stale: boolean;
  readonly database: Dependency;
  readonly bus: Dependency;
  /** Rows of the ledger that were seen but not taken in yet. */
  readonly revisionLag: number;
}

/** Something this instance leans on. */
export interface Dependency {
  readonly kind: string;
  readonly up: boolean;
  /** When `up` last changed. */
  readonly since: string;
}

/** Puts together what the reader, the bus and the composition root know. */
export function statusOf(
  { up, since, stale, lag }: ReaderStatus,
  databaseKind: string,
  bus: BusStatus,
  { version, startedAt, ready }: Instance,
): ServerStatus {
  return {
    version,
    startedAt: moment(startedAt),
    ready,
    stale,
    database: { kind: databaseKind, up, since: moment(since) },
    bus: { kind: bus.kind, up: bus.up, since: moment(bus.since) },
    revisionLag: lag,
  };
}

/** Throws like `permit`: any role in any project is enough. */
export function serverInfo({ delivery }: Tools, caller: Caller): ServerStatus {
  permit(caller, "server:read");
  return delivery.status();
}

function moment(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
