import { sql } from "drizzle-orm";
import { beforeAll, beforeEach, expect, it, vi } from "vitest";
import { ingestEvents } from "../../../src/features/tracking/ingest-events.js";
import { keepDays } from "../../../src/features/tracking/keep-days.js";
import { forgetUnknownEvents } from "../../../src/features/tracking/keep-tracking.js";
import { partitionOf } from "../../../src/features/tracking/partition.js";
import { listDays } from "../../../src/features/tracking/partition.store.js";
import { note } from "../../../src/features/ledger/index.js";
import { rowsOf } from "../../../src/platform/database/index.js";
import { describeDatabases, freshDatabase } from "../../support/databases.js";
import { seedProject, testTools } from "../../support/tools.js";

const day = 86_400_000;
const noon = Date.parse("2020-03-10T12:00:00Z");

describeDatabases("the days of events", (subject) => {
  let now = noon;
  const tools = () => ({ database: subject().database, now: () => now });
  const days = async () => listDays(subject().database);
  beforeAll(async () => seedProject(testTools(subject().database)));
  beforeEach(() => {
    now = noon;
  });

  it("are there before they are needed, however many instances make them at a time", async () => {
    await Promise.all([keepDays(tools()), keepDays(tools()), keepDays(tools())]);
    const made = await days();
    expect([made.length, made[0], made.at(-1)]).toEqual([11, "2020-03-02", "2020-03-12"]);
    now += day;
    await keepDays(tools());
    expect((await days()).at(-1)).toBe("2020-03-13");
  });

  it("go after 90 days, and their events with them", async () => {
    await keepDays(tools());
    const event = { id: "e", metric: "nothing", unit: "00", at: noon - 8 * day, value: 1 };
    const place = { project: "default", environment: "staging" };
    await note(tools(), async (tx) => ingestEvents(tx, place, [event]));
    now = Date.parse("2020-06-01T00:00:00Z"); // 90 days after 3 March
    await keepDays(tools());
    expect((await days())[0]).toBe("2020-03-03");
    const left = await subject().database.execute(sql`select count(*) as total from metric_events`);
    expect(Number(rowsOf(left)[0]?.["total"])).toBe(0);
  });

  it("stay where the clock of an instance is far ahead", async () => {
    now = Date.now();
    const today = new Date(now).toISOString().slice(0, 10);
    await keepDays(tools());
    now = Date.parse("9000-01-01T00:00:00Z");
    await keepDays(tools());
    const there = await days();
    expect(there).toContain(today);
    const ahead = there.filter((one) => one > "8000").map(partitionOf);
    expect(ahead).toHaveLength(11);
    await subject().database.execute(sql.raw(`drop table ${ahead.join(", ")}`));
  });

  it("keep events of unknown metrics for a day, and those of known ones", async () => {
    await subject().database.execute(sql`
      insert into metrics (project, key, name, type, direction) values ('default', 'known', 'Known', 'COUNT', 'INCREASE')`);
    now = Date.parse("2020-06-01T12:00:00Z");
    await keepDays(tools());
    const place = { project: "default", environment: "staging" };
    const events = ["known", "unknown-a", "unknown-b", "known"].map((metric, index) => ({
      ...{ id: `event-${index}`, metric, unit: "00", at: now - index * day, value: 1 },
    }));
    await note(tools(), async (tx) => ingestEvents(tx, place, events));
    const received = async (at: number) =>
      subject().database.execute(
        sql`update metric_events set received_at = ${new Date(at).toISOString()}::timestamptz`,
      );
    await received(now);
    expect(await forgetUnknownEvents(tools())).toBe(0);
    now += day + 1;
    expect(await forgetUnknownEvents(tools())).toBe(2);
    const left = rowsOf(await subject().database.execute(sql`select metric from metric_events`));
    expect(left.map(({ metric }) => metric)).toEqual(["known", "known"]);
  });
});

it("are made without a circle of waiting with who deletes an environment", async () => {
  const opened = await freshDatabase("postgresql");
  const { database } = opened;
  const waiting = sql`select from pg_locks join pg_database as d on d.oid = database
    where d.datname = current_database() and not granted`;
  const making = await database.transaction(async (tx) => {
    await tx.execute(sql`lock table environments in row exclusive mode`);
    const begun = { made: keepDays({ database, now: () => noon }) };
    await vi.waitFor(async () => expect(rowsOf(await database.execute(waiting))).toHaveLength(1));
    await tx.execute(sql`delete from metric_events`);
    return begun;
  });
  await making.made;
  expect(await listDays(database)).toHaveLength(11);
  await opened.close();
});

it("lose their unknown events without waiting for who holds some of them", async () => {
  const opened = await freshDatabase("postgresql");
  const { database } = opened;
  const tools = { database, now: () => noon + 2 * day };
  await seedProject(testTools(database));
  await keepDays(tools);
  const events = ["held", "free"].map((id) => ({ id, metric: "unknown", unit: "00", at: noon, value: 1 }));
  const place = { project: "default", environment: "staging" };
  await note(tools, async (tx) => ingestEvents(tx, place, events));
  await database.execute(sql`update metric_events set received_at = '2020-03-10T12:00:00Z'`);
  await database.transaction(async (tx) => {
    await tx.execute(sql`select from metric_events where event_id = 'held' for update`);
    expect(await forgetUnknownEvents(tools)).toBe(1);
  });
  expect(await forgetUnknownEvents(tools)).toBe(1);
  await opened.close();
});
