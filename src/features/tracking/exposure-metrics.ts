/** The room's figures for operators. */
import type { Instruments } from "../../platform/metrics.js";

/**
 * stored: handed to the database, known ones among them. spilled: put on disk for later. dropped: lost, since there was no room or the database
 * refused them. unclaimed: their trial had ended or is gone.
 */
export type ExposureFate = "stored" | "spilled" | "dropped" | "unclaimed";

export interface TrackingFigures {
  readonly exposures: (fate: ExposureFate, count: number) => void;
  readonly events: (count: number) => void;
  readonly choreFailed: (chore: string) => void;
}

/** `waiting`: how many exposures wait in memory. */
export function measureTracking(metrics: Instruments, waiting: () => number): TrackingFigures {
  const countExposures = metrics.counter(
    "halyard_exposures_total",
    "Exposures that this instance answered, by what became of them",
    "fate",
  );
  const countEvents = metrics.counter("halyard_events_tracked_total", "Events that were tracked and stored");
  const countFailure = metrics.counter(
    "halyard_tracking_chore_failures_total",
    "Runs of the chores of tracking that failed",
    "chore",
  );
  metrics.gauge("halyard_exposures_waiting", "Exposures that wait in memory to be stored", waiting);
  return {
    exposures: (fate, count) => {
      if (count > 0) countExposures({ fate }, count);
    },
    events: (count) => countEvents({}, count),
    choreFailed: (chore) => countFailure({ chore }),
  };
}
