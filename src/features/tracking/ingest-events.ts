/** Stores what was tracked, and adds it to what each unit did. */
import type { Transaction } from "../../platform/database/index.js";
import type { MetricEvent } from "./exposure.js";
import { insertEvents, lockPlace, type TrackingPlace } from "./ingest.store.js";
import type { Ingested } from "./ingest-exposures.js";

/** An event is known by its day and id; one that comes again changes nothing. null: the environment is gone. */
export async function ingestEvents(
  tx: Transaction,
  place: TrackingPlace,
  events: readonly MetricEvent[],
): Promise<Ingested | null> {
  if (!(await lockPlace(tx, place))) return null;
  const accepted = events.length === 0 ? 0 : await insertEvents(tx, place, events);
  return { accepted, duplicates: events.length - accepted };
}
