import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listHappeningsAfter } from "../../../src/features/happenings/index.js";
import { listDecisions } from "../../../src/features/experiments/unattended/decision.store.js";
import { killFlag } from "../../../src/features/flags/kill-flag.js";
import { setFallthrough } from "../../../src/features/flags/set-fallthrough.js";
import { setFlagEnabled } from "../../../src/features/flags/set-flag-enabled.js";
import { abortGuardedRollout } from "../../../src/features/rollouts/abort-guarded-rollout.js";
import { approveStep } from "../../../src/features/rollouts/approve-step.js";
import {
  pauseGuardedRollout,
  resumeGuardedRollout,
} from "../../../src/features/rollouts/pause-guarded-rollout.js";
import { readSums } from "../../../src/features/tracking/index.js";
import { keyCaller, recorded } from "../../support/tools.js";
import { admin } from "../delivery/delivery-fixture.js";
import { Clock, oneIn, openRollouts, type Person, type RolloutFixture } from "./rollout-fixture.js";

const clock = new Clock();
let fixture: RolloutFixture;

beforeAll(async () => {
  fixture = await openRollouts(clock);
});
beforeEach(async () => fixture.endAll());
afterAll(async () => fixture.close());

const variantsOf = (people: readonly Person[]) => new Set(people.map(({ variant }) => variant));
const shareOf = (people: readonly Person[], variant: string) =>
  people.filter((person) => person.variant === variant).length / people.length;

/** The oldest first. */
async function decisionsOf(trial: string) {
  const page = { cursor: null, limit: 10, forward: true };
  return (await listDecisions(fixture.opened.database, trial, page)).toReversed();
}

describe("a rollout that does no harm", () => {
  it("takes its steps as time goes by, and ends with everybody", async () => {
    await fixture.addFlag("healthy");
    const rollout = await fixture.start({
      flagKey: "healthy",
      guardrails: [{ metric: "errors" }, { metric: "latency" }],
    });
    const first = await fixture.people("healthy", "healthy-early", 1_000);
    expect(shareOf(first, "on")).toBeGreaterThan(0.06);
    expect(shareOf(first, "on")).toBeLessThan(0.14);
    await fixture.happens("errors", [...oneIn(first, "on", 20), ...oneIn(first, "off", 20)]);
    await fixture.happens("latency", first, (index) => 100 + (index % 7));
    expect(await fixture.look()).toEqual([]);
    clock.pass(24);
    expect(await fixture.look()).toEqual(["ADVANCE"]);
    expect(await fixture.look()).toEqual([]);
    expect(await fixture.read(rollout)).toMatchObject({ step: 2, status: "RUNNING", version: 2 });

    const kept = first.filter(({ variant }) => variant === "on");
    expect(kept.every(({ unit }) => fixture.ask("healthy", unit).variant === "on")).toBe(true);
    const second = await fixture.people("healthy", "healthy-later", 1_000);
    expect(shareOf(second, "on")).toBeGreaterThan(0.4);
    const { exposures } = await readSums(fixture.opened.database, rollout.id);
    expect(exposures.find(({ epoch, variant }) => epoch === 1 && variant === "on")?.n).toBe(kept.length);
    const moved = first.filter(({ unit, variant }) => fixture.ask("healthy", unit).variant !== variant);
    const stayed = first.length - kept.length - moved.length;
    expect(moved.length).toBeGreaterThan(300);
    expect(exposures.find(({ epoch, variant }) => epoch === 1 && variant === "off")?.n).toBe(stayed);
    expect(exposures.every(({ conflicted }) => conflicted === 0)).toBe(true);

    clock.pass(24);
    expect(await fixture.look()).toEqual(["COMPLETE"]);
    expect(await fixture.read(rollout)).toMatchObject({
      step: 3,
      status: "COMPLETED",
      endedAt: new Date(clock.now),
    });
    expect(fixture.ask("healthy", "anybody").variant).toBe("on");
    const decisions = await decisionsOf(rollout.id);
    expect(decisions.map(({ action }) => action)).toEqual(["ADVANCED", "COMPLETED"]);
    const happened = await listHappeningsAfter(fixture.opened.database, 0, 100);
    expect(
      happened.filter(({ details }) => "trial" in details && details.trial === rollout.id),
    ).toMatchObject(
      decisions.map(({ id, project, action, at, summary }) => ({
        ...{ project, environment: rollout.environment, at, summary },
        details: { kind: "DECISION", decision: id, action },
      })),
    );
    const changes = (await recorded(fixture.tools)).filter(({ subject }) => subject === "healthy");
    expect(changes.map(({ kind }) => kind).slice(-7)).toEqual([
      ...["rollout.started", "flag.rule_installed", "rollout.advanced", "flag.rule_changed_by_owner"],
      ...["rollout.completed", "flag.rule_withdrawn", "flag.fallthrough_set"],
    ]);
  });

  it("waits for as many people as it was told to, whoever they are", async () => {
    await fixture.addFlag("counted");
    const steps = [{ percent: 50, hold: { units: 40 } }, { percent: 100 }];
    const rollout = await fixture.start({ flagKey: "counted", steps });
    expect(await fixture.look()).toEqual([]);
    await fixture.people("counted", "counted-few", 20);
    expect(await fixture.look()).toEqual([]);
    await fixture.people("counted", "counted-few", 20);
    expect(await fixture.look()).toEqual([]);
    await fixture.people("counted", "counted-many", 100);
    expect(await fixture.look()).toEqual(["COMPLETE"]);
    expect(await fixture.read(rollout)).toMatchObject({ status: "COMPLETED" });
  });

  it("takes no step while nobody was shown anything", async () => {
    await fixture.addFlag("silent");
    await fixture.start({ flagKey: "silent" });
    clock.pass(100);
    expect(await fixture.look()).toEqual([]);
  });

  it("lets nobody in who does not qualify, also in the end", async () => {
    await fixture.addFlag("selected");
    const audience = { attribute: "country", operator: "IN", values: ["DE"] } as const;
    const steps = [{ percent: 50, hold: { units: 1 } }, { percent: 100 }];
    await fixture.start({ flagKey: "selected", audience, steps });
    const others = await fixture.people("selected", "selected-other", 50);
    expect(variantsOf(others).size).toBe(1);
    for (let index = 0; index < 50; index += 1) fixture.ask("selected", `german-${index}`, { country: "DE" });
    await fixture.tracking.flush();
    expect(await fixture.look()).toEqual(["COMPLETE"]);
    expect(fixture.ask("selected", "german-1", { country: "DE" }).variant).toBe("on");
    expect(fixture.ask("selected", "selected-other-1").variant).toBe("off");
    const last = (await recorded(fixture.tools)).at(-1);
    expect(last).toMatchObject({ kind: "flag.rule_handed_over", subject: "selected" });
  });

  it("takes the last step only when harm of the margin is ruled out", async () => {
    await fixture.addFlag("proved");
    const steps = [{ percent: 50, hold: { units: 1 } }, { percent: 100 }];
    await fixture.start({ flagKey: "proved", steps, guardrails: [{ metric: "errors", margin: 0.9 }] });
    const few = await fixture.people("proved", "proved-few", 200);
    await fixture.happens("errors", [...oneIn(few, "on", 3), ...oneIn(few, "off", 3)]);
    expect(await fixture.look()).toEqual([]);
    const many = await fixture.people("proved", "proved-many", 3_000);
    await fixture.happens("errors", [...oneIn(many, "on", 3), ...oneIn(many, "off", 3)]);
    expect(await fixture.look()).toEqual(["COMPLETE"]);
  });
});

describe("a rollout that does harm", () => {
  it.each([
    ["more do what is bad", "errors", undefined],
    ["it happens more often", "crashes", undefined],
    ["what is small should be small", "latency", (index: number) => 100 + (index % 5)],
  ] as const)("is rolled back where %s", async (_title, metric, value) => {
    const flagKey = `harmful-${metric}`;
    await fixture.addFlag(flagKey);
    const rollout = await fixture.start({ flagKey, guardrails: [{ metric }] });
    const people = await fixture.people(flagKey, `${flagKey}-somebody`, 2_000);
    if (metric === "latency") {
      await fixture.happens(metric, people, value);
      await fixture.happens(metric, oneIn(people, "on", 1), () => 200);
    } else {
      await fixture.happens(metric, [...oneIn(people, "on", 4), ...oneIn(people, "off", 50)]);
    }
    expect(await fixture.look()).toEqual(["ROLL_BACK"]);
    const ended = await fixture.read(rollout);
    expect(ended).toMatchObject({ status: "ROLLED_BACK", step: 1, endedAt: new Date(clock.now) });
    expect(ended.reason).toContain(`Metric "${metric}" got worse`);
    expect(people.every(({ unit }) => fixture.ask(flagKey, unit).variant === "off")).toBe(true);
    const [decision] = await decisionsOf(rollout.id);
    expect(decision).toMatchObject({
      action: "ROLLED_BACK",
      inputs: { rollout: { step: 1 }, look: { guardrails: [{ metric, breached: true }] } },
    });
    expect(await fixture.look()).toEqual([]);
  });

  it("is rolled back where good things go missing", async () => {
    await fixture.addFlag("costly");
    await fixture.start({ flagKey: "costly", guardrails: [{ metric: "orders" }, { metric: "revenue" }] });
    const people = await fixture.people("costly", "costly-buyer", 3_000);
    await fixture.happens("orders", [...oneIn(people, "on", 30), ...oneIn(people, "off", 3)]);
    expect(await fixture.look()).toEqual(["ROLL_BACK"]);
  });

  it("is not rolled back by what is better", async () => {
    await fixture.addFlag("better");
    await fixture.start({ flagKey: "better" });
    const people = await fixture.people("better", "better-somebody", 2_000);
    await fixture.happens("errors", oneIn(people, "off", 2));
    expect(await fixture.look()).toEqual([]);
  });

  it("leads back to the baseline whoever set the fallthrough to the variant meanwhile", async () => {
    await fixture.addFlag("hasty");
    await fixture.start({ flagKey: "hasty" });
    const people = await fixture.people("hasty", "hasty-somebody", 2_000);
    const place = { flagKey: "hasty", environment: "staging" };
    await setFallthrough(fixture.tools, admin, { ...place, serve: { variant: "on" } });
    await fixture.happens("errors", [...oneIn(people, "on", 3), ...oneIn(people, "off", 50)]);
    expect(await fixture.look()).toEqual(["ROLL_BACK"]);
    expect(fixture.ask("hasty", "hasty-somebody-1").variant).toBe("off");
  });

  it("is rolled back where people are not shared out as they should be", async () => {
    await fixture.addFlag("skewed");
    const rollout = await fixture.start({ flagKey: "skewed" });
    const candidates = Array.from({ length: 3_000 }, (_none, index) => `skewed-${index}`);
    for (const unit of candidates) fixture.ask("skewed", unit);
    await fixture.tracking.flush();
    // as if every other of those with the baseline were never counted
    await fixture.opened.database.execute(
      sql`update exposure_sums set n = n / 2 where trial = ${rollout.id} and variant = 'off'`,
    );
    expect(await fixture.look()).toEqual(["ROLL_BACK"]);
    expect((await fixture.read(rollout)).reason).toContain("not shared out");
  });
});

describe("what people do meanwhile", () => {
  it("asks for an approval once all else is met, and goes on with it", async () => {
    await fixture.addFlag("approved");
    const steps = [{ percent: 50, hold: { hours: 1, approval: true } }, { percent: 100 }];
    const { id } = await fixture.start({ flagKey: "approved", steps });
    await fixture.people("approved", "approved-somebody", 20);
    expect(await fixture.look()).toEqual([]);
    clock.pass(1);
    expect(await fixture.look()).toEqual(["ASK_FOR_APPROVAL"]);
    expect(await fixture.look()).toEqual([]);
    expect(await fixture.read({ id })).toMatchObject({ status: "WAITING", step: 1 });
    await expect(approveStep(fixture.tools, admin, { id, step: 2 })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    expect(await approveStep(fixture.tools, admin, { id, step: 1 })).toMatchObject({ status: "RUNNING" });
    const { version } = await fixture.read({ id });
    expect(await approveStep(fixture.tools, keyCaller(), { id })).toMatchObject({ version });
    expect(await fixture.look()).toEqual(["COMPLETE"]);
  });

  it("takes an approval beforehand", async () => {
    await fixture.addFlag("trusted");
    const steps = [{ percent: 50, hold: { hours: 1, approval: true } }, { percent: 100 }];
    const { id } = await fixture.start({ flagKey: "trusted", steps });
    await approveStep(fixture.tools, admin, { id });
    await fixture.people("trusted", "trusted-somebody", 20);
    expect(await fixture.look()).toEqual([]);
    clock.pass(1);
    expect(await fixture.look()).toEqual(["COMPLETE"]);
  });

  it("keeps its share while it is paused, is watched all the same, and begins its step anew", async () => {
    await fixture.addFlag("paused");
    const { id } = await fixture.start({ flagKey: "paused" });
    const people = await fixture.people("paused", "paused-somebody", 1_000);
    clock.pass(23);
    await pauseGuardedRollout(fixture.tools, admin, { id, reason: "Lunch." });
    clock.pass(2);
    expect(await fixture.look()).toEqual([]);
    expect(await fixture.read({ id })).toMatchObject({ status: "PAUSED", reason: "Lunch.", step: 1 });
    expect(people.every(({ unit, variant }) => fixture.ask("paused", unit).variant === variant)).toBe(true);
    await expect(pauseGuardedRollout(fixture.tools, admin, { id })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await resumeGuardedRollout(fixture.tools, admin, { id });
    clock.pass(23);
    expect(await fixture.look()).toEqual([]);
    clock.pass(1);
    expect(await fixture.look()).toEqual(["ADVANCE"]);
    await pauseGuardedRollout(fixture.tools, admin, { id });
    await fixture.happens("errors", oneIn(people, "on", 1));
    expect(await fixture.look()).toEqual(["ROLL_BACK"]);
  });

  it("is aborted, and the flag answers as it did before", async () => {
    await fixture.addFlag("aborted");
    const { id } = await fixture.start({ flagKey: "aborted" });
    const people = await fixture.people("aborted", "aborted-somebody", 200);
    expect(variantsOf(people).size).toBe(2);
    expect(await abortGuardedRollout(fixture.tools, admin, { id, reason: "Not today." })).toMatchObject({
      ...{ status: "ABORTED", reason: "Not today.", endedAt: new Date(clock.now) },
    });
    expect(people.every(({ unit }) => fixture.ask("aborted", unit).variant === "off")).toBe(true);
    await expect(abortGuardedRollout(fixture.tools, admin, { id })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    await expect(resumeGuardedRollout(fixture.tools, admin, { id })).rejects.toMatchObject({
      code: "CONFLICT",
    });
  });

  it("is aborted to the baseline whoever set the fallthrough to the variant meanwhile", async () => {
    await fixture.addFlag("regretted");
    const { id } = await fixture.start({ flagKey: "regretted" });
    const place = { flagKey: "regretted", environment: "staging" };
    await setFallthrough(fixture.tools, admin, { ...place, serve: { variant: "on" } });
    await abortGuardedRollout(fixture.tools, admin, { id });
    expect(fixture.ask("regretted", "somebody").variant).toBe("off");
  });

  it("takes no step while the flag is off, and begins the hours anew when it is on again", async () => {
    await fixture.addFlag("killed");
    const { id } = await fixture.start({ flagKey: "killed" });
    await fixture.people("killed", "killed-somebody", 200);
    clock.pass(20);
    await killFlag(fixture.tools, admin, { flagKey: "killed" });
    expect(fixture.ask("killed", "killed-somebody-1").variant).toBe("off");
    clock.pass(20);
    expect(await fixture.look()).toEqual([]);
    expect(await fixture.read({ id })).toMatchObject({ status: "RUNNING", offSince: new Date(clock.now) });
    const place = { flagKey: "killed", environment: "staging" };
    await setFlagEnabled(fixture.tools, admin, { ...place, enabled: true });
    expect(await fixture.look()).toEqual([]);
    expect(await fixture.read({ id })).toMatchObject({ offSince: null, stepStartedAt: new Date(clock.now) });
    clock.pass(23);
    expect(await fixture.look()).toEqual([]);
    clock.pass(1);
    expect(await fixture.look()).toEqual(["ADVANCE"]);
  });
});
