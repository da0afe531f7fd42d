import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEnvironment } from "../../../src/features/environments/index.js";
import { furnishEnvironment } from "../../../src/features/flags/furnish-environment.store.js";
import { defaultSettings } from "../../../src/features/flags/flag-settings.js";
import { updateFlagEnvironment } from "../../../src/features/flags/update-flag-environment.js";
import { deleteSegment } from "../../../src/features/segments/delete-segment.js";
import { createSegment } from "../../../src/features/segments/index.js";
import { adminCaller } from "../../support/tools.js";
import { asOwner, measured } from "./owned-fixture.js";
import { type Fixture, openFixture, problemOf } from "./settings-fixture.js";

const admin = adminCaller();
let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
  await createSegment(fixture.tools, admin, { key: "staff" });
  const colours = ["red", "off", "blue"].map((key) => ({ key, value: key }));
  await fixture.addFlag("theme", { type: "STRING", variants: colours });
  await fixture.addFlag("checkout");
  await updateFlagEnvironment(fixture.tools, admin, {
    flagKey: "checkout",
    environment: "staging",
    enabled: true,
    offVariant: null,
    rules: [{ id: "r1", when: { segment: "staff" }, serve: { variant: "on" } }],
    prerequisites: [{ flagKey: "theme", variants: ["red"] }],
  });
});
afterAll(async () => fixture.opened.close());

async function create(key: string, copyFrom?: string) {
  return createEnvironment({ ...fixture.tools, furnishEnvironment }, admin, { key, copyFrom });
}

describe("a new environment", () => {
  it("has the settings that new flags start with", async () => {
    await create("preview");
    for (const key of ["theme", "checkout"]) {
      const settings = await fixture.stored(key, "preview");
      const { id: _id, ...started } = await fixture.stored(key, "development");
      expect(settings).toEqual({
        ...started,
        id: settings.id,
        environment: "preview",
        updatedAt: settings.updatedAt,
      });
    }
    const variants = ["red", "off", "blue"].map((key) => ({
      key,
      name: null,
      description: null,
      value: key,
    }));
    expect(await fixture.stored("theme", "preview")).toMatchObject(defaultSettings({ variants }));
  });

  it("has copies of what another environment has, references included", async () => {
    await create("copy", "staging");
    const { id: _id, updatedAt: _updatedAt, ...source } = await fixture.stored("checkout", "staging");
    expect(await fixture.stored("checkout", "copy")).toMatchObject({
      ...source,
      environment: "copy",
      version: 1,
    });
    const problem = await problemOf(deleteSegment(fixture.tools, admin, { segment: "staff" }));
    expect(problem).toMatchObject({
      code: "CONFLICT",
      message: 'Segment "staff" is used by flag "checkout" in copy and staging.',
    });
  });

  it("has no copy of what something owns there, nor of what that refers to", async () => {
    await createSegment(fixture.tools, admin, { key: "buyers" });
    await fixture.addFlag("till");
    const place = { flag: "checkout", environment: "staging" };
    const rule = { ...measured, when: { segment: "buyers" } };
    const { rules } = await asOwner(fixture.tools, place, { rule, position: 1 });
    await asOwner(fixture.tools, { ...place, flag: "till" }, { rule: measured });
    await create("trial", "staging");
    expect(await fixture.stored("checkout", "trial")).toMatchObject({ version: 1, rules: [rules[0]] });
    expect((await fixture.stored("till", "trial")).rules).toEqual([]);
    expect((await fixture.stored("checkout", "staging")).rules).toEqual(rules);
    const problem = await problemOf(deleteSegment(fixture.tools, admin, { segment: "buyers" }));
    expect(problem.message).toBe('Segment "buyers" is used by flag "checkout" in staging.');
    const kept = await problemOf(deleteSegment(fixture.tools, admin, { segment: "staff" }));
    expect(kept.message).toContain("trial");
  });
});
