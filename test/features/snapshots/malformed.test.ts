import { describe, expect, it } from "vitest";
import {
  changeEnvironment,
  compileEnvironment,
  type LiveEnvironment,
} from "../../../src/features/snapshots/live-environment.js";
import type { Malformed } from "../../../src/features/snapshots/malformed.js";
import { evaluate, type Flag, type Segment } from "../../../src/evaluation/index.js";

const facts = { id: "1", key: "staging", project: "default" } as LiveEnvironment["facts"];
const flag = (key: string, variant = "on", version = 1): Flag => ({
  ...{ key, version, type: "STRING", enabled: true },
  variants: [
    { key: "on", value: "on" },
    { key: "off", value: "off" },
  ],
  fallthrough: { variant },
});

/** A definition at which any reader fails, the compiler included. */
function explosive<T extends Flag | Segment>(definition: T): T {
  const fail = (): never => {
    throw new TypeError("exploded");
  };
  for (const name of ["fallthrough", "when"])
    Object.defineProperty(definition, name, { get: fail, enumerable: true });
  return definition;
}

function environmentOf(flags: readonly Flag[], segments: readonly Segment[] = []) {
  const reports: Malformed[] = [];
  const report = (malformed: Malformed): void => void reports.push(malformed);
  const environment = compileEnvironment({ facts, proofKeys: null }, { flags, segments }, report);
  return { environment, reports, report };
}

const answer = ({ snapshot }: LiveEnvironment, key: string): unknown => {
  const { errorCode, value } = evaluate(snapshot, key, {}, 0);
  return errorCode ?? value;
};

describe("a definition at which the compiler fails", () => {
  it("answers PARSE_ERROR where it never was anything else; the others are taken in", () => {
    const bad = explosive(flag("b"));
    const { environment, reports } = environmentOf([flag("a"), bad, flag("c")], [explosive({ key: "s" })]);
    expect(["a", "b", "c"].map((key) => answer(environment, key))).toEqual(["on", "PARSE_ERROR", "on"]);
    expect(reports).toMatchObject([
      { noun: "flag", key: "b", version: 1 },
      { noun: "segment", key: "s", version: null },
    ]);
    expect([...environment.quarantine]).toEqual([
      ["flag:b", 1],
      ["segment:s", null],
    ]);
  });

  it("stays as it last was; what goes and comes with it goes and comes", () => {
    const { environment, report, reports } = environmentOf([flag("a"), flag("b"), flag("c")]);
    const found = { flags: [explosive(flag("b", "off", 2)), flag("c", "off", 2)], segments: [] };
    const reread = { flagKeys: ["a", "b", "c"], segmentKeys: [], found };
    const changed = changeEnvironment(environment, reread, report);
    expect(["a", "b", "c"].map((key) => answer(changed, key))).toEqual(["FLAG_NOT_FOUND", "on", "off"]);
    expect(reports).toHaveLength(1);
    const mended = {
      flagKeys: ["b"],
      segmentKeys: [],
      found: { flags: [flag("b", "off", 3)], segments: [] },
    };
    const well = changeEnvironment(changed, mended, report);
    expect([answer(well, "b"), well.quarantine.size]).toEqual(["off", 0]);
    const gone = { flagKeys: ["b"], segmentKeys: [], found: { flags: [], segments: [] } };
    expect(changeEnvironment(changed, gone, report).quarantine.size).toBe(0);
  });
});
