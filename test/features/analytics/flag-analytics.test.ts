import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRange } from "../../../src/features/analytics/flag-analytics.js";
import { flagAnalytics } from "../../../src/features/analytics/flag-analytics.queries.js";
import { Problem } from "../../../src/platform/problems.js";
import type { DatabaseKind } from "../../support/databases.js";
import { keyCaller, testStart, userCaller } from "../../support/tools.js";
import { day, type Fixture, hour, insertHours, openFixture } from "./analytics-fixture.js";

const viewer = userCaller("VIEWER");

function mistakesOf(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem)
      return (error.details.fields ?? []).map(({ path, message }) => `${path} ${message}`);
    throw error;
  }
  return [];
}

describe("the range", () => {
  const now = testStart + 13.5 * hour;

  it("is the week before now, by the hour, unless told otherwise", () => {
    expect(readRange({}, now)).toEqual({
      ...{ from: testStart + 13 * hour - 7 * day, to: now, interval: "HOUR", step: hour },
    });
    const from = "2025-12-20T05:00:00Z";
    expect(readRange({ from }, now)).toMatchObject({ from: Date.parse("2025-12-20"), interval: "DAY" });
    expect(readRange({ from, interval: "HOUR" }, now)).toMatchObject({ from: Date.parse(from) });
  });

  it("is bounded", () => {
    const to = "2026-01-01T00:00:00Z";
    expect(mistakesOf(() => readRange({ from: to, to }, now))).toEqual([
      "from must be before `to` (2026-01-01T00:00:00.000Z), got 2026-01-01T00:00:00.000Z.",
    ]);
    expect(mistakesOf(() => readRange({ from: "2024-11-01T00:00:00Z", to, interval: "HOUR" }, now))).toEqual([
      "from must be at most 400 days before `to`, got 2024-11-01T00:00:00.000Z.",
      "interval must be DAY for more than 31 days, got HOUR.",
    ]);
    expect(mistakesOf(() => readRange({ from: 5, to: "soon" }, now))).toHaveLength(2);
  });
});

describe.each<DatabaseKind>(["pglite", "postgresql"])("on %s", (kind) => {
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await openFixture(kind);
    for (const flag of ["a", "b"]) await fixture.addFlag(flag);
    const { database } = fixture;
    const at = testStart - 2 * day;
    await insertHours(database, "a", { from: at, to: at + 3 * hour, count: 5 });
    await insertHours(database, "a", { from: at + hour, variant: "off", reason: "SPLIT", count: 7 });
    await insertHours(database, "a", { from: at + day, variant: "", reason: "ERROR", count: 1 });
    await insertHours(database, "a", { from: at + day, environment: "development", count: 100 });
    await insertHours(database, "a", { from: at - 30 * day, count: 1_000 });
    await insertHours(database, "b", { from: at, count: 3_000_000_000 });
  });
  afterAll(async () => fixture.close());

  it("tells every hour, by variant and reason, the most frequent first", async () => {
    const told = await flagAnalytics(fixture.tools, viewer, { flagKey: "a", environment: "staging" });
    expect(told).toMatchObject({
      ...{ count: 23, interval: "HOUR", lastEvaluatedAt: new Date(testStart - day + hour / 2) },
      flag: { key: "a" },
      variants: [
        { variant: "on", count: 15 },
        { variant: "off", count: 7 },
        { variant: null, count: 1 },
      ],
      reasons: [
        { reason: "STATIC", count: 15 },
        { reason: "SPLIT", count: 7 },
        { reason: "ERROR", count: 1 },
      ],
    });
    expect(told.series).toHaveLength(7 * 24);
    const busy = told.series.filter(({ count }) => count > 0);
    expect(busy.map(({ at, count }) => [(at.getTime() - testStart) / hour, count])).toEqual([
      [-48, 5],
      [-47, 12],
      [-46, 5],
      [-24, 1],
    ]);
    expect(busy[1]).toMatchObject({ variants: [{ variant: "off" }, { variant: "on" }] });
  });

  it("adds up by day, and over environments", async () => {
    const args = { flagKey: "a", from: "2025-11-20T00:00:00Z", to: "2026-01-01T00:00:00Z" };
    const told = await flagAnalytics(fixture.tools, viewer, args);
    const busy = told.series.filter(({ count }) => count > 0);
    expect([told.interval, told.count, told.series.length]).toEqual(["DAY", 1_123, 42]);
    expect(busy.map(({ at, count }) => [at.toISOString().slice(0, 10), count])).toEqual([
      ["2025-11-30", 1_000],
      ["2025-12-30", 22],
      ["2025-12-31", 101],
    ]);
  });

  it("counts beyond 32 bits, and tells of a flag that was never evaluated there", async () => {
    const { tools } = fixture;
    expect((await flagAnalytics(tools, viewer, { flagKey: "b" })).count).toBe(3_000_000_000);
    const never = await flagAnalytics(tools, viewer, { flagKey: "b", environment: "production" });
    expect(never).toMatchObject({ count: 0, variants: [], reasons: [], lastEvaluatedAt: null });
  });

  it("is for those who may see the place", async () => {
    const code = async (caller = viewer, args = {}): Promise<string> =>
      flagAnalytics(fixture.tools, caller, { flagKey: "a", ...args }).then(
        () => "ok",
        (error: unknown) => (error instanceof Problem ? error.code : String(error)),
      );
    expect(await code(viewer, { flagKey: "gone" })).toBe("NOT_FOUND");
    expect(await code(viewer, { flagKey: "\0" })).toBe("NOT_FOUND");
    expect(await code(viewer, { environment: "\0" })).toBe("NOT_FOUND");
    expect(await code(userCaller(null, { other: "ADMIN" }))).toBe("NOT_FOUND");
    expect(await code(keyCaller({ keyKind: "SERVER", environment: "staging" }))).toBe("FORBIDDEN");
  });
});
