/** Reads a condition of any form into a test. */
import { type JsonObject, own } from "../json.js";
import { DEEPEST_CONDITION, member, type Reading } from "../definitions/reading.js";
import type { Test } from "../run.js";
import { readBucketTest } from "./bucket-test.js";
import { readClause } from "./clause.js";
import { readFlagTest } from "./flag-test.js";
import { readSegmentTest } from "./segment-test.js";

type Reader = (definition: JsonObject, path: string, reading: Reading, depth: number) => Test;

/** Each form by the member that gives it away. */
const FORMS: Readonly<Record<string, Reader>> = {
  all: (definition, path, reading, depth) =>
    every(readList(definition["all"], member(path, "all"), reading, depth)),
  any: (definition, path, reading, depth) =>
    some(readList(definition["any"], member(path, "any"), reading, depth)),
  not: (definition, path, reading, depth) => {
    const test = read(definition["not"], member(path, "not"), reading, depth);
    return (run) => !test(run);
  },
  segment: readSegmentTest,
  flag: readFlagTest,
  bucket: readBucketTest,
  attribute: readClause,
};
const NAMES = Object.keys(FORMS);

/** What stands in for a condition that cannot be read; its definition is malformed and never evaluated. */
const never: Test = () => false;

export function readCondition(definition: unknown, path: string, reading: Reading): Test {
  return read(definition, path, reading, 0);
}

function read(definition: unknown, path: string, reading: Reading, depth: number): Test {
  const condition = reading.object(definition, path);
  if (condition === undefined) return never;
  const forms = NAMES.filter((name) => own(condition, name) !== undefined);
  const form = FORMS[forms[0] ?? ""];
  if (form === undefined || forms.length !== 1) {
    const got = forms.length === 0 ? "none of them" : forms.join(" and ");
    reading.complain(path, `must have exactly one of ${NAMES.join(", ")}, got ${got}`);
    return never;
  }
  if (depth > DEEPEST_CONDITION) {
    reading.complain(path, `must not nest deeper than ${DEEPEST_CONDITION} levels`);
    return never;
  }
  reading.depth = Math.max(reading.depth, depth);
  return form(condition, path, reading, depth + 1);
}

function readList(definition: unknown, path: string, reading: Reading, depth: number): readonly Test[] {
  return reading.list(definition, path).map((item, index) => read(item, `${path}[${index}]`, reading, depth));
}

function every(tests: readonly Test[]): Test {
  const [first, second] = tests;
  if (first !== undefined && tests.length === 1) return first;
  if (first !== undefined && second !== undefined && tests.length === 2) {
    return (run) => first(run) && second(run);
  }
  return (run) => {
    for (const test of tests) if (!test(run)) return false;
    return true;
  };
}

function some(tests: readonly Test[]): Test {
  const [first] = tests;
  if (first !== undefined && tests.length === 1) return first;
  return (run) => {
    for (const test of tests) if (test(run)) return true;
    return false;
  };
}
