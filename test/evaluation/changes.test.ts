/** What a change touches, and what the clock changes. */
import { describe, expect, it } from "vitest";
import {
  apply,
  changedFlags,
  compile,
  type Condition,
  definitions,
  deltaBetween,
  type Flag,
  flagDefinitions,
  mentionedAttributes,
  nextChange,
  segmentDefinitions,
  turningFlags,
  type RulesetDelta,
  type RulesetPart,
  type Segment,
} from "../../src/evaluation/index.js";
import { booleanFlag, rulesetOf } from "./arbitraries.js";

const when = (condition: Condition): Partial<Flag> => ({
  rules: [{ id: "r", when: condition, serve: { variant: "on" } }],
});
const put = (part: Partial<RulesetPart>): RulesetDelta => ({
  put: { flags: [], segments: [], ...part },
  remove: { flags: [], segments: [] },
});

const flags = [
  booleanFlag("base"),
  booleanFlag("needs-base", { prerequisites: [{ flagKey: "base", variants: ["on"] }] }),
  booleanFlag("looks-at-it", when({ not: { flag: "needs-base", variants: ["on"] } })),
  booleanFlag("for-staff", when({ segment: "staff" })),
  booleanFlag("needs-staff", { prerequisites: [{ flagKey: "for-staff", variants: ["on"] }] }),
  booleanFlag("alone"),
];
const segments: Segment[] = [
  { key: "people", included: ["alice"] },
  { key: "staff", when: { segment: "people" } },
];
const snapshot = compile(rulesetOf(flags, segments));

describe("changedFlags", () => {
  it.each<[string, RulesetDelta, string[]]>([
    [
      "a flag that others depend on",
      put({ flags: [booleanFlag("base")] }),
      ["base", "looks-at-it", "needs-base"],
    ],
    ["a flag in the middle", put({ flags: [booleanFlag("needs-base")] }), ["looks-at-it", "needs-base"]],
    ["a flag that nothing depends on", put({ flags: [booleanFlag("alone")] }), ["alone"]],
    ["a new flag", put({ flags: [booleanFlag("new")] }), ["new"]],
    ["a nested segment", put({ segments: [{ key: "people" }] }), ["for-staff", "needs-staff"]],
    ["a segment nobody uses", put({ segments: [{ key: "nobody" }] }), []],
    ["nothing", put({ flags, segments }), []],
  ])("%s", (_, delta, expected) => {
    const after = apply(snapshot, delta);
    expect([...changedFlags(snapshot, after)].sort()).toEqual(expected);
    expect([...changedFlags(after, snapshot)].sort()).toEqual(expected);
  });

  it("follows references that came and went", () => {
    const linked = apply(snapshot, put({ flags: [booleanFlag("alone", when({ segment: "people" }))] }));
    const edited = apply(linked, put({ segments: [{ key: "people", included: ["bob"] }] }));
    expect([...changedFlags(linked, edited)].sort()).toEqual(["alone", "for-staff", "needs-staff"]);
    const unlinked = apply(edited, put({ flags: [booleanFlag("alone")] }));
    const again = apply(unlinked, put({ segments: [{ key: "people" }] }));
    expect([...changedFlags(unlinked, again)].sort()).toEqual(["for-staff", "needs-staff"]);
  });

  it("takes removals for changes, and a missing flag for something to wait for", () => {
    const gone = apply(snapshot, {
      put: { flags: [], segments: [] },
      remove: { flags: ["base", "nowhere"], segments: [] },
    });
    expect([...changedFlags(snapshot, gone)].sort()).toEqual(["base", "looks-at-it", "needs-base"]);
    const back = apply(gone, put({ flags: [booleanFlag("base")] }));
    expect([...changedFlags(gone, back)].sort()).toEqual(["base", "looks-at-it", "needs-base"]);
  });

  it("compares unrelated snapshots by the identity of their definitions", () => {
    const other = compile(rulesetOf([...flags.slice(1), booleanFlag("base")], segments));
    expect([...changedFlags(snapshot, other)].sort()).toEqual(["base", "looks-at-it", "needs-base"]);
    expect(changedFlags(snapshot, compile(rulesetOf(flags, segments))).size).toBe(0);
  });
});

describe("definitions", () => {
  it("come back as the very objects that went in, in the order of their keys", () => {
    const { flags: served, segments: groups } = definitions(snapshot);
    expect(served.map(({ key }) => key)).toEqual([
      "alone",
      "base",
      "for-staff",
      "looks-at-it",
      "needs-base",
      "needs-staff",
    ]);
    for (const flag of flags) expect(served).toContain(flag);
    expect(groups).toEqual(segments);
  });

  it("are given one by one as they were, whatever is applied between two of them", () => {
    const served = flagDefinitions(snapshot);
    const first = served.next().value;
    apply(snapshot, { put: { flags: [], segments: [] }, remove: { flags: ["base"], segments: ["staff"] } });
    expect([first, ...served]).toEqual(definitions(snapshot).flags);
    expect(segmentDefinitions(snapshot)).toEqual(segments);
  });

  it("make deltas", () => {
    const base = booleanFlag("base", { enabled: false });
    const after = apply(snapshot, {
      ...put({ flags: [base] }),
      remove: { flags: ["alone"], segments: ["staff"] },
    });
    expect(deltaBetween(snapshot, after)).toEqual({
      put: { flags: [base], segments: [] },
      remove: { flags: ["alone"], segments: ["staff"] },
    });
    expect(deltaBetween(after, after)).toEqual({
      put: { flags: [], segments: [] },
      remove: { flags: [], segments: [] },
    });
  });
});

describe("mentionedAttributes", () => {
  it("are the attributes of the request that are looked up, wherever", () => {
    const asks = (attribute: string): Condition => ({ attribute, operator: "EXISTS" });
    const some = compile(
      rulesetOf(
        [
          booleanFlag("a", when({ any: [asks("request.country"), asks("request.time"), asks("country")] })),
          booleanFlag("b", { targets: [{ variant: "on", attribute: "request.device", values: ["bot"] }] }),
          booleanFlag("c", {
            fallthrough: { split: [{ variant: "on", weight: 1 }], bucketing: { by: ["request.ip"] } },
          }),
          booleanFlag("d", when({ bucket: { by: ["request.os"], seed: "s" }, from: 0, to: 1 })),
        ],
        [{ key: "s", when: { not: asks("request.country") } }],
      ),
    );
    expect([...mentionedAttributes(some)].sort()).toEqual([
      "request.country",
      "request.device",
      "request.ip",
      "request.os",
    ]);
    const fewer = apply(some, {
      ...put({ flags: [booleanFlag("a")] }),
      remove: { flags: ["b"], segments: [] },
    });
    expect([...mentionedAttributes(fewer)].sort()).toEqual(["request.country", "request.ip", "request.os"]);
  });
});

describe("nextChange", () => {
  const at = Date.parse("2026-06-01T12:00:00Z");
  const instants = (condition: Condition): number[] => {
    const one = compile(rulesetOf([booleanFlag("f", when(condition))]));
    const found: number[] = [];
    for (let next = nextChange(one, at - 1e10); next !== undefined; next = nextChange(one, next)) {
      found.push(next - at);
    }
    return found;
  };
  const clock = (
    operator: "BEFORE" | "AFTER" | "GT" | "GTE" | "LT" | "LTE" | "EQUALS" | "CONTAINS",
    value: unknown,
  ): Condition => ({
    attribute: "request.time",
    operator,
    values: [value],
  });

  it.each<[string, Condition, number[]]>([
    ["before an instant, it is reached", clock("BEFORE", "2026-06-01T12:00:00Z"), [0]],
    ["after an instant, it has passed", clock("AFTER", "2026-06-01T12:00:00Z"), [1]],
    ["a window", { all: [{ not: clock("BEFORE", at) }, clock("BEFORE", at + 5)] }, [0, 5]],
    [
      "numbers",
      { any: [clock("GT", at), clock("GTE", at + 10), clock("LT", at + 20), clock("LTE", at + 30)] },
      [1, 10, 20, 31],
    ],
    ["one millisecond", clock("EQUALS", at), [0, 1]],
    ["never", clock("CONTAINS", "12"), []],
    ["beyond all clocks", clock("GT", 1e300), []],
    ["not the clock", { attribute: "born", operator: "BEFORE", values: ["2026-06-01"] }, []],
    ["the same twice", { all: [clock("BEFORE", at), clock("BEFORE", "2026-06-01T14:00:00+02:00")] }, [0]],
  ])("%s", (_, condition, expected) => {
    expect(instants(condition)).toEqual(expected);
  });

  it("keeps up with changes, for segments too", () => {
    const one = compile(
      rulesetOf([booleanFlag("f", when(clock("BEFORE", at)))], [{ key: "s", when: clock("BEFORE", at + 9) }]),
    );
    const twice = apply(one, put({ flags: [booleanFlag("g", when(clock("BEFORE", at)))] }));
    const once = apply(twice, { ...put({}), remove: { flags: ["f"], segments: [] } });
    const none = apply(once, { ...put({}), remove: { flags: ["g"], segments: [] } });
    expect([one, twice, once, none].map((version) => nextChange(version, 0))).toEqual([at, at, at, at + 9]);
    expect(nextChange(none, at + 9)).toBeUndefined();
  });

  it("touches the flags that have an instant in between, and what depends on them", () => {
    const needs = booleanFlag("needs", { prerequisites: [{ flagKey: "f", variants: ["on"] }] });
    const inSegment = booleanFlag("g", when({ segment: "s" }));
    const flags = [booleanFlag("f", when(clock("BEFORE", at))), needs, inSegment, booleanFlag("plain")];
    const some = compile(rulesetOf(flags, [{ key: "s", when: clock("BEFORE", at + 9) }]));
    const touched = (from: number, to: number): string[] =>
      [...turningFlags(some, at + from, at + to)].sort();
    expect(touched(-2, -1)).toEqual([]);
    expect(touched(-1, 0)).toEqual(["f", "needs"]);
    expect(touched(0, 8)).toEqual([]);
    expect(touched(8, 9)).toEqual(["g"]);
    expect(touched(-1, 9)).toEqual(["f", "g", "needs"]);
  });
});
