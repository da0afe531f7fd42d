/** Stores who was exposed to what, and picks up what they did before that was known. */
import type { Transaction } from "../../platform/database/index.js";
import { isUuid } from "../../platform/input.js";
import type { Exposure, JudgedExposure } from "./exposure.js";
import { insertExposures, lockPlace, type TrackingPlace } from "./ingest.store.js";
import { hasDeparted, type Trial, variantAt } from "./trial.js";
import { readTrials } from "./trial.store.js";

/** Trials by id. */
export type Trials = ReadonlyMap<string, Trial>;

/** What was ingested of a batch. */
export interface Ingested {
  readonly accepted: number;
  /** Known already: nothing changed. */
  readonly duplicates: number;
}

/** Locks the environment until the transaction ends, and reads those of its trials. None where the environment is gone. */
export async function openTrials(
  tx: Transaction,
  place: TrackingPlace,
  ids: Iterable<string>,
): Promise<Trials> {
  const wanted = [...new Set(ids)].filter(isUuid);
  return (await lockPlace(tx, place)) ? readTrials(tx, place, wanted) : new Map();
}

/** Whether the trial can take it: it has that epoch, and had not ended by then. */
export function isTakenBy(trial: Trial | undefined, { epoch, at }: Pick<Exposure, "epoch" | "at">): boolean {
  if (trial === undefined || (trial.endedAt !== null && at > trial.endedAt.getTime())) return false;
  return trial.epochs.some((one) => one.epoch === epoch);
}

/** Of a unit the first that arrives counts. The caller holds the lock; see `openTrials`. What no trial takes is left out, and in neither count. */
export async function ingestExposures(
  tx: Transaction,
  place: TrackingPlace,
  trials: Trials,
  exposures: readonly Exposure[],
): Promise<Ingested> {
  const judged = exposures.flatMap((exposure) => {
    const trial = trials.get(exposure.trial);
    return trial !== undefined && isTakenBy(trial, exposure) ? [judge(trial, exposure)] : [];
  });
  const accepted = judged.length === 0 ? 0 : await insertExposures(tx, place, judged);
  return { accepted, duplicates: judged.length - accepted };
}

function judge(trial: Trial, exposure: Exposure): JudgedExposure {
  const slots = trial.epochs.find(({ epoch }) => epoch === exposure.epoch)?.slots ?? [];
  const conflicted = variantAt(slots, exposure.bucket) !== exposure.variant;
  return { ...exposure, conflicted, departed: hasDeparted(trial, exposure) };
}
