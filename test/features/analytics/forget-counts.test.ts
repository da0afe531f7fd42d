import { sql } from "drizzle-orm";
import { afterEach, expect, it, vi } from "vitest";
import { forgetCounts } from "../../../src/features/analytics/forget-counts.js";
import { keepAnalytics } from "../../../src/features/analytics/index.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { describeDatabases } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
import { testStart } from "../../support/tools.js";
import { answer, day, hour, insertHours, notFound, openFixture, question } from "./analytics-fixture.js";

afterEach(() => vi.useRealTimers());

describeDatabases("forgetting", (subject) => {
  it("takes away what is too old, however much it is, and nothing else", async () => {
    const fixture = await openFixture(subject());
    const { database, tools, rows } = fixture;
    await fixture.addFlag("a");
    const key = await fixture.addKey("web");
    await insertHours(database, "a", { from: testStart - 700 * day, to: testStart - 400 * day });
    await insertHours(database, "a", { from: testStart - 400 * day, to: testStart });
    const counting = fixture.counting();
    counting.count(question(key), [answer("a"), notFound("gone")]);
    await counting.flush();
    expect(await forgetCounts(tools)).toBe(300 * 24);
    expect(await rows("select count(*) as n from evaluation_hours")).toEqual([{ n: 400 * 24 + 1 }]);
    tools.setClock(testStart + 31 * day);
    expect(await forgetCounts(tools)).toBe(31 * 24);
    expect(await rows("select * from counted_batches")).toEqual([]);
    expect(await rows("select flag from unknown_flags")).toEqual([{ flag: "gone" }]);
    tools.setClock(testStart + 90 * day + hour);
    await forgetCounts(tools);
    expect(await rows("select * from unknown_flags")).toEqual([]);
    expect(await rows("select * from client_versions")).toEqual([]);
    await counting.close();
  });
});

it("comes round every hour, and failures are counted", async () => {
  const fixture = await openFixture();
  await fixture.addFlag("a");
  await insertHours(fixture.database, "a", { from: testStart - 500 * day });
  const metrics = openMetrics();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const chore = keepAnalytics({ ...fixture.tools, log: silentLog, metrics });
  await vi.advanceTimersByTimeAsync(1.2 * hour);
  vi.useRealTimers();
  await vi.waitFor(async () =>
    expect(await fixture.rows("select count(*) as n from evaluation_hours")).toEqual([{ n: 0 }]),
  );
  await chore.close();
  await fixture.database.execute(sql`alter table counted_batches rename to elsewhere`);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const failing = keepAnalytics({ ...fixture.tools, log: silentLog, metrics: openMetricsCounting() });
  await vi.advanceTimersByTimeAsync(1.2 * hour);
  vi.useRealTimers();
  await vi.waitFor(() => expect(failures).toBe(1));
  await failing.close();
  await fixture.close();
});

let failures = 0;

function openMetricsCounting() {
  return { ...openMetrics(), counter: () => () => void (failures += 1) };
}
