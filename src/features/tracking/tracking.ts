/** Puts the room's own parts together: what takes note of exposures, what makes units, and what keeps events by days. */
import type { Cipher } from "../../platform/cipher.js";
import { type Database, isLockTimeout } from "../../platform/database/index.js";
import type { Log } from "../../platform/log.js";
import type { Instruments } from "../../platform/metrics.js";
import type { Signer } from "../../platform/signed-lines.js";
import type { DeliveryTools, OnAnswered } from "../delivery/index.js";
import { measureTracking, type TrackingFigures } from "./exposure-metrics.js";
import { ExposureRecorder, type RecorderLimits } from "./exposure-recorder.js";
import { ExposureSpill } from "./exposure-spill.js";
import { keepDays } from "./keep-days.js";
import { Turns } from "./turns.js";
import { UnitKeys } from "./unit-keys.js";

/** What the room's use cases and resolvers are given. */
export interface TrackingTools extends Pick<DeliveryTools, "delivery"> {
  readonly database: Database;
  readonly tracking: Tracking;
}

export interface TrackingOptions {
  readonly database: Database;
  readonly log: Log;
  readonly metrics: Instruments;
  /** Reads the secrets that make units. */
  readonly cipher: Cipher;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Where exposures wait while the database is away; absent: in memory alone. */
  readonly spill?: { readonly folder: string; readonly signer: Signer } | undefined;
  readonly limits?: RecorderLimits;
}

export interface Tracking {
  /** Takes note of who was exposed to what, at once. */
  readonly expose: OnAnswered;
  readonly keys: UnitKeys;
  /** For whoever stores while somebody waits for it. */
  readonly turns: Turns;
  readonly figures: TrackingFigures;
  /** Makes the days that events are kept by, before any is tracked; what waits on disk is stored, and not waited for. */
  readonly start: () => Promise<void>;
  /** Stores what was noted: for whoever reads next. Never rejects. */
  readonly flush: () => Promise<void>;
  /** Stores what was noted and stops; to be closed after whoever answers, and before the database. */
  readonly close: () => Promise<void>;
}

export function createTracking(options: TrackingOptions): Tracking {
  const { database, log, cipher, now, spill, limits } = options;
  const keys = new UnitKeys(database, cipher);
  const disk = spill && new ExposureSpill(spill.folder, spill.signer);
  const figures = measureTracking(options.metrics, () => recorder.waiting);
  const recorder = new ExposureRecorder({ database, log, keys, figures, spill: disk }, limits);
  return {
    expose: recorder.expose,
    ...{ keys, turns: new Turns(), figures },
    start: async () => {
      await keepDays({ database, now }).catch((error: unknown) => {
        if (!isLockTimeout(error)) throw error;
        log.warn({ err: error }, "Days for events could not be made at once; it is tried again.");
      });
      void recorder.flush(); // never rejects
    },
    flush: async () => recorder.flush(),
    close: async () => recorder.close(),
  };
}
