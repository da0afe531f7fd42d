/** Bucket tests: a stable share of the contexts. */
import { MOST_BUCKETS, readBucketing } from "../bucketing/bucketing.js";
import { GRID } from "../bucketing/percent.js";
import { member, type Reading } from "../definitions/reading.js";
import type { JsonObject } from "../json.js";
import type { Run, Test } from "../run.js";

export function readBucketTest(definition: JsonObject, path: string, reading: Reading): Test {
  const bucketing = readBucketing(definition["bucket"], member(path, "bucket"), reading);
  const of = reading.integer(definition["of"] ?? GRID, member(path, "of"), 1, MOST_BUCKETS);
  const to = reading.integer(definition["to"], member(path, "to"), 0, of ?? MOST_BUCKETS);
  const from = reading.integer(definition["from"], member(path, "from"), 0, to ?? MOST_BUCKETS);
  if (bucketing === undefined || of === undefined || to === undefined || from === undefined) {
    return () => false;
  }
  const { by, seed, value: read, bucket: hash } = bucketing;
  const tell = (
    run: Run,
    value: string | undefined,
    bucket: number | undefined,
    result: boolean,
  ): boolean => {
    const message =
      value === undefined
        ? `${by.join(" and ")} is missing, so the gate is closed.`
        : `“${seed}:${value}” falls into bucket ${bucket} of ${of}; the gate lets ${from} to ${to - 1} through, so it is ${result ? "open" : "closed"}.`;
    const hashed = value === undefined ? {} : { input: `${seed}:${value}`, bucket };
    run.trace?.add("GATE", message, { by, ...hashed, from, to, of, result });
    return result;
  };
  return (run) => {
    const value = read(run);
    const bucket = value === undefined ? undefined : hash(value, of);
    const result = bucket !== undefined && bucket >= from && bucket < to;
    return run.trace === undefined ? result : tell(run, value, bucket, result);
  };
}
