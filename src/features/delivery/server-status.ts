/** How this instance is, for those who run it. */
import type { BreakerState } from "../../platform/breaker.js";
import type { BusStatus } from "../../platform/bus/index.js";
import { type Position, type ReaderStatus, revisionOf } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";

/** What only the room as a whole knows. */
interface Instance {
  readonly version: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  readonly ready: boolean;
  readonly database: Pick<Dependency, "kind" | "breaker">;
  readonly position: Position;
  readonly quarantined: number;
  readonly instances: number;
  readonly subscribers: number;
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
  readonly bus: Dependency & {
    /** Doorbells that could not be rung since the start; the others were woken by their polls. */
    readonly failures: number;
  };
  /** Where it stands in the one order of the server. */
  readonly revision: string;
  /** Which history it follows: rises when one was replaced. */
  readonly epoch: number;
  /** Rows of the ledger that were seen but not taken in yet. */
  readonly revisionLag: number;
  /** When the ledger was last read; null before it ever was. */
  readonly lastReadAt: string | null;
  /** Since the start: how often the ledger's history was found replaced. */
  readonly forks: number;
  /** Since the start: how often memory was found to differ from the database. */
  readonly divergences: number;
  /** Definitions that cannot be evaluated as the database has them. */
  readonly quarantined: number;
  /** Servers that run on the database, as far as this one has heard. */
  readonly instances: number;
  /** Live subscriptions. */
  readonly subscribers: number;
}

/** Something this instance leans on. */
export interface Dependency {
  readonly kind: string;
  readonly up: boolean;
  /** When `up` last changed. */
  readonly since: string;
  /** Whether calls get through. */
  readonly breaker: BreakerState;
}

/** Puts together what the reader, the bus and the room know. */
export function statusOf(
  { up, since, stale, lag, lastReadAt, forks, divergences }: ReaderStatus,
  bus: BusStatus,
  { startedAt, database, position, ...instance }: Instance,
): ServerStatus {
  return {
    ...instance,
    startedAt: moment(startedAt),
    stale,
    database: { ...database, up, since: moment(since) },
    bus: { ...bus, since: moment(bus.since) },
    revision: revisionOf(position),
    epoch: position.epoch,
    revisionLag: lag,
    lastReadAt: lastReadAt === null ? null : moment(lastReadAt),
    forks,
    divergences,
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
