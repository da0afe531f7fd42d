/** What becomes of a client that comes with a revision which this instance has not reached: another instance may have been ahead. */
import { isAtLeast, type Reader } from "../ledger/index.js";
import type { Delivery } from "./delivery.js";
import type { Step, Stepped } from "./feed.js";
import { readRevision } from "./revision.js";

/**
 * Whether somebody who holds that revision may be answered from here: at once, or after the ledger was read for those who may know more than
 * this instance. Not while the ledger cannot be read, since they would be told of an older state; but also where the ledger itself turns out
 * to hold no such revision. What is no revision is not ahead.
 */
export function hasReached(
  since: string,
  reader: Pick<Reader, "position" | "reach" | "status">,
): true | Promise<boolean> {
  const target = readRevision(since);
  if (target === null || isAtLeast(reader.position(), target)) return true;
  return reader.reach(target).then(() => reader.status().up);
}

/** What a feed tells somebody who comes: what is `first` told to who holds that revision, or nothing for now. */
export function welcome<Cursor, Event>(
  { reader, hub }: Pick<Delivery, "reader" | "hub">,
  since: string | null,
  first: (since: string | null) => Stepped<Cursor, Event>,
): Stepped<Cursor | string | null, Event> | Promise<Stepped<Cursor | string | null, Event>> {
  const reached = since === null || hasReached(since, reader);
  return reached === true ? first(since) : reached.then((is) => (is ? first(since) : putOff(hub, since)));
}

/** Nothing is told until the ledger can be read again. */
export function putOff<Cursor>(hub: Delivery["hub"], cursor: Cursor): Step<Cursor, never> {
  hub.waits();
  return { cursor, event: undefined };
}
