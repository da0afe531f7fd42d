/** Puts the room together: what reads the ledger, what holds the environments, and whom it wakes. */
import type { Bus } from "../../platform/bus/index.js";
import type { Cipher } from "../../platform/cipher.js";
import type { Database, OpenDatabase } from "../../platform/database/index.js";
import type { Log } from "../../platform/log.js";
import type { Instruments } from "../../platform/metrics.js";
import {
  createReader,
  type Entry,
  type Follower,
  type Position,
  type Reader,
  revisionOf,
} from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import { Heartbeats, Keeping, type KeepingOptions, Life, Snapshots } from "../snapshots/index.js";
import type { OnAnswered } from "./answered.js";
import { type CountAlarm, measureDelivery } from "./delivery-metrics.js";
import { Hub } from "./hub.js";
import { RecentChanges } from "./recent-changes.js";
import { type ServerStatus, statusOf } from "./server-status.js";

/** What the room's use cases and resolvers are given. */
export interface DeliveryTools {
  readonly database: Database;
  readonly delivery: Delivery;
  /** Told what was answered. */
  readonly answered: OnAnswered;
  /** The caller with today's rights: roles as they are now, anonymous once the credential was revoked. Asked at every event of a subscription. */
  readonly recognise: (caller: Caller) => Caller;
}

export interface DeliveryOptions {
  readonly database: Pick<OpenDatabase, "database" | "reserved" | "kind" | "breaker">;
  readonly bus: Bus;
  readonly log: Log;
  readonly metrics: Instruments;
  /** Reads the secrets of context proofs. */
  readonly cipher: Cipher;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Of this server, as it is released. */
  readonly version: string;
  /** Who else follows the ledger; current before the environments are. */
  readonly followers?: readonly Follower[];
  /** Where state is put away, and what of it beside the environments; absent: nowhere. */
  readonly keeping?: KeepingOptions | undefined;
  /** How often memory is compared with the database, ±20 %; a minute unless given. */
  readonly compareEveryMs?: number;
}

export interface Delivery {
  readonly snapshots: Snapshots;
  readonly reader: Reader;
  readonly hub: Hub;
  readonly recent: RecentChanges;
  /** Epoch milliseconds; never goes back. */
  readonly now: () => number;
  /** Where this instance stands in the one order of the server; opaque to clients. */
  readonly revision: () => string;
  /** After each commit: wakes the other instances, and resolves once this one answers by the new state. Never rejects. */
  readonly committed: (position: Position) => Promise<void>;
  /** Throws CONFLICT for a change that another instance would not understand. Asks memory alone. */
  readonly admit: (entry: Pick<Entry, "subjectType" | "after">) => void;
  readonly status: () => ServerStatus;
  /** Lets the door that serves subscriptions say how many there are: many share one listener here. */
  readonly countSubscribersBy: (count: () => number) => void;
  /** Whether the ledger could not be read for so long that a revocation may have been missed. */
  readonly isCutOff: () => boolean;
  /** Whether there is anything to answer by: everything was loaded, or taken up from what was put away. */
  readonly isLoaded: () => boolean;
  /** Loads everything; rejects when the database does not answer. */
  readonly start: () => Promise<void>;
  /** Begins while the database is away, by what was put away; false where there is none, and nothing can be answered before `start`. */
  readonly startAway: () => Promise<boolean>;
  /** Says "not ready" to load balancers from now on; everything still works. */
  readonly drain: () => void;
  /** Safe to call twice. The bus and the database are the caller's to close. */
  readonly close: () => Promise<void>;
}

const cutOffAfterMs = 60_000;

/** Nothing is read before `start`. */
export function createDelivery(options: DeliveryOptions): Delivery {
  const { bus, version } = options;
  const now = steady(options.now);
  const startedAt = now();
  const { snapshots, reader, hub, recent } = createParts(options, now, (alarm) => count(alarm));
  const { database, kind, breaker } = options.database;
  const position = reader.position.bind(reader);
  const heartbeats = new Heartbeats({ database, log: options.log, version, startedAt, position });
  const keeping =
    options.keeping === undefined ? null : new Keeping(options.keeping, { ...options, snapshots, reader });
  if (keeping !== null) reader.onAdvance((changes) => keeping.changed(changes));
  const life = new Life({ bus, reader, heartbeats, keeping });
  let subscribers = (): number => 0;
  const status = (): ServerStatus =>
    statusOf(reader.status(), bus.status(), {
      ...{
        version,
        startedAt,
        ready: life.isReady(),
        database: { kind, breaker: breaker() },
        position: position(),
      },
      quarantined: snapshots.quarantined(),
      instances: heartbeats.count(),
      subscribers: subscribers(),
    });
  const count = measureDelivery(options.metrics, status, now);
  return {
    ...{ snapshots, reader, hub, recent, now, status, admit: heartbeats.admit },
    countSubscribersBy: (counting) => {
      subscribers = counting;
    },
    revision: () => revisionOf(position()),
    committed: async (target) => {
      await reader.reach(target);
      void bus.ring(target); // never rejects; nobody waits for other instances
    },
    isCutOff: () => {
      const knownAt = reader.status().lastReadAt ?? keeping?.asOf() ?? -Infinity;
      return now() - knownAt > cutOffAfterMs;
    },
    ...{ isLoaded: life.isLoaded, start: life.start, startAway: life.startAway, drain: life.drain },
    close: async () => {
      hub.close();
      await life.close();
    },
  };
}

/** What holds the environments, what keeps it in step, and whom it wakes. */
function createParts(options: DeliveryOptions, now: () => number, onAlarm: CountAlarm) {
  const { log, cipher, compareEveryMs, followers = [] } = options;
  const { database, reserved } = options.database;
  const snapshots = new Snapshots(log, cipher);
  const hub = new Hub(snapshots, now);
  const recent = new RecentChanges(database);
  const tools = { database, reserved, log, now, onAlarm, ...(compareEveryMs && { compareEveryMs }) };
  const reader = createReader(tools, [...followers, snapshots]);
  reader.onAdvance((changes) => {
    recent.advanced(changes);
    hub.advanced(changes);
  });
  return { snapshots, reader, hub, recent };
}

/** A clock that never goes back, so that no answer does. */
function steady(now: () => number): () => number {
  let latest = -Infinity;
  return () => (latest = Math.max(latest, now()));
}
