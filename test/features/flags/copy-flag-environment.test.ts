import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyFlagEnvironment } from "../../../src/features/flags/copy-flag-environment.js";
import { setPrerequisites } from "../../../src/features/flags/set-prerequisites.js";
import { updateFlagEnvironment } from "../../../src/features/flags/update-flag-environment.js";
import { adminCaller, userCaller } from "../../support/tools.js";
import { type Fixture, mistakesOf, openFixture, problemOf } from "./settings-fixture.js";

const admin = adminCaller();
const promotion = { flagKey: "checkout", from: "staging", to: "production" };
let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
  await fixture.addFlag("checkout");
  await fixture.addFlag("payments");
  await updateFlagEnvironment(fixture.tools, admin, {
    flagKey: "checkout",
    environment: "staging",
    enabled: true,
    rules: [{ gate: { percent: 10 }, serve: { variant: "on" } }],
    fallthrough: {
      split: [
        { variant: "off", percent: 60 },
        { variant: "on", percent: 40 },
      ],
      seed: "s",
    },
    prerequisites: [{ flagKey: "payments", variants: ["on"] }],
  });
});
afterAll(async () => fixture.opened.close());

describe("copyFlagEnvironment", () => {
  it("needs the right and the version of where it writes", async () => {
    const copy = async (caller = admin, input = {}) =>
      problemOf(copyFlagEnvironment(fixture.tools, caller, { ...promotion, ...input }));
    expect((await copy(userCaller("DEVELOPER"))).code).toBe("FORBIDDEN");
    expect((await copy()).code).toBe("PRECONDITION_REQUIRED");
    expect((await copy(admin, { expectedVersion: 2 })).code).toBe("CONFLICT");
    expect((await copy(admin, { from: "moon" })).code).toBe("NOT_FOUND");
  });

  it("copies everything with ids and seeds, and records the target", async () => {
    const source = await fixture.stored("checkout", "staging");
    const copied = await copyFlagEnvironment(fixture.tools, admin, { ...promotion, expectedVersion: 1 });
    const { enabled, offVariant, fallthrough, targets, rules, prerequisites } = source;
    expect(copied).toMatchObject({ enabled, offVariant, fallthrough, targets, rules, prerequisites });
    expect(copied).toMatchObject({ environment: "production", version: 2 });
    expect((await fixture.lastChange("checkout", "production")).kind).toBe("flag.environment_copied");
    expect(await fixture.stored("checkout", "staging")).toEqual(source);
  });

  it("refuses to close a circle there, and to copy onto itself", async () => {
    const prerequisites = [{ flagKey: "checkout", variants: ["on"] }];
    const development = { flagKey: "payments", environment: "development", prerequisites };
    await setPrerequisites(fixture.tools, admin, development);
    expect(
      await mistakesOf(copyFlagEnvironment(fixture.tools, admin, { ...promotion, to: "development" })),
    ).toEqual({ "input.from": "must not depend on itself: checkout → payments → checkout." });
    expect(
      await mistakesOf(copyFlagEnvironment(fixture.tools, admin, { ...promotion, to: "staging" })),
    ).toEqual({
      "input.to": "must differ from `from`.",
    });
  });
});
