/** trackExposures: who was shown what, told by those who evaluate by themselves. */
import { bucketOf } from "../../evaluation/index.js";
import type { Transaction } from "../../platform/database/index.js";
import { isKey, isUuid, Mistakes } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import { note } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import type { Exposure } from "./exposure.js";
import { type Ingested, ingestExposures, isTakenBy, openTrials, type Trials } from "./ingest-exposures.js";
import type { TrackingPlace } from "./ingest.store.js";
import { readSlices, sliceOf } from "./slice.js";
import { permitTracking, prover, readSubject, type Subject, type SubjectInput, untimely } from "./subject.js";
import {
  holdSize,
  invalid,
  refusal,
  type Refusal,
  type Rejection,
  sorted,
  type TrackResult,
} from "./track-result.js";
import type { TrackingTools } from "./tracking.js";
import { bucketsOf } from "./trial.js";
import type { UnitOf } from "./unit.js";

export interface TrackExposure extends SubjectInput {
  readonly flagKey: string;
  readonly variant: string;
  /** As the definition names it. */
  readonly experiment: string;
  readonly epoch: number;
  /** Attribute path → value; nothing is known of it. */
  readonly slices?: unknown;
}

export interface TrackExposures {
  readonly exposures: readonly TrackExposure[];
}

const clocksDifferMs = 300_000; // five minutes

interface ReadExposure extends Subject, Pick<TrackExposure, "flagKey" | "variant" | "experiment" | "epoch"> {
  readonly slices: Readonly<Record<string, unknown>>;
}

/**
 * Each exposure is taken or refused by itself; what is taken is stored when this resolves. The bucket is worked out here, so that a client that
 * buckets wrongly shows as a conflict. For CLIENT and SERVER keys, in their environment.
 * Throws UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, BAD_USER_INPUT for more exposures than a call may have, and UNAVAILABLE.
 */
export async function trackExposures(
  tools: TrackingTools,
  caller: Caller,
  { exposures }: TrackExposures,
): Promise<TrackResult> {
  const { delivery, tracking } = tools;
  const place = permitTracking(delivery, caller);
  holdSize("input.exposures", exposures);
  const proves = prover(delivery, caller, place);
  const now = delivery.now();
  const read = sorted(exposures, (exposure) => {
    const one = readExposure(exposure);
    return "code" in one ? one : (untimely(one, now) ?? proves(one, exposure.proof) ?? one);
  });
  if (read.good.length === 0) return { accepted: 0, duplicates: 0, rejected: read.rejected };
  const unitOf = await tracking.keys.of(place.project);
  const { ingested, refused } = await tracking.turns.take(place, async () =>
    note(tools, async (tx) => store(tx, place, read.good, unitOf)),
  );
  const rejected = [...read.rejected, ...refused].sort((a, b) => a.index - b.index);
  return { ...ingested, rejected };
}

async function store(
  tx: Transaction,
  place: TrackingPlace,
  read: readonly (ReadExposure & Pick<Rejection, "index">)[],
  unitOf: UnitOf,
): Promise<{ readonly ingested: Ingested; readonly refused: readonly Rejection[] }> {
  const ids = read.map(({ experiment }) => experiment);
  const trials = await openTrials(tx, place, ids);
  const { good, rejected } = sorted(read, (one) => assign(trials, one, unitOf));
  const refused = rejected.map(({ index, ...why }) => ({ ...why, index: read[index]?.index ?? index }));
  return { ingested: await ingestExposures(tx, place, trials, good), refused };
}

function readExposure(exposure: TrackExposure): ReadExposure | Refusal {
  const mistakes = new Mistakes();
  const { flagKey, variant, experiment, epoch } = exposure;
  if (!isKey(flagKey)) mistakes.add("flagKey", `must be the key of a flag, got ${quote(flagKey)}.`);
  if (!isUuid(experiment)) mistakes.add("experiment", `must be an id, got ${quote(experiment)}.`);
  const subject = readSubject(exposure, mistakes);
  const slices = readSlices("slices", exposure.slices, mistakes);
  return mistakes.isEmpty
    ? { ...subject, flagKey, variant, experiment: experiment.toLowerCase(), epoch, slices }
    : invalid(mistakes);
}

/** The exposure as it is stored, by what the trial says of it. */
function assign(trials: Trials, one: ReadExposure, unitOf: UnitOf): Exposure | Refusal {
  const { experiment, flagKey, variant, epoch, attribute, value, at } = one;
  const trial = trials.get(experiment);
  const slots = trial?.epochs.find((entry) => entry.epoch === epoch)?.slots;
  if (trial === undefined || slots === undefined || trial.flag !== flagKey) {
    return refusal(
      "UNKNOWN_EXPERIMENT",
      `No experiment ${experiment} of flag ${flagKey} has epoch ${epoch}.`,
    );
  }
  if (trial.attribute !== attribute) {
    return refusal("INVALID", `attribute must be ${quote(trial.attribute)}, by which the experiment splits.`);
  }
  if (!slots.some((slot) => slot.variant === variant)) {
    return refusal(
      "UNKNOWN_VARIANT",
      `The experiment does not serve the variant ${quote(variant)} in that epoch.`,
    );
  }
  if (at < trial.startedAt.getTime() - clocksDifferMs) {
    return refusal("INVALID", "at is from before the experiment began.");
  }
  if (!isTakenBy(trial, { epoch, at })) return refusal("ENDED", "The experiment had ended by then.");
  const bucket = bucketOf(trial.id, value, bucketsOf(slots));
  const slice = sliceOf(trial.slices, { targetingKey: null, attributes: one.slices });
  return { trial: trial.id, unit: unitOf(attribute, value), bucket, variant, epoch, at, slice };
}
