/** Membership of a segment. */
import { member, type Reading } from "../definitions/reading.js";
import type { JsonObject } from "../json.js";
import type { Test } from "../run.js";

export function readSegmentTest(definition: JsonObject, path: string, reading: Reading): Test {
  const key = reading.string(definition["segment"], member(path, "segment"));
  if (key === undefined) return () => false;
  reading.noteSegment(key);
  return (run) => run.isMember(key);
}
