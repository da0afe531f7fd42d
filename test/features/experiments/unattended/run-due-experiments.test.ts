/** Experiments start and end by themselves: once, whatever instance gets there first. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listHappeningsAfter } from "../../../../src/features/happenings/index.js";
import { decisionsOf } from "../../../../src/features/experiments/experiment.queries.js";
import { readExperiment } from "../../../../src/features/experiments/experiment.store.js";
import type { Experiment } from "../../../../src/features/experiments/experiment.js";
import { runDueExperiments } from "../../../../src/features/experiments/unattended/run-due-experiments.js";
import { startExperiment } from "../../../../src/features/experiments/lifecycle/start-experiment.js";
import { stopExperiment } from "../../../../src/features/experiments/lifecycle/stop-experiment.js";
import { updateExperiment } from "../../../../src/features/experiments/update-experiment.js";
import { auditEvents } from "../../../../src/features/ledger/index.js";
import { systemCaller } from "../../../../src/features/permissions/index.js";
import { openPostgres } from "../../../../src/platform/database/postgres.js";
import { Problem } from "../../../../src/platform/problems.js";
import { freshPostgresUrl } from "../../../support/databases.js";
import { admin } from "../../delivery/delivery-fixture.js";
import { problemOf } from "../../flags/settings-fixture.js";
import { type Laboratory, openLaboratory } from "../experiment-fixture.js";

const system = systemCaller("test");
const startsAt = "2026-03-11T09:00:00Z";
const endsAt = "2026-03-25T09:00:00Z";

async function stored(lab: Laboratory, key: string): Promise<Experiment> {
  const found = await readExperiment(lab.opened.database, { project: "default", key });
  if (found === null) throw new Error(`There is no ${key}.`);
  return found;
}

async function decided(lab: Laboratory, { id }: Experiment) {
  const { edges } = await decisionsOf(lab.tools, id, {});
  return edges.map(({ node }) => ({ action: node.action, at: node.at, summary: node.summary }));
}

describe("one instance", () => {
  let lab: Laboratory;
  beforeEach(async () => {
    lab = await openLaboratory();
  });
  afterEach(async () => lab.close());

  it("starts what is scheduled when its moment has come, and ends it when that has", async () => {
    const scheduled = await lab.run("planned", { startsAt, endsAt });
    expect(scheduled).toMatchObject({ status: "SCHEDULED", epoch: 0 });
    expect((await problemOf(startExperiment(lab.tools, admin, { experiment: "planned" }))).message).toBe(
      'Experiment "planned" starts by itself at 2026-03-11T09:00:00.000Z: set startsAt to another moment first.',
    );
    lab.setClock("2026-03-11T08:59:59Z");
    expect(await runDueExperiments(lab.tools, system)).toEqual({ started: 0, ended: 0, refused: 0 });
    expect(lab.ask("alice").experiment).toBeUndefined();

    lab.setClock("2026-03-11T09:00:07Z");
    expect(await runDueExperiments(lab.tools, system)).toEqual({ started: 1, ended: 0, refused: 0 });
    expect(await runDueExperiments(lab.tools, system)).toEqual({ started: 0, ended: 0, refused: 0 });
    expect(lab.ask("alice").experiment).toMatchObject({ id: scheduled.id, epoch: 1 });

    lab.setClock("2026-03-25T09:00:00Z");
    expect(await runDueExperiments(lab.tools, system)).toEqual({ started: 0, ended: 1, refused: 0 });
    expect(await stored(lab, "planned")).toMatchObject({ status: "STOPPED", stoppedAt: new Date(endsAt) });
    expect(lab.ask("alice").experiment).toBeUndefined();
    expect(await decided(lab, scheduled)).toEqual([
      {
        ...{ action: "ENDED", at: new Date(endsAt) },
        summary:
          'Experiment "planned" was stopped, because its end had come. Nothing was promoted: what the flag serves without it stays.',
      },
      {
        ...{ action: "STARTED", at: new Date("2026-03-11T09:00:07Z") },
        summary: 'Experiment "planned" was started, because its start had come.',
      },
    ]);
  });

  it("makes a draft again of what cannot be started, and says why", async () => {
    const scheduled = await lab.run("late", { startsAt });
    await lab.run("first");
    lab.setClock(startsAt);
    expect(await runDueExperiments(lab.tools, system)).toEqual({ started: 0, ended: 0, refused: 1 });
    expect(await stored(lab, "late")).toMatchObject({ status: "DRAFT" });
    expect(await decided(lab, scheduled)).toEqual([
      {
        ...{ action: "START_REFUSED", at: new Date(startsAt) },
        summary:
          'Experiment "late" could not be started and is a draft again: Experiment "first" is RUNNING on flag "till" in staging: one at a time, so stop that first.',
      },
    ]);
  });

  it("starts the next time what a database that went away for a moment kept from starting", async () => {
    await lab.run("planned", { startsAt });
    lab.setClock(startsAt);
    const moments = [new Problem("UNKNOWN_OUTCOME", "It went away.")];
    const admit = (): void => {
      const moment = moments.pop();
      if (moment !== undefined) throw moment;
    };
    const tools = { ...lab.tools, admit };
    await expect(runDueExperiments(tools, system)).rejects.toThrow("It went away.");
    expect(await stored(lab, "planned")).toMatchObject({ status: "SCHEDULED" });
    expect(await runDueExperiments(tools, system)).toEqual({ started: 1, ended: 0, refused: 0 });
  });

  it("lets what is scheduled be changed, and called off", async () => {
    await lab.run("planned", { startsAt });
    await updateExperiment(lab.tools, admin, { experiment: "planned", startsAt: "2026-03-12T09:00:00Z" });
    lab.setClock(startsAt);
    expect(await runDueExperiments(lab.tools, system)).toMatchObject({ started: 0 });
    expect(await stopExperiment(lab.tools, admin, { experiment: "planned" })).toMatchObject({
      status: "DRAFT",
    });
    await startExperiment(lab.tools, admin, { experiment: "planned" });
    const recalled = await updateExperiment(lab.tools, admin, { experiment: "planned", startsAt: null });
    expect(recalled).toMatchObject({ status: "DRAFT", startsAt: null });
    expect(await startExperiment(lab.tools, admin, { experiment: "planned" })).toMatchObject({
      status: "RUNNING",
    });
  });

  it("asks about each experiment that runs, and is held up by none", async () => {
    await lab.run("one");
    await lab.run("two", { flagKey: "banner" });
    await lab.create("draft");
    const asked: string[] = [];
    const decideOn = async ({ key }: Experiment): Promise<void> => {
      asked.push(key);
      if (key === "one") return Promise.reject(new Error("no"));
    };
    await expect(runDueExperiments(lab.tools, system, decideOn)).rejects.toThrow("no");
    expect(asked).toEqual(["one", "two"]);
  });
});

describe("two instances over one PostgreSQL", () => {
  it("start an experiment once", async () => {
    const url = await freshPostgresUrl();
    const first = await openLaboratory({ opened: await openPostgres(url, {}) });
    const second = await openLaboratory({ opened: await openPostgres(url, {}), isSecond: true });
    const laboratories = [first, second];
    try {
      const keys = ["till", "banner", "footer"];
      for (const flagKey of keys) await first.run(`at-${flagKey}`, { flagKey, startsAt });
      for (const lab of laboratories) lab.setClock(startsAt);
      const runs = Array.from({ length: 8 }, async (_, n) =>
        runDueExperiments(laboratories[n % 2]?.tools ?? first.tools, system),
      );
      const done = await Promise.all(runs);
      expect(done.reduce((sum, { started }) => sum + started, 0)).toBeLessThanOrEqual(3);
      await runDueExperiments(second.tools, system);
      for (const flagKey of keys) {
        const experiment = await stored(first, `at-${flagKey}`);
        expect(experiment).toMatchObject({ status: "RUNNING", epoch: 1 });
        expect(await decided(first, experiment)).toHaveLength(1);
      }
      const happened = await listHappeningsAfter(second.opened.database, 0, 100);
      expect(happened).toHaveLength(3);
      expect(happened.map(({ details }) => details)).toMatchObject(
        Array.from({ length: 3 }, () => ({ kind: "DECISION", action: "STARTED" })),
      );
      const { count } = await auditEvents(first.tools, admin, { kinds: ["experiment.started"] }, {});
      expect(await count()).toBe(3);
    } finally {
      for (const { close, opened } of laboratories) {
        await close();
        await opened.close();
      }
    }
  });
});
