import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { staleFlags, type StaleFlagsArguments } from "../../../src/features/analytics/stale-flag.queries.js";
import { explainStaleness, type StaleFacts } from "../../../src/features/analytics/stale-flag.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import type { FlagHolder } from "../../../src/features/projects/index.js";
import type { DatabaseKind } from "../../support/databases.js";
import { testStart, userCaller } from "../../support/tools.js";
import { admin, day, type Fixture, hour, insertHours, openFixture } from "./analytics-fixture.js";

const viewer = userCaller("VIEWER");
/** The flags are made when the clock starts, and looked at 60 days later. */
const now = testStart + 60 * day;

describe.each<DatabaseKind>(["pglite", "postgresql"])("on %s", (kind) => {
  let fixture: Fixture;

  const found = async (args: Partial<StaleFlagsArguments> = {}) => {
    const asked = { environment: "staging", olderThanDays: 30, ...args };
    const page = await staleFlags(fixture.tools, viewer, asked);
    return page.edges.map(({ node }) => node);
  };
  const brief = async (args: Partial<StaleFlagsArguments> = {}): Promise<string[]> =>
    (await found(args)).map(({ flag, staleness }) => `${flag} ${staleness}`);

  beforeAll(async () => {
    fixture = await openFixture(kind);
    const { tools, addFlag } = fixture;
    tools.setClock(now);
    for (const [flag, flagKind] of [
      ["active", "RELEASE"],
      ["config", "CONFIG"],
      ["disabled", "RELEASE"],
      ["gone", "RELEASE"],
      ["kill", "KILL_SWITCH"],
      ["mixed", "EXPERIMENT"],
      ["never", "PERMISSION"],
      ["one", "RELEASE"],
      ["touched", "RELEASE"],
      ["unused", "OPERATIONAL"],
    ] as const) {
      await addFlag(flag, { kind: flagKind });
    }
    await archiveFlag(tools, admin, { flagKey: "gone" });
  });
  afterAll(async () => fixture.close());

  it("says nothing of use before anything was counted", async () => {
    expect(await brief()).toEqual(["active OLD", "disabled OLD", "mixed OLD", "one OLD", "touched OLD"]);
    await insertHours(fixture.database, "one", { from: now - 2 * hour });
    expect(await brief(), "counting began lately").not.toContain("never NEVER_EVALUATED");
  });

  it("finds what was never evaluated, is not any more, or answers everybody alike; by age only what is meant to go", async () => {
    const { database } = fixture;
    const from = testStart;
    await insertHours(database, "active", { from: now - day, variant: "on" });
    await insertHours(database, "active", { from: now - 2 * day, variant: "off" });
    await insertHours(database, "config", { from: now - 40 * day, to: now - hour });
    await insertHours(database, "disabled", {
      from: now - 5 * day,
      variant: "",
      reason: "DISABLED",
      count: 9,
    });
    await insertHours(database, "kill", { from: now - 40 * day, to: now - hour });
    await insertHours(database, "mixed", { from: now - 30 * day, variant: "off" });
    await insertHours(database, "mixed", { from: now - 2 * day, variant: "on" });
    await insertHours(database, "one", { from, to: from + 10 * day, variant: "off" });
    await insertHours(database, "one", { from: now - 40 * day, to: now - 2 * hour, count: 100 });
    await insertHours(database, "touched", { from: now - 40 * day, to: now - hour });
    await insertHours(database, "unused", { from, to: from + 20 * day });
    const changedAt = new Date(now - day).toISOString();
    await database.execute(
      sql`update flag_environments set updated_at = ${changedAt} where flag = 'touched'`,
    );
    expect(await brief()).toEqual([
      "active OLD",
      "disabled ONE_SIDED",
      "mixed OLD",
      "never NEVER_EVALUATED",
      "one ONE_SIDED",
      "touched OLD",
      "unused UNUSED",
    ]);
  });

  it("gives the reason with its numbers, a suggestion, and since when", async () => {
    const all = new Map((await found()).map((stale) => [stale.flag, stale]));
    expect(all.get("one")).toMatchObject({
      since: new Date(testStart + 10 * day - hour / 2),
      lastEvaluatedAt: new Date(now - 1.5 * hour),
      reason:
        'All 71,801 evaluations of the last 30 days answered "on", as since 2026-01-10 (50 days ago), and its settings did not change.',
      suggestion: 'Put the value of "on" in the place of the flag in the code, then archive the flag.',
    });
    expect(all.get("disabled")).toMatchObject({
      since: new Date(testStart),
      reason:
        "All 9 evaluations of the last 30 days gave no value, as since 2026-01-01 (60 days ago), and its settings did not change.",
    });
    expect(all.get("never")).toMatchObject({
      since: new Date(testStart),
      lastEvaluatedAt: null,
      reason: "It was never evaluated here since 2026-01-01 (60 days ago).",
    });
    expect(all.get("unused")).toMatchObject({
      since: new Date(testStart + 20 * day - hour / 2),
      reason: "It was last evaluated here on 2026-01-20 (40 days ago).",
    });
    expect(all.get("mixed")?.suggestion).toContain("Decide for a variant");
  });

  it("looks as far back as it is told", async () => {
    expect(await brief({ olderThanDays: 45 })).not.toContain("unused UNUSED");
    expect(await brief({ olderThanDays: 1 })).toContain("disabled UNUSED");
    expect(await brief({ olderThanDays: 400 })).toEqual([]);
    await expect(brief({ olderThanDays: 401 })).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
    await expect(brief({ olderThanDays: 0 })).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  });

  it("lists page by page, over all environments", async () => {
    const whole = await brief({ environment: null, first: 100 });
    expect(whole.filter((line) => line === "never NEVER_EVALUATED")).toHaveLength(3);
    const pages: string[] = [];
    let after: string | undefined;
    do {
      const args = { olderThanDays: 30, first: 4, after };
      const page = await staleFlags(fixture.tools, viewer, args);
      expect(await page.count()).toBe(whole.length);
      pages.push(...page.edges.map(({ node }) => `${node.flag} ${node.staleness}`));
      after = page.hasNextPage ? page.edges.at(-1)?.cursor : undefined;
    } while (after !== undefined);
    expect(pages).toEqual(whole);
  });

  it("takes a flag that an experiment has under way for one that is in use, and leaves it alone elsewhere", async () => {
    const holder: FlagHolder = {
      ...{ environment: "staging", flag: "one", name: 'experiment "price"', status: "PAUSED" },
      ...{ variants: ["on"], hasBegun: true, hasEnded: false },
    };
    const ended = { ...holder, flag: "mixed", status: "STOPPED", hasEnded: true };
    const tools = { ...fixture.tools, flagHolders: async () => [holder, ended] };
    const page = await staleFlags(tools, viewer, { olderThanDays: 30, first: 100 });
    const all = page.edges.map(({ node }) => node);
    expect(await page.count()).toBe(all.length);
    const suggestions = (key: string) =>
      all
        .filter(({ flag }) => flag === key)
        .map(({ environment, suggestion }) => `${environment}: ${suggestion}`);
    const wait =
      'Leave it as long as experiment "price" is PAUSED in staging, and look again when that has ended.';
    expect(suggestions("one")).toEqual([`development: ${wait}`, `production: ${wait}`]);
    expect(suggestions("mixed")).toHaveLength(3);
    expect(suggestions("mixed").join()).not.toContain("Leave it");
  });

  it("does not take an environment that is new for one where nobody asks", async () => {
    const madeAt = new Date(now - day).toISOString();
    await fixture.database.execute(
      sql`update environments set created_at = ${madeAt} where key = 'development'`,
    );
    expect(await brief({ environment: "development" })).not.toContain("never NEVER_EVALUATED");
  });
});

it("counts one thing as one", () => {
  const facts: StaleFacts = {
    ...{ project: "default", flag: "a", environment: "staging", kind: "RELEASE", staleness: "ONE_SIDED" },
    ...{ createdAt: new Date(now - day), countedSince: null, lastEvaluatedAt: new Date(now) },
    ...{ variant: "on", count: 1, otherAt: null },
  };
  expect(explainStaleness(facts, { days: 1, now }).reason).toBe(
    'All 1 evaluation of the last 1 day answered "on", as since 2026-03-01 (1 day ago), and its settings did not change.',
  );
});
