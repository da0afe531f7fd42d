/** What those who watch an experiment are told, when that costs anything, and when it ends. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { ended, evaluate } from "../../../../src/features/delivery/index.js";
import { deleteExperiment } from "../../../../src/features/experiments/delete-experiment.js";
import { createResults, type Results } from "../../../../src/features/experiments/results/desk.js";
import { liveResults } from "../../../../src/features/experiments/results/feed.js";
import type { Analysed } from "../../../../src/features/experiments/results/results.js";
import { updateExperiment } from "../../../../src/features/experiments/update-experiment.js";
import { createTracking, type Tracking } from "../../../../src/features/tracking/index.js";
import { openMetrics } from "../../../../src/platform/metrics.js";
import { silentLog } from "../../../support/silent-log.js";
import { admin, cipher, evaluationKey, Listener, problemOf } from "../../delivery/delivery-fixture.js";
import { type Laboratory, openLaboratory, start } from "../experiment-fixture.js";

let lab: Laboratory;
let results: Results;
let tracking: Tracking;
const server = evaluationKey("SERVER");
const never = 1_000_000; // looks are made by hand

beforeEach(async () => {
  lab = await openLaboratory();
  const { database } = lab.opened;
  const { now } = lab.tools;
  results = createResults({ database, log: silentLog, metrics: openMetrics(), now, watchEveryMs: never });
  tracking = createTracking({ database, log: silentLog, metrics: openMetrics(), now, cipher });
});
afterEach(async () => {
  await results.close();
  await tracking.close();
  await lab.close();
});

async function watch(key: string, caller = admin): Promise<Listener<Analysed>> {
  return new Listener(await liveResults({ ...lab.tools, results }, caller, null, key));
}

async function show(targetingKey: string): Promise<void> {
  const tools = { ...lab.tools, answered: tracking.expose };
  evaluate(tools, server, { flagKey: "till", context: { targetingKey } });
  await tracking.flush();
}

/** The fewest of some: what else the instance does now and then is not the look's. */
async function statementsOfLook(): Promise<number> {
  const counts: number[] = [];
  for (let count = 0; count < 5; count += 1) {
    lab.statements();
    await results.watch.look();
    counts.push(lab.statements());
  }
  return Math.min(...counts);
}

async function unitsTold(listener: Listener<Analysed>): Promise<number> {
  return (await listener.told()).results.units;
}

it("tells what is known, and again after each change that a look finds", async () => {
  await lab.run("price");
  const listener = await watch("price");
  expect(await unitsTold(listener)).toBe(0);
  await show("alice");
  expect(await listener.next(50)).toBe("silence");
  await results.watch.look();
  expect(await unitsTold(listener)).toBe(1);

  await updateExperiment(lab.tools, admin, { experiment: "price", name: "Price" });
  await results.watch.look();
  expect((await listener.told()).input.experiment.name).toBe("Price");
  await listener.end();
});

it("tells many who watch the same, from one analysis", async () => {
  await lab.run("price");
  const listeners = await Promise.all(["a", "b", "c"].map(async () => watch("price")));
  const [first, ...others] = await Promise.all(listeners.map(async (one) => one.told()));
  for (const other of others) expect(other).toBe(first);
  await show("alice");
  await results.watch.look();
  const [next, ...same] = await Promise.all(listeners.map(async (one) => one.told()));
  for (const other of same) expect(other).toBe(next);
  for (const listener of listeners) await listener.end();
});

it("costs two statements for all that is watched while nothing changes, and none once nobody watches", async () => {
  await lab.run("price");
  await lab.create("next");
  const listeners = [await watch("price"), await watch("price"), await watch("next")];
  for (const listener of listeners) await listener.told();
  expect(await statementsOfLook()).toBe(2);
  for (const listener of listeners) {
    expect(await listener.next(20)).toBe("silence");
    await listener.end();
  }
  expect(await statementsOfLook()).toBe(0);
});

it("tells once an hour that days have passed", async () => {
  await lab.run("price");
  const listener = await watch("price");
  await listener.told();
  lab.setClock("2026-03-10T12:59:00Z");
  await results.watch.look();
  expect(await listener.next(20)).toBe("silence");
  lab.setClock("2026-03-10T13:00:00Z");
  await results.watch.look();
  expect((await listener.told()).results.at).toEqual(new Date("2026-03-10T13:00:00Z"));
  await listener.end();
});

it("ends when the right is gone, at the next change of whatever", async () => {
  await lab.run("price");
  const listener = await watch("price", { ...admin, requestId: "doomed" });
  await listener.told();
  lab.banned.set("doomed", "UNVERIFIED");
  await lab.toggle("banner", false);
  expect(await listener.next(50)).toBe("silence");
  lab.banned.set("doomed", "REVOKED");
  await lab.toggle("banner", true);
  expect(await listener.next()).toBe("ended");
});

it("ends when the experiment is deleted, also where another has its key then", async () => {
  await lab.create("price");
  const listener = await watch("price");
  expect((await listener.told()).results.verdict.state).toBe("NOT_STARTED");
  await deleteExperiment(lab.tools, admin, { experiment: "price" });
  await lab.create("price");
  await results.watch.look();
  expect(await listener.next()).toBe("ended");
});

it("is refused at once", async () => {
  await lab.run("price");
  const attempt = async (key: string, caller = admin) =>
    watch(key, caller).then(
      () => "watching",
      (error: unknown) =>
        problemOf(() => {
          throw error;
        })[0],
    );
  expect(await attempt("nothing")).toBe("NOT_FOUND");
  expect(await attempt("price", server)).toBe("FORBIDDEN");
});

it("gives results again for five seconds, and never those of another version", async () => {
  const experiment = await lab.run("price");
  const first = await results.of(experiment);
  lab.setClock("2026-03-10T12:00:04.999Z");
  expect(await results.of(experiment)).toBe(first);
  const renamed = await updateExperiment(lab.tools, admin, { experiment: "price", name: "Price" });
  expect((await results.of(renamed)).input.experiment.name).toBe("Price");
  lab.setClock("2026-03-10T12:00:06Z");
  const later = await results.of(experiment);
  expect(later.results.at).toEqual(new Date("2026-03-10T12:00:06Z"));
  expect(await results.of(experiment, Date.parse(start))).toBe(later);
});

it("tells the same from the same place", async () => {
  await lab.run("price");
  const feed = await liveResults({ ...lab.tools, results }, admin, null, "price");
  const stop = feed.listen(() => undefined);
  const step = await feed.step(feed.start);
  if (step === ended) throw new Error("It ended.");
  expect(step.event).toBe(step.cursor);
  expect(feed.step(step.cursor)).toEqual({ cursor: step.cursor, event: undefined });
  stop();
});
