/** Who refers to whom. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findCycle, referencedNodes, referencesOf } from "../../src/evaluation/index.js";
import { booleanFlag } from "./arbitraries.js";

describe("referencesOf", () => {
  it("finds what a flag refers to, however deep", () => {
    const flag = booleanFlag("f", {
      prerequisites: [{ flagKey: "payments", variants: ["v2", "v3"] }],
      rules: [
        {
          id: "a",
          when: {
            all: [
              { segment: "staff" },
              { any: [{ not: { flag: "beta", variants: ["on"] } }, { segment: "vips" }] },
            ],
          },
          serve: { variant: "on" },
        },
        { id: "b", when: { segment: "staff" }, serve: { variant: "on" } },
      ],
    });
    expect(referencesOf(flag)).toEqual({
      flags: [
        { flagKey: "payments", variants: ["v2", "v3"], via: "PREREQUISITE" },
        { flagKey: "beta", variants: ["on"], via: "CONDITION" },
      ],
      segments: ["staff", "vips"],
    });
    expect(referencedNodes(referencesOf(flag))).toEqual([
      "flag:payments",
      "flag:beta",
      "segment:staff",
      "segment:vips",
    ]);
  });

  it("finds what a segment refers to", () => {
    const when = { any: [{ segment: "staff" }, { flag: "beta", variants: ["on"] }] };
    expect(referencedNodes(referencesOf({ key: "s", when }))).toEqual(["flag:beta", "segment:staff"]);
    expect(referencesOf({ key: "s" })).toEqual({ flags: [], segments: [] });
  });
});

describe("findCycle", () => {
  const inGraph = (graph: Record<string, string[]>, ...starts: string[]) =>
    findCycle(starts, (node) => graph[node] ?? []);

  it.each<[string, Record<string, string[]>, string[] | undefined]>([
    ["none", { a: ["b", "c"], b: ["c"], c: ["d"] }, undefined],
    ["itself", { a: ["a"] }, ["a", "a"]],
    ["two", { a: ["b"], b: ["a"] }, ["a", "b", "a"]],
    ["further on", { a: ["b"], b: ["c"], c: ["d"], d: ["b"] }, ["b", "c", "d", "b"]],
    ["not where it is dead", { a: ["b"], b: [], c: ["c"] }, undefined],
    ["after a dead end", { a: ["b", "c"], b: [], c: ["a"] }, ["a", "c", "a"]],
  ])("%s", (_, graph, expected) => {
    expect(inGraph(graph, "a")).toEqual(expected);
  });

  it("goes as deep as there is something", () => {
    const next = (node: string): string[] => [String((Number(node) + 1) % 100_000)];
    expect(findCycle(["0"], next)).toHaveLength(100_001);
    expect(findCycle(["0"], (node) => (node === "99999" ? [] : next(node)))).toBeUndefined();
  });

  it("finds a circle exactly when there is one, and a true one", () => {
    const node = fc.constantFrom<string[]>("a", "b", "c", "d", "e");
    fc.assert(
      fc.property(fc.dictionary(node, fc.uniqueArray(node)), (graph) => {
        const nodes = ["a", "b", "c", "d", "e"];
        const reach = new Map(nodes.map((one) => [one, new Set(graph[one] ?? [])]));
        const widen = (set: Set<string>): void => {
          for (const one of set) for (const far of graph[one] ?? []) set.add(far);
        };
        for (const set of reach.values()) widen(set);
        const cycle = inGraph(graph, ...nodes);
        expect(cycle !== undefined).toBe(nodes.some((one) => reach.get(one)?.has(one)));
        if (cycle === undefined) return;
        expect(cycle.at(-1)).toBe(cycle[0]);
        for (const [index, one] of cycle.slice(1).entries()) expect(graph[cycle[index] ?? ""]).toContain(one);
      }),
      { numRuns: 500 },
    );
  });
});
