import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addVariant } from "../../../src/features/flags/add-variant.js";
import { removeVariant } from "../../../src/features/flags/remove-variant.js";
import { setFlagEnabled } from "../../../src/features/flags/set-flag-enabled.js";
import { updateFlagEnvironment } from "../../../src/features/flags/update-flag-environment.js";
import { updateVariant } from "../../../src/features/flags/update-variant.js";
import { adminCaller, userCaller } from "../../support/tools.js";
import { type Fixture, mistakesOf, openFixture, problemOf, sidesOf } from "./settings-fixture.js";

const admin = adminCaller();
const developer = userCaller("DEVELOPER");
let fixture: Fixture;

const colours = {
  type: "STRING",
  variants: [
    { key: "red", value: "#f00" },
    { key: "green", value: "#0f0" },
    { key: "blue", value: "#00f" },
  ],
} as const;

beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(async () => fixture.opened.close());

const versionOf = async (flag: string) => (await fixture.stored(flag, "production")).version;

describe("addVariant", () => {
  it("adds it at the end, served nowhere, and records it", async () => {
    await fixture.addFlag("grow", colours);
    const variant = { key: "black", name: "Black", value: "#000" };
    const flag = await addVariant(fixture.tools, developer, { flagKey: "grow", variant });
    expect(flag.version).toBe(2);
    expect(flag.variants.at(-1)).toEqual({ ...variant, description: null });
    const change = await fixture.lastChange("grow");
    expect(change.kind).toBe("flag.variant_added");
    expect(sidesOf(change)).toEqual({
      before: { variants: { black: null } },
      after: { variants: { black: { ...variant, description: null, position: 3 } } },
    });
    expect(await versionOf("grow")).toBe(1);
  });

  it("refuses a key that is taken in whatever case, and a bad value", async () => {
    await fixture.addFlag("full", { ...colours, valueSchema: { maxLength: 4 } });
    const add = async (variant: { key: string; value: unknown }) =>
      addVariant(fixture.tools, admin, { flagKey: "full", variant });
    expect(await problemOf(add({ key: "RED", value: "#f00" }))).toMatchObject({
      code: "ALREADY_EXISTS",
      message: 'Variant "RED" exists already.',
    });
    expect(await mistakesOf(add({ key: "", value: 5 }))).toEqual({
      "input.variant.key": expect.stringContaining("must be 1 to 128") as unknown,
      "input.variant.value": "must be a string, got 5.",
    });
    expect(await mistakesOf(add({ key: "long", value: "#12345" }))).toEqual({
      "input.variant.value": 'must NOT have more than 4 characters, got "#12345".',
    });
  });
});

describe("updateVariant", () => {
  it("changes its value in every environment, and raises the versions there", async () => {
    await fixture.addFlag("paint", colours);
    const input = { flagKey: "paint", variant: "green", value: "#080", name: "Green" };
    const flag = await updateVariant(fixture.tools, admin, input);
    expect(flag.variants.map(({ key }) => key)).toEqual(["red", "green", "blue"]);
    expect(flag.variants[1]).toMatchObject({ value: "#080", name: "Green" });
    expect(await versionOf("paint")).toBe(2);
    expect(sidesOf(await fixture.lastChange("paint"))).toMatchObject({
      before: { variants: { green: { value: "#0f0", name: null } } },
      after: { variants: { green: { value: "#080", name: "Green" } } },
    });
  });

  it("changes a name without raising the versions there, and clears it", async () => {
    await fixture.addFlag("label", colours);
    const input = { flagKey: "label", variant: "red" };
    await updateVariant(fixture.tools, admin, { ...input, name: "Red", description: "Loud" });
    expect(await versionOf("label")).toBe(1);
    const flag = await updateVariant(fixture.tools, admin, { ...input, name: null, description: null });
    expect(flag.variants[0]).toEqual({ key: "red", name: null, description: null, value: "#f00" });
    expect(flag.version).toBe(3);
  });

  it("refuses null, values of another type and unknown variants", async () => {
    await fixture.addFlag("firm", colours);
    const change = async (variant: string, value: unknown) =>
      updateVariant(fixture.tools, admin, { flagKey: "firm", variant, value });
    expect(await mistakesOf(change("red", null))).toEqual({ "input.value": "must be a string, got null." });
    expect(await mistakesOf(change("red", "a\0"))).toEqual({
      "input.value": expect.stringContaining("without NUL") as unknown,
    });
    expect(await problemOf(change("pink", "#fcc"))).toMatchObject({
      code: "NOT_FOUND",
      message: 'Variant "pink" was not found.',
    });
  });

  it("needs MANAGER and a version for a value that production may serve, and neither for a name", async () => {
    await fixture.addFlag("served", colours);
    const place = { flagKey: "served", environment: "production" };
    await setFlagEnabled(fixture.tools, admin, { ...place, enabled: true, expectedVersion: 1 });
    const input = { flagKey: "served", variant: "red" };
    const value = "#e00";
    expect((await problemOf(updateVariant(fixture.tools, developer, { ...input, value }))).code).toBe(
      "FORBIDDEN",
    );
    expect(await problemOf(updateVariant(fixture.tools, admin, { ...input, value }))).toMatchObject({
      code: "PRECONDITION_REQUIRED",
      details: { currentVersion: 1 },
    });
    await updateVariant(fixture.tools, developer, { ...input, name: "Red" });
    const flag = await updateVariant(fixture.tools, admin, { ...input, value, expectedVersion: 2 });
    expect(flag.version).toBe(3);
  });
});

describe("removeVariant", () => {
  const remove = async (flagKey: string, variant: string) =>
    removeVariant(fixture.tools, developer, { flagKey, variant });

  it("removes one that nobody serves, and records what it was", async () => {
    await fixture.addFlag("shrink", colours);
    const flag = await remove("shrink", "green");
    expect(flag.variants.map(({ key }) => key)).toEqual(["red", "blue"]);
    const change = await fixture.lastChange("shrink");
    expect(change.kind).toBe("flag.variant_removed");
    expect(sidesOf(change)).toEqual({
      before: {
        variants: { green: { key: "green", name: null, description: null, value: "#0f0", position: 1 } },
      },
      after: { variants: { green: null } },
    });
    expect((await problemOf(remove("shrink", "green"))).code).toBe("NOT_FOUND");
  });

  it("refuses one that is served, with the list of places", async () => {
    await fixture.addFlag("busy", colours);
    await updateFlagEnvironment(fixture.tools, admin, {
      flagKey: "busy",
      environment: "staging",
      targets: [{ variant: "blue", attribute: "targetingKey", values: ["user-1"] }],
      rules: [
        { id: "r1", name: "Half", serve: { split: [{ variant: "blue", percent: 50 }, { percent: 50 }] } },
        { id: "r2", serve: { variant: "green" } },
      ],
    });
    expect(await problemOf(remove("busy", "blue"))).toMatchObject({
      code: "CONFLICT",
      message: 'Variant "blue" of flag "busy" is used by a target in staging and rule "Half" in staging.',
    });
    expect((await problemOf(remove("busy", "green"))).message).toContain('is used by rule "r2" in staging.');
    expect((await problemOf(remove("busy", "red"))).message).toBe(
      'Variant "red" of flag "busy" is used by the off variant in development, the fallthrough in development, ' +
        "the off variant in production, the fallthrough in production, the off variant in staging and the fallthrough in staging.",
    );
  });

  it("refuses one that another flag asks for", async () => {
    await fixture.addFlag("wanted", colours);
    const prerequisites = [{ flagKey: "wanted", variants: ["blue"] }];
    const rules = [{ when: { flag: "wanted", variants: ["green", "blue"] }, serve: { variant: "on" } }];
    await fixture.addFlag("wants", {
      environments: [
        { environment: "staging", prerequisites },
        { environment: "development", rules },
      ],
    });
    expect((await problemOf(remove("wanted", "blue"))).message).toBe(
      'Variant "blue" of flag "wanted" is used by flag "wants" in development and flag "wants" in staging.',
    );
    expect((await problemOf(remove("wanted", "green"))).message).toContain('flag "wants" in development.');
  });

  it("refuses the last", async () => {
    await fixture.addFlag("single", { type: "NUMBER", variants: [{ key: "one", value: 1 }] });
    expect(await problemOf(remove("single", "one"))).toMatchObject({
      code: "CONFLICT",
      message: 'Variant "one" is the last of flag "single".',
    });
  });
});
