/** Metrics that dry up are told once, whichever instance looks, and steady ones are not. */
import { sql } from "drizzle-orm";
import { graphql } from "graphql";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { buildGraphQLSchema } from "../../../src/api/graphql/schema.js";
import { listHappeningsAfter } from "../../../src/features/happenings/index.js";
import { note } from "../../../src/features/ledger/index.js";
import { keepTracking } from "../../../src/features/tracking/index.js";
import { isOnlyWatcher } from "../../../src/features/tracking/watched-hours.store.js";
import { Loaders } from "../../../src/platform/graphql/loaders.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { describeDatabases } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
import { userCaller } from "../../support/tools.js";
import { day, type Fixture, hour } from "../analytics/analytics-fixture.js";
import {
  insertCounted,
  insertEvents,
  iso,
  minutesAfter,
  openWatched,
  firstHour,
  watching,
} from "./watch-fixture.js";

describeDatabases("metrics that come in", (subject) => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await openWatched(subject(), "bought", "steady", "young", "archived");
    for (const metric of ["bought", "steady", "archived"]) {
      await insertCounted(fixture, metric, 14, firstHour - 36 * day);
      await insertEvents(fixture, metric, firstHour - hour, 3); // counted already
    }
    await insertCounted(fixture, "young", 1_000, firstHour - 27 * day);
    for (let at = firstHour; at < firstHour + 12 * hour; at += hour)
      await insertEvents(fixture, "steady", at, 14);
    await fixture.database.execute(sql`update metrics set archived = true where key = 'archived'`);
  });
  afterAll(async () => fixture.close());

  it("are told when they dry up for two hours, once, however many instances look at once", async () => {
    const instances = Array.from({ length: 4 }, () => watching(fixture));
    const look = async (at: number) =>
      (await Promise.all(instances.map(async (instance) => instance.look(at)))).flat();
    expect(await look(minutesAfter(firstHour, 6))).toEqual([]);
    expect(await look(minutesAfter(firstHour + hour, 4))).toEqual([]);
    const at = minutesAfter(firstHour + hour, 6);
    expect([...(await look(at)), ...(await look(at))]).toMatchObject([
      {
        ...{ project: "default", environment: "staging", flag: null, metric: "bought", direction: "LOW" },
        ...{ hour: new Date(firstHour + hour), expected: 14, observed: 0 },
      },
    ]);
    expect(instances.flatMap(({ lines }) => lines)).toEqual([
      "Events of a metric come in far less often than usual. It came in only 0 times in this hour, where about 14 are usual at this time of the week.",
    ]);
    const figures = await Promise.all(instances.map(async (instance) => instance.figures()));
    expect(figures.flat()).toEqual(['halyard_metric_anomalies_total{measure="events",direction="LOW"} 1']);
  });

  it("are not told again by an instance that starts, nor while it goes on, nor when it is over", async () => {
    expect(await watching(fixture).look(minutesAfter(firstHour + hour, 6))).toEqual([]);
    const { look } = watching(fixture);
    expect(await look(minutesAfter(firstHour + 2 * hour, 6))).toEqual([]);
    for (let at = firstHour + 3 * hour; at < firstHour + 6 * hour; at += hour) {
      await insertEvents(fixture, "bought", at, 14);
      expect(await look(minutesAfter(at, 6))).toEqual([]);
    }
    expect(await listHappeningsAfter(fixture.database, 0, 10)).toMatchObject([
      { details: { kind: "ANOMALY", flag: null, metric: "bought", direction: "LOW" } },
    ]);
  });

  it("are counted once, by when they came in, without what comes more than a day late", async () => {
    const { database } = fixture;
    await insertEvents(fixture, "bought", firstHour + 6 * hour, 7);
    await insertEvents(fixture, "unknown", firstHour + 6 * hour, 7);
    await insertEvents(fixture, "young", firstHour + 6 * hour, 2);
    await insertEvents(fixture, "young", firstHour - day, 1);
    await insertEvents(fixture, "young", firstHour - 12 * hour, 1);
    await database.execute(sql`
      update metric_events set received_at = ${iso(firstHour + 6 * hour)} where metric = 'young' and at < ${iso(firstHour)}`);
    await insertEvents(fixture, "young", firstHour + 7 * hour, 1); // exactly at the end, which is the next hour
    await watching(fixture).look(minutesAfter(firstHour + 6 * hour, 6));
    await insertEvents(fixture, "bought", firstHour + 6 * hour, 50);
    await watching(fixture).look(minutesAfter(firstHour + 6 * hour, 7));
    const counted = await fixture.rows(
      `select metric, count::int4 as count from metric_hours where hour = '${iso(firstHour + 6 * hour)}' order by metric`,
    );
    expect(counted).toEqual([
      { metric: "bought", count: 7 },
      { metric: "steady", count: 14 },
      { metric: "young", count: 3 },
    ]);
  });

  it("are counted for the hours in which no instance ran, and what is old is forgotten", async () => {
    await watching(fixture).look(minutesAfter(firstHour + 11 * hour, 6), AbortSignal.abort());
    const since = async () =>
      fixture.rows(
        `select count::int4 as count from metric_hours where metric = 'steady' and hour > '${iso(firstHour + 6 * hour)}' order by hour`,
      );
    expect(await since()).toEqual([]);
    await watching(fixture).look(minutesAfter(firstHour + 11 * hour, 6));
    expect(await since()).toEqual(Array.from({ length: 5 }, () => ({ count: 14 })));
    const [{ earliest } = {}] = await fixture.rows(
      `select (extract(epoch from min(hour)) * 1000)::float8 as earliest from metric_hours`,
    );
    expect(earliest).toBe(firstHour + 11 * hour - 35 * day);
  });

  it("are left to another instance that is at it", async () => {
    const { look } = watching(fixture);
    const at = minutesAfter(firstHour + 12 * hour, 6);
    await insertEvents(fixture, "steady", firstHour + 12 * hour, 1_000);
    if (subject().kind === "postgresql") {
      await note(fixture.tools, async (tx) => {
        expect(await isOnlyWatcher(tx)).toBe(true);
        expect(await look(at)).toEqual([]);
      });
    }
    expect(await look(at)).toMatchObject([{ metric: "steady", direction: "HIGH", observed: 1_000 }]);
  });

  it("are listed among the anomalies, and lead to the metric", async () => {
    const { tools } = fixture;
    const { data, errors } = await graphql({
      schema: await buildGraphQLSchema(),
      source: `{ anomalies(environment: "staging", from: "${iso(firstHour)}") { nodes {
        hour direction measure pValue expected observed summary flag { key } metric { key } } } }`,
      contextValue: {
        ...{ tools: { ...tools, budgets: { spend: () => undefined } }, caller: userCaller("VIEWER") },
        ...{ loaders: new Loaders(tools), isInside: true },
      },
    });
    expect(errors).toBeUndefined();
    expect(JSON.parse(JSON.stringify(data))).toMatchObject({
      anomalies: {
        nodes: [
          { measure: "EVENTS", direction: "HIGH", flag: null, metric: { key: "steady" } },
          {
            ...{ hour: "2020-06-08T11:00:00.000Z", direction: "LOW", measure: "EVENTS" },
            ...{ expected: 14, observed: 0, pValue: expect.any(Number), flag: null },
            ...{ metric: { key: "bought" }, summary: expect.stringMatching(/^It came in only 0 times/) },
          },
        ],
      },
    });
  });

  it("are counted by the database's clock where that of an instance is ahead", async () => {
    await fixture.database.execute(
      sql`update watch_marks set hour = date_trunc('hour', now()) - interval '4 hours'`,
    );
    await watching(fixture).look(Date.parse("9000-01-01T00:00:00Z"));
    expect(await fixture.rows(`select 1 from watch_marks where hour > now() - interval '1 hour'`)).toEqual(
      [],
    );
    expect(await fixture.rows(`select 1 from metric_hours where hour > now()`)).toEqual([]);
  });
});

it("are watched over by a server", async () => {
  const fixture = await openWatched("pglite", "bought");
  await insertCounted(fixture, "bought", 900, firstHour - 36 * day);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const choreFailed = vi.fn();
  const figures = { choreFailed, exposures: () => undefined, events: () => undefined };
  const { database } = fixture;
  const now = () => minutesAfter(firstHour, 6);
  const tools = { database, log: silentLog, metrics: openMetrics(), now, tracking: { figures } };
  const chore = keepTracking(tools);
  await vi.advanceTimersByTimeAsync(12 * 60_000);
  vi.useRealTimers();
  await vi.waitFor(async () =>
    expect(await fixture.rows("select metric, observed from anomalies")).toEqual([
      { metric: "bought", observed: 0 },
    ]),
  );
  await chore.close();
  expect(choreFailed).not.toHaveBeenCalled();
  await fixture.close();
});
