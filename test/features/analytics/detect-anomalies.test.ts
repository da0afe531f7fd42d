/** Anomalies are found once, whichever instance looks, and are told and listed. */
import { sql } from "drizzle-orm";
import { graphql } from "graphql";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { buildGraphQLSchema } from "../../../src/api/graphql/schema.js";
import { listedAnomalies } from "../../../src/features/analytics/anomaly.queries.js";
import { isOnlyLooker } from "../../../src/features/analytics/anomaly.store.js";
import { AnomalyWatch } from "../../../src/features/analytics/detect-anomalies.js";
import { keepAnalytics } from "../../../src/features/analytics/index.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import { listHappeningsAfter } from "../../../src/features/happenings/index.js";
import { note } from "../../../src/features/ledger/index.js";
import type { Log } from "../../../src/platform/log.js";
import { Loaders } from "../../../src/platform/graphql/loaders.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { describeDatabases } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
import { keyCaller, testStart, userCaller } from "../../support/tools.js";
import { admin, day, type Fixture, hour, insertHours, openFixture } from "./analytics-fixture.js";
import { dailyPattern, gammaPoisson, seeded } from "./simulated-hours.js";

const viewer = userCaller("VIEWER");
/** The hour that is out of the ordinary: the 10th of a day, five weeks after counting began. */
const then = testStart + 35 * day + 9 * hour;
const minutesAfter = (end: number, minutes: number): number => end + hour + minutes * 60_000;

afterEach(() => vi.useRealTimers());

describeDatabases("looking for anomalies", (subject) => {
  let fixture: Fixture;

  beforeAll(async () => {
    fixture = await openFixture(subject());
    for (const flag of ["archived", "busy", "quiet", "steady", "young"]) await fixture.addFlag(flag);
    const past = { from: testStart, to: then };
    await simulate(fixture, "busy", past, (at) => 900 * dailyPattern(at));
    await simulate(fixture, "busy", { from: then, to: then + 30 * hour }, () => 0);
    await simulate(fixture, "steady", { ...past, to: then + 30 * hour }, (at) => 400 * dailyPattern(at));
    await simulate(fixture, "quiet", { ...past, to: then + 30 * hour }, () => 0.3);
    await simulate(fixture, "archived", past, () => 5_000);
    await simulate(fixture, "young", { from: then - 26 * day, to: then }, () => 5_000);
    await archiveFlag(fixture.tools, admin, { flagKey: "archived" });
    await fixture.database.execute(sql.raw("analyze evaluation_hours"));
  });
  afterAll(async () => fixture.close());

  const stored = async (): Promise<unknown[]> =>
    fixture.rows(
      "select flag, direction, observed::int8 as observed, to_char(hour at time zone 'UTC', 'MM-DD HH24') as hour from anomalies order by hour",
    );

  it("finds nothing in ordinary hours, nor in an hour whose counts may not be written yet", async () => {
    const { look } = watching(fixture);
    for (let ago = 30; ago >= 1; ago -= 1) expect(await look(minutesAfter(then - ago * hour, 6))).toEqual([]);
    expect(await look(minutesAfter(then, 4))).toEqual([]);
    expect(await stored()).toEqual([]);
  });

  it("tells of an hour once, however many instances look at once", async () => {
    const instances = Array.from({ length: 4 }, () => watching(fixture));
    const at = minutesAfter(then, 6);
    const found = await Promise.all(instances.map(async ({ look }) => look(at)));
    const later = await Promise.all(instances.map(async ({ look }) => look(at)));
    expect([...found, ...later].flat()).toMatchObject([
      { project: "default", environment: "staging", flag: "busy", direction: "LOW", observed: 0 },
    ]);
    expect(await stored()).toEqual([{ flag: "busy", direction: "LOW", observed: 0, hour: "02-05 09" }]);
    const told = await Promise.all(instances.map(async ({ figure }) => figure('{direction="LOW"}')));
    expect(told.filter((often) => often > 0)).toEqual([1]);
    expect(await listHappeningsAfter(fixture.database, 0, 10)).toMatchObject([
      {
        ...{ project: "default", environment: "staging", at: new Date(then) },
        details: { kind: "ANOMALY", flag: "busy", metric: null, direction: "LOW" },
        summary: expect.stringContaining("far less often than usual"),
      },
    ]);
    expect(instances.flatMap(({ lines }) => lines)).toEqual([
      expect.stringMatching(
        /^busy LOW A flag is evaluated far less often than usual\. It was evaluated only 0 times in this hour, where about [\d,]+ are usual/,
      ),
    ]);
  });

  it("tells once a day of what goes on", async () => {
    const { look } = watching(fixture);
    for (let hours = 1; hours < 24; hours += 1) {
      expect(await look(minutesAfter(then + hours * hour, 6)), `${hours} hours on`).toEqual([]);
    }
    expect(await look(minutesAfter(then + 24 * hour, 6))).toMatchObject([{ flag: "busy", direction: "LOW" }]);
    expect(await stored()).toHaveLength(2);
  });

  it("leaves it to another instance that is at it, and looks again if that one failed", async () => {
    const { look } = watching(fixture);
    await insertHours(fixture.database, "steady", { from: then + 30 * hour, count: 500_000, variant: "off" });
    const at = minutesAfter(then + 30 * hour, 6);
    if (subject().kind === "postgresql") {
      await note(fixture.tools, async (tx) => {
        expect(await isOnlyLooker(tx)).toBe(true);
        expect(await look(at)).toEqual([]);
      });
    }
    expect(await look(at)).toMatchObject([{ flag: "steady", direction: "HIGH" }]);
    expect(await look(at)).toEqual([]);
  });

  it("lists them, the latest first, page by page", async () => {
    const list = async (args: Parameters<typeof listedAnomalies>[2]) => {
      const page = await listedAnomalies(fixture.tools, viewer, args);
      return { flags: page.edges.map(({ node }) => node.flag), total: await page.count(), page };
    };
    fixture.tools.setClock(then + 2 * day);
    expect(await list({ environment: "staging" })).toMatchObject({
      flags: ["steady", "busy", "busy"],
      total: 3,
    });
    expect(await list({ environment: "production" })).toMatchObject({ flags: [], total: 0 });
    expect(await list({ from: new Date(then + hour).toISOString() })).toMatchObject({ total: 2 });
    const first = await list({ first: 2 });
    expect(first).toMatchObject({ flags: ["steady", "busy"], total: 3 });
    const after = first.page.edges.at(-1)?.cursor;
    expect(await list({ first: 2, after })).toMatchObject({ flags: ["busy"], page: { hasNextPage: false } });
    fixture.tools.setClock(then + 9 * day);
    expect(await list({})).toMatchObject({ total: 0 });
    await expect(list({ from: "yesterday" })).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
    await expect(list({ environment: "moon" })).rejects.toMatchObject({ code: "NOT_FOUND" });
    const server = keyCaller({ keyKind: "SERVER", environment: "staging" });
    const refused = listedAnomalies(fixture.tools, server, { environment: "staging" });
    await expect(refused).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  it("gives through GraphQL what leads on from them", async () => {
    const { tools } = fixture;
    const { data, errors } = await graphql({
      schema: await buildGraphQLSchema(),
      source: `{ anomalies(environment: "staging", from: "2026-02-01T00:00:00Z", first: 1) { nodes {
        hour direction measure pValue observed summary flag { key } environment { key } } } }`,
      contextValue: {
        ...{ tools: { ...tools, budgets: { spend: () => undefined } }, caller: viewer },
        ...{ loaders: new Loaders(tools), isInside: true },
      },
    });
    expect(errors).toBeUndefined();
    expect(JSON.parse(JSON.stringify(data))).toMatchObject({
      anomalies: {
        nodes: [
          {
            ...{ hour: "2026-02-06T15:00:00.000Z", direction: "HIGH", flag: { key: "steady" } },
            ...{ measure: "EVALUATIONS", pValue: expect.any(Number) },
            ...{
              environment: { key: "staging" },
              summary: expect.stringMatching(/^It was evaluated 500,\d+ times/),
            },
          },
        ],
      },
    });
  });

  it("keeps them as long as counts", async () => {
    const { look } = watching(fixture);
    await look(then + 400 * day);
    expect(await stored()).toHaveLength(3);
    await look(then + 402 * day);
    expect(await stored()).toEqual([]);
    expect(await listHappeningsAfter(fixture.database, 0, 10)).toEqual([]);
  });
});

describe("a server", () => {
  it("looks several times an hour, so that it leaves none out", async () => {
    const fixture = await openFixture();
    await fixture.addFlag("busy");
    await simulate(fixture, "busy", { from: testStart, to: then }, () => 500);
    fixture.tools.setClock(minutesAfter(then, 6));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const chore = keepAnalytics({ ...fixture.tools, log: silentLog, metrics: openMetrics() });
    await vi.advanceTimersByTimeAsync(12 * 60_000);
    vi.useRealTimers();
    await vi.waitFor(async () =>
      expect(await fixture.rows("select flag from anomalies")).toEqual([{ flag: "busy" }]),
    );
    await chore.close();
    await fixture.close();
  });
});

/** An instance that looks at a moment, and what it says. */
function watching({ tools }: Fixture) {
  const metrics = openMetrics();
  const lines: string[] = [];
  const warn = ({ flag, direction }: Record<string, unknown>, text: string) =>
    lines.push(`${String(flag)} ${String(direction)} ${text}`);
  let now = 0;
  const log = { ...silentLog, warn } as unknown as Log;
  const watch = new AnomalyWatch({ database: tools.database, log, metrics, now: () => now });
  return {
    lines,
    look: async (at: number) => {
      now = at;
      return watch.look();
    },
    figure: async (labels: string): Promise<number> => {
      const text = await metrics.render();
      return Number(new RegExp(`^halyard_anomalies_total${labels} (\\d+)$`, "m").exec(text)?.[1] ?? 0);
    },
  };
}

/** Counts of staging by the hour, of two variants; `meanOf` is asked by hours since counting began. */
async function simulate(
  { database }: Fixture,
  flag: string,
  { from, to }: { readonly from: number; readonly to: number },
  meanOf: (at: number) => number,
): Promise<void> {
  const random = seeded(flag.length);
  const rows: object[] = [];
  for (let at = from; at < to; at += hour) {
    const count = gammaPoisson(random, meanOf((at - testStart) / hour), 0.002);
    const on = Math.round(count * 0.7);
    for (const [variant, share] of [
      ["on", on],
      ["off", count - on],
    ] as const) {
      if (share > 0) rows.push({ hour: new Date(at).toISOString(), variant, count: share });
    }
  }
  await database.execute(sql`
    insert into evaluation_hours (project, environment, flag, hour, variant, reason, count, last_at)
    select 'default', 'staging', ${flag}, hour, variant, 'SPLIT', count, hour
    from json_to_recordset(${JSON.stringify(rows)}::text::json) as given(hour timestamptz, variant text, count int8)`);
}
