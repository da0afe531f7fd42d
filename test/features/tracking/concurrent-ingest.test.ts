/** Several instances store for one environment at a time, while epochs begin and a trial ends: sums stay what brute force finds. */
import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { deleteEnvironment } from "../../../src/features/environments/delete-environment.js";
import { lockFlagEnvironment } from "../../../src/features/flags/flag-environment.store.js";
import { lockFlag } from "../../../src/features/flags/flag.store.js";
import { note } from "../../../src/features/ledger/index.js";
import { ingestEvents } from "../../../src/features/tracking/ingest-events.js";
import { ingestExposures, openTrials } from "../../../src/features/tracking/ingest-exposures.js";
import { readSums } from "../../../src/features/tracking/sums.store.js";
import { type TrialSlot, variantAt } from "../../../src/features/tracking/trial.js";
import {
  addTrialMetrics,
  beginEpoch,
  endTrial,
  readTrials,
} from "../../../src/features/tracking/trial.store.js";
import { rowsOf, type Transaction } from "../../../src/platform/database/index.js";
import { freshDatabase } from "../../support/databases.js";
import { admin } from "../delivery/delivery-fixture.js";
import {
  begin,
  bruteForce,
  comparable,
  halves,
  measure,
  openTracked,
  place,
  start,
  type Tracked,
} from "./tracking-fixture.js";

const hourMs = 3_600_000;
let tracked: Tracked;

beforeAll(async () => {
  tracked = await openTracked(await freshDatabase("postgresql"));
});
afterAll(async () => {
  await tracked.close();
  await tracked.opened.close();
});

const unitNamed = (name: number): string => createHash("sha256").update(String(name)).digest("hex");
const bucketNamed = (name: number): number => (name * 7_919) % 80_000;
const shifted: readonly TrialSlot[] = [
  { variant: "on", weight: 20_000 },
  { variant: "off", weight: 60_000 },
  { variant: null, weight: 20_000 },
];

it("stays exact, and nobody is refused", async () => {
  const clicks = measure(tracked, "clicks", { isCovariate: true, windowHours: 24, cap: 3 });
  const perBuyer = measure(tracked, "per-buyer");
  const { id } = await begin(tracked, { metrics: [clicks] });
  const inNote = async <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => note(tracked, work);
  const work: (() => Promise<unknown>)[] = [];
  for (let round = 0; round < 30; round += 1) {
    const names = Array.from({ length: 20 }, (_none, index) => (round * 13 + index) % 60);
    const exposures = names.map((name) => ({
      ...{ trial: id, unit: unitNamed(name), bucket: bucketNamed(name), epoch: 1, slice: null },
      ...{ variant: variantAt(halves, bucketNamed(name)) ?? "off", at: start + (name % 7) * hourMs },
    }));
    const events = names.map((name, index) => ({
      ...{ id: `event-${(round * 7 + index) % 200}`, unit: unitNamed(name), value: index + 0.25 },
      ...{
        metric: ["clicks", "bought", "revenue"][index % 3] ?? "",
        at: start + (((index * 5) % 90) - 30) * hourMs,
      },
    }));
    const ids = [id];
    work.push(
      async () =>
        inNote(async (tx) => ingestExposures(tx, place, await openTrials(tx, place, ids), exposures)),
      async () => inNote(async (tx) => ingestEvents(tx, place, events)),
    );
  }
  const from = start + 3 * hourMs;
  const endedAt = start + 40 * hourMs;
  work.splice(15, 0, async () => inNote(async (tx) => beginEpoch(tx, id, shifted, new Date(from))));
  work.splice(30, 0, async () => inNote(async (tx) => addTrialMetrics(tx, id, [perBuyer])));
  work.splice(45, 0, async () => inNote(async (tx) => endTrial(tx, id, new Date(endedAt))));
  await Promise.all(work.map(async (one) => one()));

  const sums = await readSums(tracked.database, id);
  const epochs = [
    { epoch: 1, slots: halves, from: start },
    { epoch: 2, slots: shifted, from },
  ];
  const defined = { id, metrics: [clicks, perBuyer], epochs, endedAt };
  expect(comparable(sums)).toEqual(comparable(await bruteForce(tracked.database, defined)));
  expect(sums.metrics.some(({ sumXy }) => sumXy !== "0")).toBe(true);
});

it("ends a trial in no circle with who deletes its environment", async () => {
  const { id } = await begin(tracked, { flag: "banner", metrics: [measure(tracked, "clicks")] });
  const waiting = sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  const { deletion } = await note(tracked, async (tx) => {
    await lockFlag(tx, place.project, "banner");
    await lockFlagEnvironment(tx, place.project, "banner", place.environment);
    const begun = {
      deletion: deleteEnvironment(tracked.tools, admin, { ...place, expectedVersion: 1 }),
    };
    await vi.waitFor(async () => expect(rowsOf(await tracked.database.execute(waiting))).toHaveLength(1));
    await endTrial(tx, id, new Date(start + 1));
    return begun;
  });
  expect((await deletion).key).toBe(place.environment);
  expect(await readTrials(tracked.database, place, [id])).toEqual(new Map());
});
