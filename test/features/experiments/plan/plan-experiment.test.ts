/** Plans are those of the published formulas, and what past events say is what a sum over them says. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planExperiment } from "../../../../src/features/experiments/plan/plan-experiment.js";
import type { PlanExperiment } from "../../../../src/features/experiments/plan/input.js";
import { sumPast } from "../../../../src/features/experiments/plan/plan.store.js";
import type { ExperimentPlan } from "../../../../src/features/experiments/plan/plan.js";
import { createFlag } from "../../../../src/features/flags/create-flag.js";
import { createMetric } from "../../../../src/features/tracking/create-metric.js";
import type { OpenDatabase } from "../../../../src/platform/database/index.js";
import { describeDatabases, freshDatabase } from "../../../support/databases.js";
import {
  adminCaller,
  keyCaller,
  seedProject,
  testStart,
  testTools,
  type TestTools,
  userCaller,
} from "../../../support/tools.js";

const viewer = userCaller("VIEWER");
const hour = 3_600_000;
const day = 24 * hour;
/** Long after the clock starts, so that there is a past. */
const now = testStart + 40 * day;

async function openPlanning(given: OpenDatabase): Promise<TestTools> {
  const tools = testTools(given.database);
  await seedProject(tools);
  tools.setClock(now);
  await tools.database.execute(sql`create table metric_events_of_tests partition of metric_events default`);
  return tools;
}

const kindsOf = ({ warnings }: ExperimentPlan) => warnings.map(({ kind }) => kind);

describe("from given figures", () => {
  let opened: OpenDatabase;
  let plan: (input?: PlanExperiment) => Promise<ExperimentPlan>;
  beforeAll(async () => {
    opened = await freshDatabase();
    const tools = await openPlanning(opened);
    plan = async (input = {}) => planExperiment(tools, viewer, { baseline: { rate: 0.1 }, ...input });
  });
  afterAll(async () => opened.close());
  const mistakes = async (input: PlanExperiment): Promise<readonly string[]> => {
    const problem = await plan(input).catch((error: unknown) => error);
    expect(problem).toMatchObject({ code: "BAD_USER_INPUT" });
    return (problem as { details: { fields: { path: string }[] } }).details.fields.map(({ path }) => path);
  };

  it("gives the units of the published formulas, and whole weeks", async () => {
    // (1.959964 + 0.841621)² (0.1 · 0.9 + 0.11 · 0.89) / 0.01² = 14 749
    const found = await plan({ minimumDetectableEffect: 0.1, mode: "FIXED_HORIZON", unitsPerDay: 2_000 });
    expect(found).toMatchObject({
      ...{ effect: 0.1, unitsPerArm: 14_749, unitsInTotal: 29_498, durationDays: 15, durationWeeks: 3 },
      ...{
        unitsPerDay: 2_000,
        warnings: [],
        baseline: { figures: { kind: "proportion", rate: 0.1 }, past: null },
      },
    });
    expect(found.summary).toBe(
      "To find a change by 10 % of a rate of 10 % in 80 % of the cases where there is one, at an error of 5 %, each of 2 arms needs 14,749 units, " +
        "29,498 in total, with results that are looked at once, at the end; at 2,000 units a day that takes 15 days, so let it run for 3 whole weeks.",
    );
    // 2 (1.959964 + 0.841621)² 30² / 2² = 3 531.9
    const mean = await plan({
      baseline: { mean: 20, standardDeviation: 30 },
      minimumDetectableEffect: -0.1,
      mode: "FIXED_HORIZON",
    });
    expect(mean).toMatchObject({
      unitsPerArm: 3_532,
      durationDays: null,
      durationWeeks: null,
      detectable: [],
    });
    expect(mean.summary).toMatch(
      /^To find a change by -10 % of a mean of 20 \(standard deviation 30\).*at the end\.$/,
    );
  });

  it("asks for what looking early costs, and saves what is known beforehand", async () => {
    const wish = { minimumDetectableEffect: 0.1 };
    const once = (await plan({ ...wish, mode: "FIXED_HORIZON" })).unitsPerArm;
    expect((await plan(wish)).unitsPerArm / once).toBeCloseTo(1.67, 3);
    expect((await plan({ ...wish, mode: "GROUP_SEQUENTIAL" })).unitsPerArm / once).toBeCloseTo(1.04, 3);
    const adjusted = await plan({ ...wish, mode: "FIXED_HORIZON", varianceReduction: 0.4 });
    expect(adjusted.unitsPerArm / once).toBeCloseTo(0.6, 3);
  });

  it("shares the error out over the comparisons with the control", async () => {
    const wish = { minimumDetectableEffect: 0.1, mode: "FIXED_HORIZON", unitsPerDay: 1_000 } as const;
    const three = await plan({ ...wish, arms: 3 });
    const strict = await plan({ ...wish, alpha: 0.025 });
    expect(three.unitsPerArm).toBe(strict.unitsPerArm);
    expect(three.unitsInTotal).toBe(3 * three.unitsPerArm);
    expect(three.summary).toContain("at an error of 5 % over all arms");
  });

  it("says what can be found by when, which is what the units for it can find", async () => {
    const byTime = await plan({ unitsPerDay: 5_000, traffic: 40, weeks: 8 });
    expect(byTime).toMatchObject({
      unitsPerArm: 56_000,
      unitsInTotal: 112_000,
      durationDays: 56,
      durationWeeks: 8,
    });
    expect(byTime.detectable.map(({ weeks, unitsPerArm }) => [weeks, unitsPerArm])).toEqual([
      ...[
        [1, 7_000],
        [2, 14_000],
      ],
      ...[
        [4, 28_000],
        [8, 56_000],
      ],
    ]);
    const effects = byTime.detectable.map(({ effect }) => effect ?? 0);
    expect(effects).toEqual(effects.toSorted((a, b) => b - a));
    expect(byTime.effect).toBe(effects[3]);
    const back = await plan({ unitsPerDay: 5_000, traffic: 40, minimumDetectableEffect: byTime.effect });
    expect(Math.abs(back.unitsPerArm - 56_000)).toBeLessThanOrEqual(1);
    expect(byTime.summary).toMatch(
      /^After 8 weeks at 5,000 units a day, of which 40 % take part, each of 2 arms has 56,000 units, which is enough to find a change by [\d.]+ % or more of a rate of 10 %/,
    );
    expect(await plan({ unitsPerDay: 5_000 })).toMatchObject({ durationWeeks: 4 });
  });

  it("warns of what is too rare, too long, or nothing at all", async () => {
    const rare = { baseline: { rate: 0.00001 }, minimumDetectableEffect: 20, mode: "FIXED_HORIZON" } as const;
    expect(kindsOf(await plan(rare))).toEqual(["FEW_OUTCOMES"]);
    const long = await plan({ minimumDetectableEffect: 0.02, unitsPerDay: 1_000 });
    expect(kindsOf(long)).toEqual(["LONG"]);
    expect(long.warnings[0]?.message).toMatch(/^It takes \d+ weeks\./);
    const nothing = await plan({ baseline: { rate: 0.9 }, unitsPerDay: 1, weeks: 1 });
    expect(nothing).toMatchObject({ effect: null, unitsPerArm: 3 });
    expect(kindsOf(nothing)).toEqual(["NOTHING_DETECTABLE", "FEW_OUTCOMES"]);
    expect(nothing.summary).toBe(
      "After 1 week at 1 unit a day each of 2 arms has 3 units, which are too few to find any change of a rate of 90 %.",
    );
  });

  it("counts what guardrails need, with the doubt of the control's value, and says which needs most", async () => {
    // (1.959964 + 0.841621)² 0.02 · 0.98 (1 + 1.2²) / (0.02 · 0.2)² = 23 460.3, of 36 with 30² (1 + 1.5²) / 18²
    const guardrails = [
      { baseline: { mean: 36, standardDeviation: 30 }, margin: 0.5 },
      { baseline: { rate: 0.02 }, margin: 0.2 },
    ];
    const input = { minimumDetectableEffect: 0.1, mode: "FIXED_HORIZON", guardrails } as const;
    const found = await plan({ ...input, unitsPerDay: 2_000 });
    expect(found.guardrails).toMatchObject([
      { metric: null, margin: 0.5, unitsPerArm: 71 },
      { metric: null, margin: 0.2, unitsPerArm: 23_461 },
    ]);
    expect(found).toMatchObject({
      unitsPerArm: 23_461,
      unitsInTotal: 46_922,
      durationDays: 24,
      warnings: [],
    });
    expect(found.summary).toMatch(/ Guardrail 2 needs that many, to be proven not to be worse by 20 %\.$/);
    const easy = await plan({ ...input, guardrails: guardrails.slice(0, 1) });
    expect(easy.unitsPerArm).toBe(14_749);
    expect(easy.summary).not.toContain("Guardrail");
    const [anytime] = (await plan({ ...input, mode: "ANYTIME", arms: 3 })).guardrails.slice(1);
    expect(anytime?.unitsPerArm).toBeGreaterThan(1.67 * 23_461);
    const short = await plan({ unitsPerDay: 2_000, weeks: 2, mode: "FIXED_HORIZON", guardrails });
    expect(short).toMatchObject({ unitsPerArm: 14_000, warnings: [{ kind: "GUARDRAIL_UNPROVEN" }] });
    expect(short.warnings[0]?.message).toMatch(
      /^Guardrail 2 needs 23,461 units in each arm, and there are 14,000: that it is not worse by 20 % /,
    );
    expect(kindsOf(await plan({ unitsPerDay: 4_000, weeks: 2, mode: "FIXED_HORIZON", guardrails }))).toEqual(
      [],
    );
  });

  it("refuses guardrails that make no sense", async () => {
    const rate = { baseline: { rate: 0.1 } };
    const given = { minimumDetectableEffect: 0.1 };
    const guardrails = [{ ...rate, margin: 0 }, { ...rate, margin: 1.5 }, { margin: 0.1 }];
    expect(await mistakes({ ...given, guardrails })).toEqual([
      ...["input.guardrails[0].margin", "input.guardrails[1].margin", "input.guardrails[2].baseline"],
    ]);
    const many = Array.from({ length: 11 }, () => ({ ...rate, margin: 0.1 }));
    expect(await mistakes({ ...given, guardrails: many })).toEqual(["input.guardrails"]);
    const rare = { baseline: { rate: 0.000001 }, margin: 0.0001 };
    expect(await mistakes({ ...given, guardrails: [rare] })).toEqual(["input.guardrails[0].margin"]);
  });

  it("refuses what makes no sense, naming every field", async () => {
    expect(
      await mistakes({
        ...{ arms: 11, traffic: 0, unitsPerDay: -1, alpha: 0.5, power: 1, varianceReduction: 1 },
        ...{ minimumDetectableEffect: 0 },
      }),
    ).toEqual(
      [
        "minimumDetectableEffect",
        "arms",
        "traffic",
        "unitsPerDay",
        "alpha",
        "power",
        "varianceReduction",
      ].map((name) => `input.${name}`),
    );
    expect(await mistakes({ minimumDetectableEffect: 0.1, weeks: 2 })).toEqual(["input.weeks"]);
    expect(await mistakes({ weeks: 53, unitsPerDay: 1 })).toEqual(["input.weeks"]);
    expect(await mistakes({ baseline: null })).toContain("input.baseline");
    expect(await mistakes({ baseline: { mean: 1 } })).toContain("input.baseline.standardDeviation");
    expect(await mistakes({ baseline: { rate: 0.1, mean: 1 } })).toContain("input.baseline");
    expect(await mistakes({ baseline: { rate: 0 } })).toContain("input.baseline.rate");
    expect(await mistakes({ baseline: { mean: 0, standardDeviation: 1 } })).toContain("input.baseline.mean");
    expect(await mistakes({})).toEqual(["input.unitsPerDay"]);
    expect(await mistakes({ metric: "revenue" })).toEqual(["input.baseline", "input.environment"]);
    expect(await mistakes({ baseline: null, metric: "!", environment: "staging" })).toEqual(["input.metric"]);
    expect(await mistakes({ minimumDetectableEffect: 9.5 })).toEqual(["input.minimumDetectableEffect"]);
    const tiny = { minimumDetectableEffect: 0.0001, baseline: { rate: 0.000001 } };
    expect(await mistakes(tiny)).toEqual(["input.minimumDetectableEffect"]);
  });

  it("answers whatever is allowed with finite numbers", async () => {
    for (const baseline of [
      ...[{ rate: 0.000001 }, { rate: 0.999999 }, { mean: 1e-9, standardDeviation: 2 ** 53 }],
      ...[
        { mean: -(2 ** 53), standardDeviation: 1e-9 },
        { mean: 1, standardDeviation: 31 },
      ],
    ]) {
      for (const minimumDetectableEffect of [0.0001, -0.0001, 100, -0.999, 0.000001 / 2, null]) {
        const input = {
          baseline,
          minimumDetectableEffect,
          unitsPerDay: 1e9,
          arms: 10,
          alpha: 0.001,
          power: 0.99,
        };
        const found = await plan(input).catch((error: unknown) => error);
        if (found instanceof Error) expect(found).toMatchObject({ code: "BAD_USER_INPUT" });
        else expect(JSON.stringify(found)).not.toMatch(/Infinity|NaN|:null,"difference":\d/);
      }
    }
  });

  it("is for whoever may look at experiments", async () => {
    const tools = testTools(opened.database);
    const input = { baseline: { rate: 0.1 }, minimumDetectableEffect: 0.1 };
    const server = keyCaller({ keyKind: "SERVER", environment: "staging" });
    await expect(planExperiment(tools, server, input)).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(planExperiment(tools, viewer, { ...input, environment: "moon" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(
      planExperiment(tools, viewer, { metric: "nothing", environment: "staging" }),
    ).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});

/** Events of units numbered from 1: `value` and when, by the unit. */
async function track(
  { database }: TestTools,
  metric: string,
  units: number,
  { at = "now", value = "1", times = 1, environment = "staging" } = {},
): Promise<void> {
  const until = new Date(now).toISOString();
  await database.execute(
    sql.raw(`insert into metric_events (day, project, environment, event_id, unit, metric, at, value)
      select (at at time zone 'UTC')::date, 'default', '${environment}', '${metric} ' || gen_random_uuid(), sha256(unit::text::bytea), '${metric}', at, value
      from (select unit, ${at} as at, ${value} as value from (select unit, '${until}'::timestamptz as now
        from generate_series(1, ${units}) as unit, generate_series(1, ${times})) as given) as events`),
  );
}

/** The units up to that see something in staging: of the first 500 every other before it buys, and the others after it did. */
async function expose({ database }: TestTools, units: number): Promise<void> {
  const until = new Date(now).toISOString();
  const trial = "0b0b0b0b-0000-4000-8000-000000000001";
  await database.execute(sql`insert into trials (id, project, environment, flag, attribute, started_at)
    values (${trial}, 'default', 'staging', 'till', 'targetingKey', ${until}) on conflict do nothing`);
  await database.execute(sql`insert into exposures (trial, unit, bucket, variant, epoch, first_at)
    select ${trial}::uuid, sha256(unit::text::bytea), 0, 'on', 1,
      ${until}::timestamptz - case when unit % 2 = 0 then interval '25 days' else interval '1 hour' end
    from generate_series(1, ${units}::int) as unit on conflict do nothing`);
}

describeDatabases("from what was tracked", (subject) => {
  let tools: TestTools;
  const past = async (metric: string, input: PlanExperiment = {}) =>
    planExperiment(tools, viewer, { metric, environment: "staging", ...input });

  beforeAll(async () => {
    tools = await openPlanning(subject());
    for (const [key, rest] of [
      ["bought", { type: "CONVERSION" }],
      ["clicks", { type: "COUNT", cap: 3 }],
      ["revenue", { type: "SUM" }],
      ["latency", { type: "MEAN" }],
      ["soon", { type: "COUNT", attributionWindowHours: 24 }],
      ["per-click", { type: "RATIO", numerator: "revenue", denominator: "clicks" }],
      ["never", { type: "COUNT" }],
      ["alike", { type: "COUNT" }],
    ] as const) {
      await createMetric(tools, adminCaller(), { key, ...rest });
    }
    // 2 000 units come evenly over 20 days, and again a day later; what is older, later or elsewhere does not count.
    const evenly = "now - interval '20 days' + unit * interval '864 seconds'";
    await track(tools, "seen", 2_000, { at: `${evenly} - interval '1 second'` });
    await track(tools, "bought", 500, { at: evenly, times: 2 });
    await track(tools, "clicks", 1_000, { at: evenly });
    await track(tools, "clicks", 100, { at: evenly, times: 9 });
    await track(tools, "revenue", 400, { at: evenly, value: "unit * 0.25" });
    await track(tools, "latency", 1_000, { at: evenly, value: "100 + unit % 7" });
    await track(tools, "latency", 300, { at: evenly, value: "500" });
    await track(tools, "soon", 1_900, { at: `${evenly} + interval '23 hours'` });
    await track(tools, "soon", 1_000, { at: `${evenly} + interval '25 hours'` });
    for (const [at, environment] of [
      ["now - interval '29 days'", "staging"],
      ["now + interval '1 day'", "staging"],
      [evenly, "production"],
    ] as const) {
      await track(tools, "bought", 3_000, { at, environment });
    }
    await track(tools, "alike", 50, { at: evenly, environment: "development" });
  });

  it("takes the rate and the units a day from all who did anything", async () => {
    const plan = await past("bought", { minimumDetectableEffect: 0.2, mode: "FIXED_HORIZON" });
    expect(plan.baseline).toEqual({
      figures: { kind: "proportion", rate: 0.25 },
      past: { source: "PAST_EVENTS", units: 2_000, days: expect.closeTo(20, 1), nonzero: 0.25 },
    });
    expect(plan.unitsPerDay).toBeCloseTo(100, 1);
    expect(plan.durationDays).toBe(Math.ceil(plan.unitsInTotal / (plan.unitsPerDay ?? 0)));
    expect(kindsOf(plan)).toEqual([]);
    const told = await past("bought", { unitsPerDay: 1_000, weeks: 2 });
    expect(told).toMatchObject({ unitsPerDay: 1_000, unitsPerArm: 7_000 });
  });

  it("takes mean and variance by unit, up to the cap and within the window", async () => {
    const figuresOf = async (metric: string) => (await past(metric)).baseline.figures;
    const clicks = Array.from({ length: 2_000 }, (_none, index) => (index < 100 ? 3 : index < 1_000 ? 1 : 0));
    expect(await figuresOf("clicks")).toEqual(closeTo(clicks));
    const revenue = clicks.map((_none, index) => (index < 400 ? (index + 1) / 4 : 0));
    expect(await figuresOf("revenue")).toEqual(closeTo(revenue));
    expect(await figuresOf("soon")).toMatchObject({ mean: 0.95 });
  });

  it("takes guardrails from the past too, and which way they get worse", async () => {
    const guardrails = [
      { metric: "bought", margin: 0.2 },
      { metric: "latency", margin: 0.2 },
    ];
    const plan = await past("clicks", { minimumDetectableEffect: 0.2, mode: "FIXED_HORIZON", guardrails });
    // (1.959964 + 0.841621)² 0.25 · 0.75 (1 + 0.8²) / (0.25 · 0.2)², since more is better
    expect(plan.guardrails).toMatchObject([{ metric: "bought", unitsPerArm: 966 }, { metric: "latency" }]);
    await expect(past("clicks", { guardrails: [{ metric: "never", margin: 0.2 }] })).rejects.toMatchObject({
      details: { fields: [{ path: "input.guardrails[0].metric" }] },
    });
  });

  it("takes means and ratios of events by the delta method", async () => {
    const latency = await past("latency");
    const pairs = Array.from({ length: 2_000 }, (_none, index) => {
      const first = index < 1_000 ? 100 + ((index + 1) % 7) : 0;
      return index < 300 ? [first + 500, 2] : [first, index < 1_000 ? 1 : 0];
    });
    expect(latency.baseline.figures).toEqual(closeToRatio(pairs));
    expect(latency.baseline.past?.nonzero).toBeNull();
    // The parts of a ratio count without the caps of their own.
    const perClick = Array.from({ length: 2_000 }, (_none, index) => [
      index < 400 ? (index + 1) / 4 : 0,
      (index < 1_000 ? 1 : 0) + (index < 100 ? 9 : 0),
    ]);
    expect((await past("per-click")).baseline.figures).toEqual(closeToRatio(perClick));
  });

  it("says so where the past tells nothing, or not enough", async () => {
    const refusal = async (metric: string, environment = "staging") => {
      const problem = await past(metric, { environment }).catch((error: unknown) => error);
      return (problem as { details: { fields: unknown } }).details.fields;
    };
    const message = (text: string) => [
      { path: "input.metric", message: expect.stringContaining(text) as unknown },
    ];
    expect(await refusal("never")).toEqual(message("tracked in the last 28 days"));
    expect(await refusal("bought", "production")).toEqual(message("not everybody does"));
    expect(await refusal("alike", "development")).toEqual(message("not all alike"));
    await track(tools, "alike", 20, { at: "now - interval '1 day'", environment: "development" });
    const few = await past("alike", { environment: "development" });
    expect(kindsOf(few)).toEqual(["ONLY_THOSE_WHO_DID", "SHORT_PAST"]);
  });

  it("takes what is of units from those that were exposed, whatever they did, once there are enough", async () => {
    await createFlag(tools, adminCaller(), { key: "till" });
    await expose(tools, 99);
    const source = async (metric: string) => (await past(metric)).baseline.past?.source;
    expect(await source("bought")).toBe("PAST_EVENTS");
    await expose(tools, 4_000); // the first 500 bought, half of them before they were exposed
    const plan = await past("bought");
    expect(plan.baseline).toMatchObject({
      figures: { kind: "proportion", rate: 250 / 4_000 },
      past: { source: "EXPOSED_UNITS", units: 4_000 },
    });
    expect(plan.unitsPerDay).toBeCloseTo(4_000 / 25, 0);
    expect(await source("latency")).toBe("PAST_EVENTS");
  });

  it("looks at a share of the units where there is very much", async () => {
    await tools.database.execute(sql`analyze metric_events_of_tests`);
    const query = {
      ...{ project: "default", environment: "staging", windowHours: null },
      sources: [{ source: "bought", part: "CONVERSION", cap: 1 } as const],
      ...{ from: new Date(now - 28 * day), to: new Date(now) },
    };
    const all = await sumPast(tools.database, query);
    expect(all).toMatchObject({ n: 2_000, nonzero: 500, share: 1, events: 1_000 });
    const some = await sumPast(tools.database, query, 5_000);
    expect(some.share).toBeLessThan(0.5);
    expect(some.n).toBeLessThan(1_000);
    expect(Math.abs(some.n / some.share - 2_000)).toBeLessThan(300);
    expect(Math.abs(some.nonzero / some.n - 0.25)).toBeLessThan(0.06);
  });
});

function closeTo(values: readonly number[]) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return { kind: "mean", mean: expect.closeTo(mean, 9), variance: expect.closeTo(variance, 6) };
}

/** The variance of (y − R d) / d̄ over units. */
function closeToRatio(pairs: readonly (readonly number[])[]) {
  const total = (place: number) => pairs.reduce((sum, pair) => sum + (pair[place] ?? 0), 0);
  const ratio = total(0) / total(1);
  const each = pairs.map(([y = 0, d = 0]) => (y - ratio * d) / (total(1) / pairs.length));
  const variance = each.reduce((sum, value) => sum + value ** 2, 0) / (pairs.length - 1);
  return { kind: "mean", mean: expect.closeTo(ratio, 9), variance: expect.closeTo(variance, 4) };
}
