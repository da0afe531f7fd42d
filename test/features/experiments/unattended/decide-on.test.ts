/** Experiments that are let decide: by proof, once, and so that it can be worked out again. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { replayDecision } from "../../../../src/features/experiments/unattended/decide-inputs.js";
import { decideOn } from "../../../../src/features/experiments/unattended/decide-on.js";
import type { CreateExperiment } from "../../../../src/features/experiments/create-experiment.js";
import { runDueExperiments } from "../../../../src/features/experiments/unattended/run-due-experiments.js";
import { setFallthrough } from "../../../../src/features/flags/set-fallthrough.js";
import { auditEvents } from "../../../../src/features/ledger/index.js";
import {
  pauseExperiment,
  resumeExperiment,
} from "../../../../src/features/experiments/lifecycle/pause-experiment.js";
import { systemCaller } from "../../../../src/features/permissions/index.js";
import { readSums } from "../../../../src/features/tracking/sums.store.js";
import { createMetric } from "../../../../src/features/tracking/create-metric.js";
import { openPostgres } from "../../../../src/platform/database/postgres.js";
import { freshPostgresUrl } from "../../../support/databases.js";
import { admin } from "../../delivery/delivery-fixture.js";
import { decisions, stored, visit } from "./decide-fixture.js";
import { type Laboratory, openLaboratory } from "../experiment-fixture.js";

const system = systemCaller("test");
const afterAWeek = "2026-03-17T12:00:00Z";
const better = { bought: { off: 0.1, on: 0.3 } };

function shares(weights: Readonly<Record<string, number>>): { variant: string; weight: number }[] {
  return Object.entries(weights).map(([variant, weight]) => ({ variant, weight }));
}

/** Each decision that was kept is what its inputs lead to. */
async function replays(lab: Laboratory, key: string): Promise<string[]> {
  const kept = await decisions(lab, await stored(lab, key));
  for (const { action, inputs } of kept) {
    const { decided } = inputs as { readonly decided: { readonly action: string } };
    expect(decided.action).toBe(action);
    expect(replayDecision(inputs)).toContainEqual(decided);
  }
  return kept.map(({ action }) => action);
}

describe("one instance", () => {
  let lab: Laboratory;
  beforeEach(async () => {
    lab = await openLaboratory();
    await createMetric(lab.tools, admin, { key: "failures", type: "COUNT", direction: "DECREASE" });
  });
  afterEach(async () => lab.close());

  const guarded: Partial<CreateExperiment> = {
    metrics: [
      { metric: "bought", role: "PRIMARY" },
      { metric: "failures", role: "GUARDRAIL", margin: 0.5 },
    ],
  };

  it("promotes what is proven to be better, and not before its least time", async () => {
    const experiment = await lab.run("price", { promotesAutomatically: true });
    await visit(lab, experiment, { name: "first", size: 1_500, at: "2026-03-12T12:00:00Z", rates: better });
    lab.setClock("2026-03-17T11:59:59Z");
    expect(await decideOn(lab.tools, system, experiment)).toEqual([]);
    lab.setClock(afterAWeek);
    expect(await decideOn(lab.tools, system, experiment)).toEqual([{ action: "PROMOTED", variant: "on" }]);
    expect(await decideOn(lab.tools, system, experiment)).toBe("BUSY");
    const concluded = await stored(lab, "price");
    expect(concluded).toMatchObject({
      ...{ status: "CONCLUDED", stoppedAt: new Date(afterAWeek) },
      conclusion: { variant: "on", automatic: true, at: "2026-03-17T12:00:00.000Z" },
    });
    expect(concluded.conclusion?.text).toMatch(
      /^Experiment "price" was concluded: `on` is served to everybody now\. It raises bought by \d+ % \(95 %: .+\) after 7 days and 1,500 units\.$/,
    );
    expect(lab.ask("anybody")).toMatchObject({ variant: "on", experiment: undefined });
    expect(await replays(lab, "price")).toEqual(["PROMOTED"]);
    const { edges } = await auditEvents(lab.tools, admin, { kinds: ["experiment.concluded"] }, {});
    expect(edges.map(({ node }) => node.actorKind)).toEqual(["SYSTEM"]);
  });

  it("counts its least time anew after a pause: whoever is away cannot be measured", async () => {
    const experiment = await lab.run("price", { promotesAutomatically: true });
    await visit(lab, experiment, { name: "first", size: 1_500, at: "2026-03-10T13:00:00Z", rates: better });
    lab.setClock("2026-03-10T14:00:00Z");
    await pauseExperiment(lab.tools, admin, { experiment: "price" });
    lab.setClock(afterAWeek);
    const resumed = await resumeExperiment(lab.tools, admin, { experiment: "price" });
    expect(resumed.resumedAt).toEqual(new Date(afterAWeek));
    expect(await decideOn(lab.tools, system, resumed)).toEqual([]);
    lab.setClock("2026-03-24T12:00:00Z");
    expect(await decideOn(lab.tools, system, resumed)).toEqual([{ action: "PROMOTED", variant: "on" }]);
    expect(await replays(lab, "price")).toEqual(["PROMOTED"]);
  });

  it("does nothing that it was not told to do", async () => {
    const experiment = await lab.run("price", guarded);
    const rates = { bought: { off: 0.1, on: 0.3 }, failures: { off: 0.02, on: 0.2 } };
    await visit(lab, experiment, { name: "some", size: 1_500, at: "2026-03-12T12:00:00Z", rates });
    lab.setClock(afterAWeek);
    expect(await decideOn(lab.tools, system, experiment)).toEqual([{ action: "ALARM", kind: "GUARDRAIL" }]);
    expect(await decideOn(lab.tools, system, experiment)).toEqual([]);
    expect(await stored(lab, "price")).toMatchObject({ status: "RUNNING", version: experiment.version });
    expect(await replays(lab, "price")).toEqual(["ALARM"]);
  });

  it("promotes nothing whose guardrail is not proven", async () => {
    const experiment = await lab.run("price", { ...guarded, promotesAutomatically: true });
    const few = { ...better, failures: { off: 0.01, on: 0.01 } };
    await visit(lab, experiment, { name: "few", size: 1_500, at: "2026-03-12T12:00:00Z", rates: few });
    lab.setClock(afterAWeek);
    expect(await decideOn(lab.tools, system, experiment)).toEqual([]);
    const many = { ...better, failures: { off: 0.4, on: 0.4 } };
    await visit(lab, experiment, { name: "many", size: 3_000, at: "2026-03-17T11:00:00Z", rates: many });
    expect(await decideOn(lab.tools, system, experiment)).toEqual([{ action: "PROMOTED", variant: "on" }]);
    expect((await stored(lab, "price")).conclusion?.text).toContain(
      "units, and no guardrail is worse than its margin allows.",
    );
    expect(await replays(lab, "price")).toEqual(["PROMOTED"]);
  });

  it("rolls harm back at once, and the control stays", async () => {
    const experiment = await lab.run("price", {
      ...{ ...guarded, rollsBackAutomatically: true, promotesAutomatically: true },
    });
    const rates = { ...better, failures: { off: 0.02, on: 0.15 } };
    await visit(lab, experiment, { name: "harmed", size: 1_000, at: "2026-03-10T13:00:00Z", rates });
    lab.setClock("2026-03-10T14:00:00Z");
    const rolledBack = [{ action: "ROLLED_BACK", variants: ["on"] }];
    expect(await decideOn(lab.tools, system, experiment)).toEqual(rolledBack);
    const concluded = await stored(lab, "price");
    expect(concluded).toMatchObject({ status: "CONCLUDED", conclusion: { variant: null, automatic: true } });
    expect(concluded.conclusion?.text).toMatch(
      /^Experiment "price" was rolled back: `on` makes failures worse by [\d,.]+ %\. What the flag serves without it stays, or the control where that does the harm\.$/,
    );
    expect(lab.ask("anybody")).toMatchObject({ variant: "off", experiment: undefined });
    expect(await replays(lab, "price")).toEqual(["ROLLED_BACK"]);
  });

  it("rolls nobody back to what does the harm", async () => {
    const experiment = await lab.run("price", { ...guarded, rollsBackAutomatically: true });
    const place = { flagKey: "till", environment: "staging" };
    await setFallthrough(lab.tools, admin, { ...place, serve: { variant: "on" } });
    const rates = { ...better, failures: { off: 0.02, on: 0.15 } };
    await visit(lab, experiment, { name: "harmed", size: 1_000, at: "2026-03-10T13:00:00Z", rates });
    await decideOn(lab.tools, system, experiment);
    const concluded = await stored(lab, "price");
    expect(concluded).toMatchObject({ status: "CONCLUDED", conclusion: { variant: "off", automatic: true } });
    expect(lab.ask("anybody")).toMatchObject({ variant: "off", experiment: undefined });
  });

  it("raises an alarm about a broken assignment once, and promotes nothing", async () => {
    const experiment = await lab.run("price", { promotesAutomatically: true });
    const lost = { off: 0.3 };
    const at = "2026-03-12T12:00:00Z";
    await visit(lab, experiment, { name: "odd", size: 3_000, at, rates: better, lost });
    lab.setClock(afterAWeek);
    const alarm = [{ action: "ALARM", kind: "SAMPLE_RATIO" }];
    expect(await decideOn(lab.tools, system, experiment)).toEqual(alarm);
    await visit(lab, experiment, { name: "later", size: 100, at: afterAWeek, rates: better, lost });
    expect(await decideOn(lab.tools, system, experiment)).toEqual([]);
    const [kept] = await decisions(lab, experiment);
    expect(kept?.summary).toMatch(
      /^Experiment "price" needs somebody to look at it\. Units were not shared out as the weights say: .+ Nothing is promoted by itself\.$/,
    );
    expect(await stored(lab, "price")).toMatchObject({ status: "RUNNING" });
    expect(await replays(lab, "price")).toEqual(["ALARM"]);
  });

  it("ends inconclusively where nothing was promoted", async () => {
    const endsAt = "2026-03-20T12:00:00Z";
    const experiment = await lab.run("price", { promotesAutomatically: true, endsAt });
    const rates = { bought: { off: 0.2, on: 0.2 } };
    await visit(lab, experiment, { name: "equal", size: 1_000, at: "2026-03-12T12:00:00Z", rates });
    lab.setClock(endsAt);
    expect(await runDueExperiments(lab.tools, system)).toEqual({ started: 0, ended: 1, refused: 0 });
    expect(await stored(lab, "price")).toMatchObject({
      ...{ status: "STOPPED", stoppedAt: new Date(endsAt), conclusion: null },
    });
    expect(lab.ask("anybody")).toMatchObject({ variant: "off", experiment: undefined });
    const [kept] = await decisions(lab, experiment);
    expect(kept?.summary).toMatch(
      /^Experiment "price" was stopped, because its end had come, and nothing was promoted\. It ended without a proven difference: .+ What the flag serves without it stays\.$/,
    );
    expect(await replays(lab, "price")).toEqual(["INCONCLUSIVE"]);
    expect(await runDueExperiments(lab.tools, system)).toMatchObject({ ended: 0 });
  });

  it("keeps nothing of what could not be done, and does it the next time", async () => {
    const experiment = await lab.run("price", { promotesAutomatically: true });
    await visit(lab, experiment, { name: "first", size: 1_500, at: "2026-03-12T12:00:00Z", rates: better });
    lab.setClock(afterAWeek);
    const admit = ({ kind }: { readonly kind: string }): void => {
      if (kind === "flag.fallthrough_set") throw new Error("killed");
    };
    await expect(decideOn({ ...lab.tools, admit }, system, experiment)).rejects.toThrow("killed");
    expect(await stored(lab, "price")).toMatchObject({ status: "RUNNING", version: experiment.version });
    expect(await decisions(lab, experiment)).toEqual([]);
    expect(await decideOn(lab.tools, system, experiment)).toEqual([{ action: "PROMOTED", variant: "on" }]);
    expect(await decisions(lab, experiment)).toHaveLength(1);
  });

  it("moves shares to what does better, once a day, and begins an epoch", async () => {
    const experiment = await lab.run("price", { optimises: true, endsAt: "2026-04-10T12:00:00Z" });
    const at = "2026-03-10T13:00:00Z";
    await visit(lab, experiment, { name: "first", size: 1_200, at, rates: better });
    lab.setClock("2026-03-11T11:59:59Z");
    expect(await decideOn(lab.tools, system, experiment)).toEqual([]);
    lab.setClock("2026-03-11T12:00:00Z");
    const [before, after] = [experiment.arms, shares({ on: 98_000, off: 2_000 })];
    expect(await decideOn(lab.tools, system, experiment)).toEqual([{ action: "OPTIMISED", before, after }]);

    const moved = await stored(lab, "price");
    expect(moved).toMatchObject({ status: "RUNNING", epoch: 2, arms: after });
    expect(lab.ask("anybody").experiment).toMatchObject({ epoch: 2 });
    const seen = await visit(lab, moved, {
      name: "second",
      size: 1_200,
      at: "2026-03-11T13:00:00Z",
      rates: better,
    });
    expect(seen.get("on")).toBeGreaterThan(1_100);
    const { exposures } = await readSums(lab.opened.database, experiment.id);
    const left = exposures.find(({ epoch, variant }) => epoch === 1 && variant === "off")?.n;
    expect(left).toBeLessThan(100);
    expect(await decideOn(lab.tools, system, moved)).toEqual([]);
    lab.setClock("2026-03-17T13:00:00Z");
    expect(await decideOn(lab.tools, system, moved)).toEqual([]);
    expect(await replays(lab, "price")).toEqual(["OPTIMISED"]);
    const [kept] = await decisions(lab, experiment);
    expect(kept?.summary).toBe(
      'Experiment "price" moved its shares to what does better: `on` from 50 % to 98 % and `off` from 50 % to 2 %.',
    );
  });

  it("does not act on what was changed meanwhile", async () => {
    const experiment = await lab.run("price", { promotesAutomatically: true });
    await visit(lab, experiment, { name: "first", size: 1_500, at: "2026-03-12T12:00:00Z", rates: better });
    lab.setClock(afterAWeek);
    const stale = { ...experiment, version: experiment.version - 1 };
    expect(await decideOn(lab.tools, system, stale)).toBe("BUSY");
    expect(await stored(lab, "price")).toMatchObject({ status: "RUNNING" });
  });
});

describe("two instances over one PostgreSQL", () => {
  it("promote a winner once", async () => {
    const url = await freshPostgresUrl();
    const first = await openLaboratory({ opened: await openPostgres(url, {}) });
    const second = await openLaboratory({ opened: await openPostgres(url, {}), isSecond: true });
    try {
      const experiment = await first.run("price", { promotesAutomatically: true });
      const at = "2026-03-12T12:00:00Z";
      await visit(first, experiment, { name: "first", size: 1_500, at, rates: better });
      for (const lab of [first, second]) lab.setClock(afterAWeek);
      const runs = Array.from({ length: 8 }, async (_, n) =>
        decideOn((n % 2 === 0 ? first : second).tools, system, experiment),
      );
      const acted = (await Promise.all(runs)).filter((outcome) => outcome !== "BUSY" && outcome.length > 0);
      expect(acted).toEqual([[{ action: "PROMOTED", variant: "on" }]]);
      expect(await replays(first, "price")).toEqual(["PROMOTED"]);
      const { count } = await auditEvents(first.tools, admin, { kinds: ["experiment.concluded"] }, {});
      expect(await count()).toBe(1);
      for (const lab of [first, second])
        await vi.waitFor(() => expect(lab.ask("anybody")).toMatchObject({ variant: "on" }), 20_000);
    } finally {
      for (const { close, opened } of [first, second]) {
        await close();
        await opened.close();
      }
    }
  });
});
