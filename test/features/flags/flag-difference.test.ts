import { describe, expect, test } from "vitest";
import type { Flag } from "../../../src/features/flags/flag.js";
import { altersAnswers, flagDifference, revertFlag } from "../../../src/features/flags/flag-difference.js";

const on = { key: "on", name: null, description: null, value: true };
const off = { key: "off", name: null, description: null, value: false };
const flag: Flag = {
  id: "00000000-0000-4000-8000-000000000009",
  project: "default",
  key: "checkout",
  name: "Checkout",
  description: null,
  type: "BOOLEAN",
  kind: "RELEASE",
  tags: ["shop"],
  ownerId: null,
  variants: [on, off],
  valueSchema: null,
  clientVisible: true,
  archived: false,
  version: 1,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};

/** What changes `flag` into `next`. */
function differenceTo(next: Partial<Flag>) {
  const difference = flagDifference(flag, { ...flag, ...next });
  if (difference === null) throw new Error("nothing differs");
  return difference;
}

describe("the difference", () => {
  test("of equal flags is null, whatever the order of members", () => {
    expect(flagDifference(flag, { ...flag, version: 2, variants: [{ ...on }, { ...off }] })).toBeNull();
  });

  test("has the members that changed and no others", () => {
    expect(differenceTo({ name: "New", tags: [] })).toEqual({
      before: { name: "Checkout", tags: ["shop"] },
      after: { name: "New", tags: [] },
    });
  });

  test("has the variants that changed, came and went", () => {
    const maybe = { key: "maybe", name: null, description: null, value: true };
    expect(differenceTo({ variants: [{ ...on, name: "On" }, maybe] })).toEqual({
      before: { variants: { on: { ...on, position: 0 }, off: { ...off, position: 1 }, maybe: null } },
      after: {
        variants: { on: { ...on, name: "On", position: 0 }, off: null, maybe: { ...maybe, position: 1 } },
      },
    });
  });
});

describe("answers are altered", () => {
  test.each<[string, Partial<Flag>]>([
    ["the schema", { valueSchema: { type: "boolean" } }],
    ["the visibility", { clientVisible: false }],
    ["archiving", { archived: true }],
    ["a value", { variants: [on, { ...off, value: true }] }],
  ])("by %s", (_what, next) => {
    expect(altersAnswers(differenceTo(next))).toBe(true);
  });

  test.each<[string, Partial<Flag>]>([
    [
      "name, description, kind, tags and owner",
      { name: "N", description: "D", kind: "CONFIG", tags: [], ownerId: "x" },
    ],
    ["a variant's name", { variants: [{ ...on, name: "On" }, off] }],
    ["a variant that comes", { variants: [on, off, { ...on, key: "maybe" }] }],
    ["a variant that goes", { variants: [on] }],
  ])("not by %s", (_what, next) => {
    expect(altersAnswers(differenceTo(next))).toBe(false);
  });
});

describe("taking a change back", () => {
  test("restores what it altered and keeps what came later", () => {
    const difference = differenceTo({ name: "New", variants: [{ ...on, value: false }, off] });
    const later = { ...flag, name: "New", tags: ["later"], variants: [{ ...on, value: false }, off] };
    expect(revertFlag(later, difference)).toEqual({ flag: { ...flag, tags: ["later"] }, conflicts: [] });
  });

  test("puts a variant back where it was, and takes one away that came", () => {
    const removed = differenceTo({ variants: [off] });
    expect(revertFlag({ ...flag, variants: [off] }, removed)).toEqual({ flag, conflicts: [] });
    const added = differenceTo({ variants: [on, off, { ...on, key: "maybe" }] });
    const grown = { ...flag, variants: [on, off, { ...on, key: "maybe" }] };
    expect(revertFlag(grown, added)).toEqual({ flag, conflicts: [] });
  });

  test("names what was altered again since", () => {
    const difference = differenceTo({
      name: "New",
      kind: "CONFIG",
      variants: [{ ...on, value: false }, off],
    });
    const later: Flag = { ...flag, name: "Newer", kind: "CONFIG", variants: [on, off] };
    expect(revertFlag(later, difference).conflicts).toEqual(["name", 'variant "on"']);
  });
});
