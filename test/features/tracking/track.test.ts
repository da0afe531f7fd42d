import { createHmac, randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { bucketOf } from "../../../src/evaluation/index.js";
import { rotateContextProofSecret } from "../../../src/features/environments/rotate-context-proof-secret.js";
import { updateEnvironment } from "../../../src/features/environments/update-environment.js";
import { createMetric } from "../../../src/features/tracking/create-metric.js";
import { createTracking, type TrackingTools } from "../../../src/features/tracking/index.js";
import { readSums, readUnits } from "../../../src/features/tracking/sums.store.js";
import { track, type TrackEvent } from "../../../src/features/tracking/track.js";
import { trackExposures, type TrackExposure } from "../../../src/features/tracking/track-exposures.js";
import { variantAt } from "../../../src/features/tracking/trial.js";
import {
  addTrialMetrics,
  beginEpoch,
  endTrial,
  type NewTrial,
} from "../../../src/features/tracking/trial.store.js";
import { rowsOf } from "../../../src/platform/database/index.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { freshDatabase } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
import { keyCaller, userCaller } from "../../support/tools.js";
import { admin, cipher, evaluationKey } from "../delivery/delivery-fixture.js";
import { begin, dayMs, halves, measure, openTracked, start, type Tracked } from "./tracking-fixture.js";

const hourMs = 3_600_000;
let clock = start + 24 * hourMs;
let tracked: Tracked;
let tools: TrackingTools;

beforeAll(async () => {
  tracked = await openTracked(await freshDatabase(), () => clock);
  const { database } = tracked;
  const tracking = createTracking({
    database,
    log: silentLog,
    metrics: openMetrics(),
    cipher,
    now: () => clock,
  });
  tools = { ...tracked.tools, tracking };
});
beforeEach(async () => {
  clock = Math.max(clock, start + 24 * hourMs);
  await tracked.database.execute(sql`delete from trials`);
  await tracked.database.execute(sql`delete from metric_events`);
});
afterAll(async () => {
  await tools.tracking.close();
  await tracked.close();
  await tracked.opened.close();
});

const server = evaluationKey("SERVER");
const client = evaluationKey("CLIENT");
const moment = (ms: number) => new Date(ms).toISOString();
const event = (id: string, changes: Partial<TrackEvent> = {}): TrackEvent => ({
  ...{ id, metric: "clicks", unit: "alice", at: moment(clock), ...changes },
});
const send = async (...events: TrackEvent[]) => track(tools, server, { events });

it("stores events where there is no trial, and those of metrics that nobody knows", async () => {
  expect(await send(event("a"), event("b", { metric: "not-yet", value: 2.5 }))).toEqual({
    ...{ accepted: 2, duplicates: 0, rejected: [] },
  });
  expect(await track(tools, client, { events: [event("a"), event("c"), event("c")] })).toEqual({
    ...{ accepted: 1, duplicates: 2, rejected: [] },
  });
  const rows = rowsOf(
    await tracked.database.execute(sql`select event_id, metric, value::text as value, length(unit) as bytes
      from metric_events order by event_id`),
  );
  expect(rows).toEqual([
    { event_id: "a", metric: "clicks", value: "1", bytes: 32 },
    { event_id: "b", metric: "not-yet", value: "2.5", bytes: 32 },
    { event_id: "c", metric: "clicks", value: "1", bytes: 32 },
  ]);
});

it("refuses what is wrong, by its place, and takes the rest", async () => {
  const bad: [Partial<TrackEvent>, string][] = [
    [{ id: "" }, "INVALID"],
    [{ id: "x".repeat(201) }, "INVALID"],
    [{ id: "nul\0" }, "INVALID"],
    [{ metric: "no key" }, "INVALID"],
    [{ at: "yesterday" }, "INVALID"],
    [{ at: 5 }, "INVALID"],
    [{ unit: "x".repeat(5_000) }, "INVALID"],
    [{ unit: "half \ud800" }, "INVALID"],
    [{ attribute: "" }, "INVALID"],
    [{ value: Infinity }, "INVALID"],
    [{ value: NaN }, "INVALID"],
    [{ value: 0.000_000_1 }, "INVALID"],
    [{ value: 2 ** 54 }, "INVALID"],
    [{ at: moment(clock + 301_000) }, "IN_FUTURE"],
    [{ at: moment(clock - 7 * dayMs - 1_000) }, "TOO_OLD"],
  ];
  const events = bad.map(([changes], index) => event(`bad-${index}`, changes));
  const { accepted, rejected } = await send(event("first"), ...events, event("last"));
  expect(accepted).toBe(2);
  expect(rejected.map(({ index, code }) => [index, code])).toEqual(
    bad.map(([, code], index) => [index + 1, code]),
  );
  expect(rejected[3]?.message).toBe('metric must be the key of a metric, got "no key".');
  expect(rejected[10]?.message).toBe(
    "value must be a number within ±(2^53 − 1) of at most 6 decimals, got NaN.",
  );
  const edge = [
    event("edge-1", { at: moment(clock + 299_000) }),
    event("edge-2", { at: moment(clock - 7 * dayMs + 1_000), value: -0.000_001 }),
  ];
  expect(await send(...edge)).toMatchObject({ accepted: 2, rejected: [] });
});

it("takes 500 at a time and no more", async () => {
  const many = (count: number) => Array.from({ length: count }, (_none, index) => event(`many-${index}`));
  expect(await send(...many(500))).toMatchObject({ accepted: 500 });
  await expect(send(...many(501))).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  expect(await send()).toEqual({ accepted: 0, duplicates: 0, rejected: [] });
});

it("is for CLIENT and SERVER keys", async () => {
  for (const caller of [admin, keyCaller(), userCaller(null, { other: "ADMIN" })]) {
    await expect(track(tools, caller, { events: [] })).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(trackExposures(tools, caller, { exposures: [] })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
  }
});

async function beginClicks(): Promise<NewTrial> {
  return begin(tracked, { metrics: [measure(tracked, "clicks")] });
}

const bucketIn = ({ id }: NewTrial, unit: string) => bucketOf(id, unit, 100_000);
/** Somebody who has that variant. */
function somebody(trial: NewTrial, variant: string | null): string {
  for (let index = 0; ; index += 1) {
    if (variantAt(trial.slots, bucketIn(trial, `user-${index}`)) === variant) return `user-${index}`;
  }
}
const exposure = (trial: NewTrial, unit: string, changes: Partial<TrackExposure> = {}): TrackExposure => ({
  ...{ flagKey: "checkout", experiment: trial.id, epoch: 1, unit, at: moment(clock) },
  variant: variantAt(trial.slots, bucketIn(trial, unit)) ?? "off",
  ...changes,
});
const expose = async (...exposures: TrackExposure[]) => trackExposures(tools, server, { exposures });

it("counts what somebody did after it was shown something, by whichever came first", async () => {
  const trial = await beginClicks();
  const on = somebody(trial, "on");
  await send(event("late", { unit: on, at: moment(clock + 1_000) }));
  expect(await expose(exposure(trial, on), exposure(trial, on))).toEqual({
    ...{ accepted: 1, duplicates: 1, rejected: [] },
  });
  await send(
    event("later", { unit: on, at: moment(clock + 2_000) }),
    event("before", { unit: on, at: moment(clock - 1) }),
  );
  const { exposures, metrics } = await readSums(tracked.database, trial.id);
  expect(exposures).toMatchObject([{ variant: "on", n: 1, conflicted: 0 }]);
  expect(metrics).toMatchObject([{ variant: "on", nonzero: 1, sumY: "2", sumYy: "4" }]);
});

it("counts what was tracked before its metric was there, once something measures by that", async () => {
  const running = await begin(tracked);
  const on = somebody(running, "on");
  await expose(exposure(running, on));
  await send(event("early", { metric: "signups", unit: on, at: moment(clock + 1_000) }));
  const { id: metric } = await createMetric(tracked.tools, admin, { key: "signups", type: "COUNT" });
  const signups = { metric, key: "signups", type: "COUNT", windowHours: null, cap: null } as const;
  await tracked.note(async (tx) => addTrialMetrics(tx, running.id, [signups]));
  const later = await begin(tracked, { metrics: [{ ...signups, isCovariate: false }] });
  await expose(exposure(later, on));
  for (const trial of [running, later]) {
    const { metrics } = await readSums(tracked.database, trial.id);
    expect(metrics).toMatchObject([{ metric, nonzero: 1, sumY: "1" }]);
  }
});

it("works the bucket out by itself, so that who is in another variant shows", async () => {
  const trial = await beginClicks();
  await expose(
    exposure(trial, somebody(trial, "on"), { variant: "off" }),
    exposure(trial, somebody(trial, null), { variant: "on" }),
    exposure(trial, somebody(trial, "off")),
  );
  const { exposures } = await readSums(tracked.database, trial.id);
  expect(exposures.reduce((sum, { conflicted }) => sum + conflicted, 0)).toBe(2);
});

it("refuses exposures that no trial can take", async () => {
  const trial = await beginClicks();
  const on = somebody(trial, "on");
  const { accepted, rejected } = await expose(
    exposure(trial, on, { experiment: randomUUID() }),
    exposure(trial, on, { experiment: "new-price" }),
    exposure(trial, on, { flagKey: "banner" }),
    exposure(trial, on, { epoch: 2 }),
    exposure(trial, on, { variant: "purple" }),
    exposure(trial, on, { attribute: "device" }),
    exposure(trial, on, { at: moment(start - 301_000) }),
    exposure(trial, on, { experiment: trial.id.toUpperCase() }),
  );
  expect(accepted).toBe(1);
  expect(rejected.map(({ index, code }) => `${index} ${code}`)).toEqual([
    ...["0 UNKNOWN_EXPERIMENT", "1 INVALID", "2 UNKNOWN_EXPERIMENT", "3 UNKNOWN_EXPERIMENT"],
    ...["4 UNKNOWN_VARIANT", "5 INVALID", "6 INVALID"],
  ]);
  await tracked.note(async (tx) => {
    await beginEpoch(tx, trial.id, halves, new Date(clock));
    await endTrial(tx, trial.id, new Date(clock));
  });
  const off = somebody(trial, "off");
  const after = await expose(
    exposure(trial, off, { epoch: 2 }),
    exposure(trial, off, { epoch: 2, at: moment(clock + 1) }),
  );
  expect(after).toMatchObject({ accepted: 1, rejected: [{ index: 1, code: "ENDED" }] });
});

it("keeps what the experiment tells results apart by, and nothing else", async () => {
  const slices = ["country", "company.plan", "beta"];
  const trial = await begin(tracked, { metrics: [measure(tracked, "clicks")], slices });
  const named = { country: "DE".repeat(40), "company.plan": 3, beta: false, password: "hunter2", age: null };
  const off = somebody(trial, "off");
  await expose(
    exposure(trial, somebody(trial, "on"), { slices: named }),
    exposure(trial, off, { slices: { country: "FR" } }),
    exposure(trial, off, { slices: { country: "IT" } }),
  );
  const stored = await tracked.database.execute(
    sql`select slice from exposures where trial = ${trial.id} order by variant`,
  );
  expect(rowsOf(stored).map(({ slice }) => JSON.parse(String(slice)) as object)).toEqual([
    { country: "FR" },
    { country: "DE".repeat(32), "company.plan": "3", beta: "false" },
  ]);
  const largest = await readUnits(tracked.database, trial.id, "country", 20);
  expect(largest.slices.map(({ slice }) => slice)).toEqual(["DE".repeat(32), "FR"]);
});

it("refuses attributes that are none, each exposure by itself", async () => {
  const trial = await begin(tracked, { slices: ["country"] });
  const on = somebody(trial, "on");
  const many = Object.fromEntries(Array.from({ length: 33 }, (_none, index) => [`a${index}`, index]));
  const wrong = [
    ["DE"],
    "DE",
    many,
    { country: { iso: "DE" } },
    { country: "a\0b" },
    { country: "x".repeat(5_000) },
  ];
  const { accepted, rejected } = await expose(
    ...[...wrong, null, { country: null }].map((slices) => exposure(trial, on, { slices })),
  );
  expect(accepted).toBe(1);
  expect(rejected.map(({ code, message }) => `${code}: ${message}`)).toEqual([
    'INVALID: slices must be an object, got ["DE"].',
    'INVALID: slices must be an object, got "DE".',
    "INVALID: slices must name at most 32 attributes, got 33.",
    'INVALID: slices["country"] must be a string, a number or a boolean, got {"iso":"DE"}.',
    'INVALID: slices["country"] must be well-formed Unicode without NUL, got "a\\u0000b".',
    'INVALID: slices["country"] must be at most 4096 characters long, got 5000.',
  ]);
});

it("asks CLIENT keys for a proof where contexts need one", async () => {
  const environment = "staging";
  const trial = await beginClicks();
  const { secret } = await rotateContextProofSecret(tracked.tools, admin, { environment });
  await updateEnvironment(tracked.tools, admin, { environment, requireContextProof: true });
  const proof = createHmac("sha256", secret).update("alice").digest("hex");
  const events = [
    event("unproved"),
    event("proved", { proof }),
    event("another", { proof, unit: "bob" }),
    event("device", { attribute: "device" }),
  ];
  expect(await track(tools, client, { events })).toMatchObject({
    accepted: 2,
    rejected: [
      { index: 0, code: "UNPROVED" },
      { index: 2, code: "UNPROVED" },
    ],
  });
  expect(await track(tools, server, { events })).toMatchObject({ accepted: 2, duplicates: 2, rejected: [] });
  const shown = exposure(trial, "alice");
  expect(await trackExposures(tools, client, { exposures: [shown, { ...shown, proof }] })).toMatchObject({
    rejected: [{ index: 0, code: "UNPROVED" }],
  });
});

it("stores what happens on days that nobody made ahead, as after a long sleep", async () => {
  clock = start + 30 * dayMs;
  expect(await send(event("late"), event("later"))).toEqual({ accepted: 2, duplicates: 0, rejected: [] });
});
