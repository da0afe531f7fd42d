import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import { loadFlags } from "../../../src/features/flags/flag-definitions.store.js";
import { setRollout } from "../../../src/features/flags/set-rollout.js";
import { adminCaller } from "../../support/tools.js";
import { type Fixture, openFixture } from "./settings-fixture.js";

const admin = adminCaller();
let fixture: Fixture;

beforeAll(async () => {
  fixture = await openFixture();
  await fixture.addFlag("checkout", { tags: ["web"], clientVisible: false });
  await fixture.addFlag("banner", {
    type: "JSON",
    variants: [
      { key: "spring", value: { text: "hello" } },
      { key: "none", value: {} },
    ],
  });
  await fixture.addFlag("old");
  await archiveFlag(fixture.tools, admin, { flagKey: "old" });
  await setRollout(fixture.tools, admin, {
    flagKey: "checkout",
    environment: "staging",
    percent: 25,
    enable: true,
  });
});
afterAll(async () => fixture.opened.close());

async function load(environment: string, keys: readonly string[] | null = null) {
  return loadFlags(fixture.tools.database, "default", environment, keys);
}

describe("loadFlags", () => {
  it("gives every flag of the environment that is not archived, by key, with its tags", async () => {
    const flags = await load("staging");
    expect(flags.map(({ definition, tags }) => [definition.key, tags])).toEqual([
      ["banner", []],
      ["checkout", ["web"]],
    ]);
    expect(flags[0]?.definition).toMatchObject({
      type: "JSON",
      variants: [
        { key: "spring", value: { text: "hello" } },
        { key: "none", value: {} },
      ],
      offVariant: "spring",
      fallthrough: { variant: "spring" },
    });
    expect(flags[1]?.definition).toMatchObject({ version: 2, enabled: true, clientVisible: false });
    expect(flags[1]?.definition.fallthrough).toMatchObject({ bucketing: { seed: "checkout" } });
    expect((await load("development"))[1]?.definition).toMatchObject({ version: 1, enabled: false });
  });

  it("gives those among the keys", async () => {
    expect(
      (await load("staging", ["checkout", "old", "ghost"])).map(({ definition }) => definition.key),
    ).toEqual(["checkout"]);
    expect(await load("staging", [])).toEqual([]);
    expect(await load("moon")).toEqual([]);
  });
});
