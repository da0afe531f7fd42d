/** Whoever stores for one environment leaves connections to everybody else, however many of them there are. */
import { sql } from "drizzle-orm";
import { afterEach, expect, it, vi } from "vitest";
import { note } from "../../../src/features/ledger/index.js";
import { lockPlace } from "../../../src/features/tracking/ingest.store.js";
import { createTracking } from "../../../src/features/tracking/index.js";
import { track } from "../../../src/features/tracking/track.js";
import { trackExposures } from "../../../src/features/tracking/track-exposures.js";
import { Turns } from "../../../src/features/tracking/turns.js";
import { rowsOf } from "../../../src/platform/database/index.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { freshDatabase } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
import { cipher, evaluationKey } from "../delivery/delivery-fixture.js";
import { begin, openTracked, place, start } from "./tracking-fixture.js";

afterEach(() => {
  vi.useRealTimers();
});

it("leaves connections to others while an environment is locked", async () => {
  const tracked = await openTracked(await freshDatabase("postgresql"));
  const { database } = tracked;
  const { id: experiment } = await begin(tracked);
  const tracking = createTracking({
    ...{ database, log: silentLog, metrics: openMetrics(), cipher, now: () => start },
  });
  const tools = { ...tracked.tools, tracking };
  const key = evaluationKey("CLIENT");
  const about = { unit: "alice", attribute: "targetingKey", at: new Date(start).toISOString() };
  const event = { id: "one", metric: "clicks", ...about };
  const exposure = { flagKey: "checkout", variant: "on", experiment, epoch: 1, ...about };
  await tracking.keys.of(place.project);
  const calls = await note(tracked, async (tx) => {
    await lockPlace(tx, place);
    const begun = Array.from({ length: 20 }, (_none, index) =>
      index % 2 === 0
        ? track(tools, key, { events: [event] })
        : trackExposures(tools, key, { exposures: [exposure] }),
    );
    const isWaiting = sql`select from pg_locks join pg_database as d on d.oid = database
      where d.datname = current_database() and locktype = 'advisory' and not granted`;
    await vi.waitFor(async () => expect(rowsOf(await tx.execute(isWaiting))).toHaveLength(2));
    expect(rowsOf(await database.execute(sql`select 1 as one`))).toEqual([{ one: 1 }]);
    expect(rowsOf(await tx.execute(isWaiting))).toHaveLength(2);
    return begun;
  });
  const results = await Promise.all(calls);
  expect(results.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(2);
  await tracking.close();
  await tracked.close();
  await tracked.opened.close();
});

it("lets others begin in their order, whatever becomes of those before", async () => {
  const turns = new Turns();
  const order: number[] = [];
  const works = Array.from({ length: 6 }, async (_none, index) =>
    turns.take(place, async () => {
      order.push(index);
      await Promise.resolve();
      if (index % 2 === 0) throw new Error("refused");
    }),
  );
  const settled = await Promise.allSettled(works);
  expect(settled.map(({ status }) => status)).toEqual(
    [0, 1, 2, 3, 4, 5].map((index) => (index % 2 === 0 ? "rejected" : "fulfilled")),
  );
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
});

it("says that there is too much where a turn does not come in time, and lets other environments be", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const turns = new Turns();
  let end = (): void => undefined;
  const long = new Promise<void>((resolve) => (end = resolve));
  const running = [turns.take(place, async () => long), turns.take(place, async () => long)];
  const late = expect(turns.take(place, async () => Promise.resolve())).rejects.toMatchObject({
    code: "UNAVAILABLE",
  });
  await turns.take({ ...place, environment: "other" }, async () => Promise.resolve());
  await vi.advanceTimersByTimeAsync(5_000);
  await late;
  end();
  await Promise.all(running);
  expect(await turns.take(place, async () => Promise.resolve("again"))).toBe("again");
});
