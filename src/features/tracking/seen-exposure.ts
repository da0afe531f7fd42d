/** What an answer shows of a trial, as it waits in memory: whom it was for still stands in it, so it goes nowhere else before it is hashed. */
import { bucketingValue, type Participation, type Resolution } from "../../evaluation/index.js";
import type { AnsweredQuestion } from "../delivery/index.js";
import { isEvaluationKey } from "../permissions/index.js";
import type { Exposure } from "./exposure.js";
import type { TrackingPlace } from "./ingest.store.js";
import { sliceOf } from "./slice.js";
import { namesNobody } from "./subject.js";
import type { UnitOf } from "./unit.js";

export interface SeenExposure extends Omit<Exposure, "unit"> {
  readonly place: TrackingPlace;
  /** Path of the attribute. */
  readonly attribute: string;
  /** Whom it was for, as bucketing spells it. */
  readonly value: string;
}

/** Whether the question was one whose answers show somebody something: asked with a CLIENT or SERVER key, and not in advance. */
export function exposes({ exposes: isShown, caller }: AnsweredQuestion): boolean {
  return isShown && isEvaluationKey(caller.identity);
}

/** undefined: the answer was not chosen by a trial, or was for nobody in particular. Slices are for `withSlice`. */
export function seenIn(
  { place, context, now }: AnsweredQuestion,
  { experiment, reason, variant, bucket }: Resolution,
): SeenExposure | undefined {
  if (experiment === undefined || reason !== "SPLIT" || variant === undefined || bucket === undefined) {
    return undefined;
  }
  const value = bucketingValue(context, experiment.by);
  if (value === undefined || namesNobody(value)) return undefined;
  const { id: trial, epoch, by: attribute } = experiment;
  return { place, trial, epoch, attribute, value, variant, bucket, at: now, slice: null };
}

/** With the attributes that results are told apart by. */
export function withSlice(
  seen: SeenExposure,
  { context }: AnsweredQuestion,
  { slices }: Participation,
): SeenExposure {
  return { ...seen, slice: sliceOf(slices, context) };
}

/** Without whom it was for. */
export function hashed({ place: _place, attribute, value, ...seen }: SeenExposure, unitOf: UnitOf): Exposure {
  return { ...seen, unit: unitOf(attribute, value) };
}
