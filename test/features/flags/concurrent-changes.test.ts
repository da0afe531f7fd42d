import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEnvironment } from "../../../src/features/environments/index.js";
import { furnishEnvironment } from "../../../src/features/flags/index.js";
import { setPrerequisites } from "../../../src/features/flags/set-prerequisites.js";
import { setRollout } from "../../../src/features/flags/set-rollout.js";
import { adminCaller } from "../../support/tools.js";
import { type Fixture, openFixture, problemOf } from "./settings-fixture.js";

const admin = adminCaller();
let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture({}, "postgresql");
  for (const key of ["a", "b", "busy"]) await fixture.addFlag(key);
});
afterAll(async () => fixture.opened.close());

async function demand(flagKey: string, needed: string) {
  const prerequisites = [{ flagKey: needed, variants: ["on"] }];
  return setPrerequisites(fixture.tools, admin, { flagKey, environment: "staging", prerequisites });
}

describe("changes at the same time", () => {
  it("cannot close a circle between them", async () => {
    for (let round = 0; round < 5; round += 1) {
      const outcomes = await Promise.allSettled([demand("a", "b"), demand("b", "a")]);
      const failed = outcomes.filter((outcome) => outcome.status === "rejected");
      expect(failed).toHaveLength(1);
      expect(failed[0]?.reason).toMatchObject({ code: "BAD_USER_INPUT" });
      for (const flagKey of ["a", "b"]) {
        await setPrerequisites(fixture.tools, admin, { flagKey, environment: "staging", prerequisites: [] });
      }
    }
  });

  it("lose no update: who names the version either succeeds or is told of the conflict", async () => {
    const place = { flagKey: "busy", environment: "production", expectedVersion: 1 };
    const writers = Array.from({ length: 16 }, (_, index) =>
      setRollout(fixture.tools, admin, { ...place, percent: index + 1 }),
    );
    const outcomes = await Promise.allSettled(writers);
    const failed = outcomes.filter((outcome) => outcome.status === "rejected");
    expect(failed).toHaveLength(15);
    for (const { reason } of failed) {
      expect(reason).toMatchObject({ code: "CONFLICT", details: { currentVersion: 2 } });
    }
    expect((await fixture.stored("busy", "production")).version).toBe(2);
  });

  it("leave no flag without settings in a new environment", async () => {
    const tools = { ...fixture.tools, furnishEnvironment };
    await Promise.all([
      createEnvironment(tools, admin, { key: "preview", copyFrom: "staging" }),
      ...["c", "d", "e"].map(async (key) => fixture.addFlag(key)),
      createEnvironment(tools, admin, { key: "sandbox" }),
    ]);
    for (const key of ["a", "c", "d", "e"]) {
      expect(await fixture.stored(key, "preview")).toMatchObject({ version: 1 });
      expect(await fixture.stored(key, "sandbox")).toMatchObject({ version: 1 });
    }
    expect((await problemOf(demand("a", "ghost"))).code).toBe("BAD_USER_INPUT");
  });
});
