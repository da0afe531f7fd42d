/** track: what people did, to be counted for what they were shown. */
import { isCheckViolation } from "../../platform/database/index.js";
import { isKey, Mistakes, text } from "../../platform/input.js";
import { notFound, quote } from "../../platform/problems.js";
import { note } from "../ledger/index.js";
import type { Caller } from "../permissions/index.js";
import type { MetricEvent } from "./exposure.js";
import type { TrackingPlace } from "./ingest.store.js";
import { ingestEvents } from "./ingest-events.js";
import type { Ingested } from "./ingest-exposures.js";
import { keepDays } from "./keep-days.js";
import { isValue, maxValueDecimals } from "./metric.js";
import { permitTracking, prover, readSubject, type Subject, type SubjectInput, untimely } from "./subject.js";
import { holdSize, invalid, type Refusal, sorted, type TrackResult } from "./track-result.js";
import type { TrackingTools } from "./tracking.js";

export interface TrackEvent extends SubjectInput {
  readonly id: string;
  /** Key of a metric. */
  readonly metric: string;
  /** Absent or null: 1. */
  readonly value?: number | null | undefined;
}

export interface Track {
  readonly events: readonly TrackEvent[];
}

interface ReadEvent extends Subject {
  readonly id: string;
  readonly metric: string;
  readonly number: number;
}

const maxIdLength = 200;

/**
 * Each event is taken or refused by itself; what is taken is stored when this resolves. For CLIENT and SERVER keys, in their environment.
 * Throws UNAUTHENTICATED, FORBIDDEN, NOT_FOUND, BAD_USER_INPUT for more events than a call may have, and UNAVAILABLE.
 */
export async function track(tools: TrackingTools, caller: Caller, { events }: Track): Promise<TrackResult> {
  const { delivery, tracking } = tools;
  const place = permitTracking(delivery, caller);
  holdSize("input.events", events);
  const proves = prover(delivery, caller, place);
  const now = delivery.now();
  const { good, rejected } = sorted(events, (event) => {
    const read = readEvent(event);
    return "code" in read ? read : (untimely(read, now) ?? proves(read, event.proof) ?? read);
  });
  if (good.length === 0) return { accepted: 0, duplicates: 0, rejected };
  const unitOf = await tracking.keys.of(place.project);
  const stored = good.map(({ id, metric, attribute, value, at, number }): MetricEvent => ({
    ...{ id, metric, at, value: number },
    unit: unitOf(attribute, value),
  }));
  const ingested = await tracking.turns.take(place, async () => store(tools, place, stored));
  if (ingested === null) throw notFound("Environment", place.environment);
  tracking.figures.events(ingested.accepted);
  return { ...ingested, rejected };
}

/** Once more where days are missing: a machine that slept for some has not made them. */
async function store(
  tools: TrackingTools,
  place: TrackingPlace,
  events: readonly MetricEvent[],
): Promise<Ingested | null> {
  const { database, delivery } = tools;
  const ingest = async () => note(tools, async (tx) => ingestEvents(tx, place, events));
  try {
    return await ingest();
  } catch (error) {
    if (!isCheckViolation(error)) throw error;
    await keepDays({ database, now: delivery.now });
    return ingest();
  }
}

function readEvent(event: TrackEvent): ReadEvent | Refusal {
  const mistakes = new Mistakes();
  const { metric, value } = event;
  const id = text("id", event.id, mistakes, { min: 1, max: maxIdLength });
  if (!isKey(metric)) mistakes.add("metric", `must be the key of a metric, got ${quote(metric)}.`);
  const number = value ?? 1;
  if (!isValue(number)) {
    const allowed = `a number within ±(2^53 − 1) of at most ${maxValueDecimals} decimals`;
    mistakes.add("value", `must be ${allowed}, got ${String(number)}.`);
  }
  const subject = readSubject(event, mistakes);
  return mistakes.isEmpty ? { ...subject, id, metric, number } : invalid(mistakes);
}
