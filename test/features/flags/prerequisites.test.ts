import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addRule } from "../../../src/features/flags/add-rule.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import type { PrerequisiteInput } from "../../../src/features/flags/prerequisite-input.js";
import { setPrerequisites } from "../../../src/features/flags/set-prerequisites.js";
import { adminCaller } from "../../support/tools.js";
import { type Fixture, mistakesOf, openFixture, problemOf } from "./settings-fixture.js";

const admin = adminCaller();
let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
  for (const key of ["a", "b", "c", "d", "old"]) await fixture.addFlag(key);
});
afterAll(async () => fixture.opened.close());

async function demand(flagKey: string, prerequisites: PrerequisiteInput[], environment = "staging") {
  return setPrerequisites(fixture.tools, admin, { flagKey, environment, prerequisites });
}

describe("setPrerequisites", () => {
  it("replaces the list", async () => {
    const prerequisites = [{ flagKey: "b", variants: ["on"] }];
    expect((await demand("a", prerequisites)).prerequisites).toEqual(prerequisites);
    expect((await demand("a", [])).prerequisites).toEqual([]);
    expect((await fixture.lastChange("a", "staging")).kind).toBe("flag.prerequisites_set");
  });

  it("names every mistake", async () => {
    await archiveFlag(fixture.tools, admin, { flagKey: "old" });
    const prerequisites = [
      { flagKey: "b", variants: ["on", "v2"] },
      { flagKey: "b", variants: [] },
      { flagKey: "ghost", variants: ["on"] },
      { flagKey: "old", variants: ["on"] },
    ];
    expect(await mistakesOf(demand("a", prerequisites))).toEqual({
      "input.prerequisites[0].variants[1]": 'must be a variant of flag "b" (on, off), got "v2".',
      "input.prerequisites[1].flagKey": 'must be listed once, got "b" again.',
      "input.prerequisites[1].variants": "must have at least 1 entry, got 0.",
      "input.prerequisites[2].flagKey": 'must be an existing flag, got "ghost".',
      "input.prerequisites[3].flagKey": 'must be a flag in use, but "old" is archived.',
    });
  });

  it("refuses a circle with its path, through conditions too, within one environment", async () => {
    await demand("a", [{ flagKey: "b", variants: ["on"] }]);
    const rule = { when: { not: { flag: "c", variants: ["on"] } }, serve: { variant: "on" } };
    await addRule(fixture.tools, admin, { flagKey: "b", environment: "staging", rule });
    expect(
      await mistakesOf(
        demand("c", [
          { flagKey: "d", variants: ["on"] },
          { flagKey: "a", variants: ["on"] },
        ]),
      ),
    ).toEqual({
      "input.prerequisites[1].flagKey": "must not depend on itself: c → a → b → c.",
    });
    expect(await mistakesOf(demand("d", [{ flagKey: "d", variants: ["on"] }]))).toEqual({
      "input.prerequisites[0].flagKey": "must not depend on itself: d → d.",
    });
    await demand("c", [{ flagKey: "a", variants: ["on"] }], "development");
  });

  it("keeps a flag that is required from being archived", async () => {
    await demand("a", [{ flagKey: "b", variants: ["on"] }]);
    expect((await problemOf(archiveFlag(fixture.tools, admin, { flagKey: "b" }))).code).toBe("CONFLICT");
  });
});
