/** What experiments do to answers, from the draft to the conclusion. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { changeTraffic } from "../../../../src/features/experiments/lifecycle/change-traffic.js";
import { concludeExperiment } from "../../../../src/features/experiments/lifecycle/conclude-experiment.js";
import { deleteExperiment } from "../../../../src/features/experiments/delete-experiment.js";
import {
  pauseExperiment,
  resumeExperiment,
} from "../../../../src/features/experiments/lifecycle/pause-experiment.js";
import { startExperiment } from "../../../../src/features/experiments/lifecycle/start-experiment.js";
import { stopExperiment } from "../../../../src/features/experiments/lifecycle/stop-experiment.js";
import { lastChanges, bodyOf } from "../../../../src/features/ledger/index.js";
import { readTrials } from "../../../../src/features/tracking/index.js";
import { admin } from "../../delivery/delivery-fixture.js";
import { problemOf } from "../../flags/settings-fixture.js";
import { type Answer, type Laboratory, openLaboratory, start } from "../experiment-fixture.js";

let lab: Laboratory;
beforeAll(async () => {
  lab = await openLaboratory();
});
afterAll(async () => lab.close());

const place = { project: "default", environment: "staging" };

function takingPart(crowd: ReadonlyMap<string, Answer>): Map<string, string | null> {
  return new Map(
    [...crowd]
      .filter(([, { experiment }]) => experiment !== undefined)
      .map(([key, { variant }]) => [key, variant]),
  );
}

it("shows nobody anything before it starts, and is measured from its start on", async () => {
  const draft = await lab.create("lifecycle", { traffic: 20, slices: ["country"] });
  expect(draft).toMatchObject({ status: "DRAFT", epoch: 0, startedAt: null, version: 1 });
  expect(lab.ask("alice")).toEqual({ variant: "off", reason: "STATIC", experiment: undefined });

  const started = await startExperiment(lab.tools, admin, { experiment: "lifecycle" });
  expect(started).toMatchObject({ status: "RUNNING", epoch: 1, startedAt: new Date(start), version: 2 });
  const crowd = lab.crowd(2_000);
  const shown = takingPart(crowd);
  expect(shown.size).toBeGreaterThan(330);
  expect(shown.size).toBeLessThan(470);
  const on = [...shown.values()].filter((variant) => variant === "on").length;
  expect(on / shown.size).toBeGreaterThan(0.4);
  expect(on / shown.size).toBeLessThan(0.6);
  const [participant = ""] = shown.keys();
  expect(crowd.get(participant)).toMatchObject({
    reason: "SPLIT",
    experiment: { id: draft.id, epoch: 1, by: "targetingKey", slices: ["country"] },
  });
  const outside = [...crowd.values()].find(({ experiment }) => experiment === undefined);
  expect(outside).toMatchObject({ variant: "off", reason: "DEFAULT" });

  const trial = (await readTrials(lab.opened.database, place, [draft.id])).get(draft.id);
  expect(trial).toMatchObject({ flag: "till", attribute: "targetingKey", endedAt: null });
  expect(trial?.epochs.map(({ epoch, slots }) => ({ epoch, slots }))).toEqual([
    {
      epoch: 1,
      slots: [
        { variant: "on", weight: 10_000 },
        { variant: "off", weight: 10_000 },
        { variant: null, weight: 80_000 },
      ],
    },
  ]);
});

it("moves nobody when the traffic grows, and lets some go when it shrinks", async () => {
  const before = takingPart(lab.crowd(2_000));
  const grown = await changeTraffic(lab.tools, admin, { experiment: "lifecycle", traffic: 73.333 });
  expect(grown).toMatchObject({ traffic: 73.333, epoch: 2 });
  const after = lab.crowd(2_000);
  const wide = takingPart(after);
  for (const [key, variant] of before) expect(wide.get(key)).toBe(variant);
  expect(wide.size).toBeGreaterThan(1_300);
  expect(new Set([...after.values()].flatMap(({ experiment }) => experiment?.epoch ?? []))).toEqual(
    new Set([2]),
  );

  await changeTraffic(lab.tools, admin, { experiment: "lifecycle", traffic: 30 });
  const narrow = takingPart(lab.crowd(2_000));
  for (const [key, variant] of narrow) expect(wide.get(key)).toBe(variant);
  expect(narrow.size).toBeLessThan(700);

  await changeTraffic(lab.tools, admin, { experiment: "lifecycle", traffic: 100 });
  const all = takingPart(lab.crowd(2_000));
  for (const [key, variant] of narrow) expect(all.get(key)).toBe(variant);
  expect(all.size).toBe(2_000);
  const same = await changeTraffic(lab.tools, admin, { experiment: "lifecycle", traffic: 100 });
  expect(same.epoch).toBe(4);
});

it("answers as if it were not there while it is paused, and then as before", async () => {
  const before = lab.crowd(2_000);
  await pauseExperiment(lab.tools, admin, { experiment: "lifecycle" });
  expect(lab.ask("user-1")).toEqual({ variant: "off", reason: "STATIC", experiment: undefined });
  const again = problemOf(pauseExperiment(lab.tools, admin, { experiment: "lifecycle" }));
  expect(await again).toMatchObject({
    code: "CONFLICT",
    message: 'Experiment "lifecycle" is PAUSED and cannot be paused: only what is RUNNING can.',
  });
  expect(await problemOf(lab.run("rival"))).toMatchObject({
    code: "CONFLICT",
    message: 'Experiment "lifecycle" is PAUSED on flag "till" in staging: one at a time, so stop that first.',
  });
  const resumed = await resumeExperiment(lab.tools, admin, { experiment: "lifecycle" });
  expect(resumed).toMatchObject({ status: "RUNNING", epoch: 4 });
  expect(lab.crowd(2_000)).toEqual(before);
});

it("ends, and everybody gets what was found out to be best", async () => {
  lab.setClock("2026-03-24T12:00:00Z");
  const stopped = await stopExperiment(lab.tools, admin, { experiment: "lifecycle" });
  expect(stopped).toMatchObject({ status: "STOPPED", stoppedAt: new Date("2026-03-24T12:00:00Z") });
  expect(lab.ask("user-1")).toMatchObject({ variant: "off", reason: "STATIC" });
  const trial = (await readTrials(lab.opened.database, place, [stopped.id])).get(stopped.id);
  expect(trial?.endedAt).toEqual(new Date("2026-03-24T12:00:00Z"));

  const silent = concludeExperiment(lab.tools, admin, {
    experiment: "lifecycle",
    text: " ",
    variant: "blue",
  });
  expect((await problemOf(silent)).details.fields?.map(({ path }) => path)).toEqual([
    "input.text",
    "input.variant",
  ]);
  const concluded = await concludeExperiment(lab.tools, admin, {
    ...{ experiment: "lifecycle", variant: "on", text: "More people bought." },
  });
  expect(concluded).toMatchObject({
    status: "CONCLUDED",
    conclusion: {
      ...{ variant: "on", text: "More people bought.", automatic: false },
      at: "2026-03-24T12:00:00.000Z",
    },
  });
  expect(lab.ask("user-1")).toEqual({ variant: "on", reason: "STATIC", experiment: undefined });
  const [change] = await lastChanges(lab.opened.database, [
    { project: "default", subjectType: "FLAG", subject: "till", environment: "staging" },
  ]);
  expect(change).toMatchObject({ kind: "flag.fallthrough_set" });
  expect(change && bodyOf(change)).toEqual({
    ...{ before: { fallthrough: { variant: "off" } }, after: { fallthrough: { variant: "on" } } },
    reason: "More people bought.",
  });
  for (const work of [stopExperiment, startExperiment, deleteExperiment]) {
    const refused = problemOf(work(lab.tools, admin, { experiment: "lifecycle" }));
    expect((await refused).code).toBe("CONFLICT");
  }
});

it("is concluded while it runs, without a variant too", async () => {
  await lab.run("banners", { flagKey: "banner" });
  const concluded = await concludeExperiment(lab.tools, admin, {
    ...{ experiment: "banners", text: "Nobody cared." },
  });
  expect(concluded).toMatchObject({ status: "CONCLUDED", conclusion: { variant: null } });
  expect(concluded.stoppedAt).toEqual(new Date("2026-03-24T12:00:00Z"));
  expect(lab.ask("user-1", "banner")).toMatchObject({ variant: "off", reason: "STATIC" });
});

it("is deleted as a draft alone", async () => {
  const gone = await deleteExperiment(lab.tools, admin, { experiment: "rival" });
  expect(gone).toMatchObject({ key: "rival", status: "DRAFT" });
  expect(await problemOf(deleteExperiment(lab.tools, admin, { experiment: "rival" }))).toMatchObject({
    code: "NOT_FOUND",
  });
});
