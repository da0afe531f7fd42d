import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deleteProject } from "../../../src/features/projects/delete-project.js";
import { archiveMetric, restoreMetric } from "../../../src/features/tracking/archive-metric.js";
import { type CreateMetric, createMetric } from "../../../src/features/tracking/create-metric.js";
import { findMetricsByKeys } from "../../../src/features/tracking/metric.store.js";
import { findMetric, listMetrics } from "../../../src/features/tracking/metric.queries.js";
import { type UpdateMetric, updateMetric } from "../../../src/features/tracking/update-metric.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { Problem } from "../../../src/platform/problems.js";
import { describeDatabases, freshDatabase } from "../../support/databases.js";
import {
  adminCaller,
  anonymousCaller,
  clearDatabase,
  keyCaller,
  recorded,
  seedProject,
  type TestTools,
  testTools,
  userCaller,
} from "../../support/tools.js";
import { measured, trackedOnce } from "./metric-fixture.js";

let open: OpenDatabase;
let tools: TestTools;
const admin = adminCaller();
const developer = userCaller("DEVELOPER");
const viewer = userCaller("VIEWER");

beforeAll(async () => {
  open = await freshDatabase();
  tools = testTools(open.database);
});
afterAll(async () => open.close());
beforeEach(async () => {
  await clearDatabase(open.database);
  await seedProject(tools);
});

const make = async (key: string, more: Partial<CreateMetric> = {}) =>
  createMetric(tools, developer, { key, type: "COUNT", ...more });
const change = async (metric: string, more: Omit<UpdateMetric, "metric">) =>
  updateMetric(tools, developer, { metric, ...more });

/** "code message", as a caller is told. */
async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "accepted",
    (error: unknown) => (error instanceof Problem ? `${error.code} ${error.message}` : String(error)),
  );
}

/** A ratio and what it is made of. */
async function makeRatio() {
  const revenue = await make("revenue", { type: "SUM", unit: "EUR", decimals: 2 });
  const orders = await make("orders");
  const parts = { numerator: "revenue", denominator: "orders" };
  const ratio = await make("order-value", { type: "RATIO", unit: "EUR", ...parts });
  return { revenue, orders, ratio };
}

describe("createMetric", () => {
  it("makes a metric and records it whole", async () => {
    const input: CreateMetric = {
      key: "revenue",
      type: "SUM",
      direction: "INCREASE",
      description: "At each order.",
      ...{ attributionWindowHours: 72, cap: 50_000.5, unit: "EUR", decimals: 2, reason: "for trials" },
    };
    const metric = await createMetric(tools, developer, input);
    const settings = {
      ...{ name: "revenue", description: "At each order.", type: "SUM", direction: "INCREASE" },
      ...{ windowHours: 72, cap: 50_000.5, unit: "EUR", decimals: 2, numerator: null, denominator: null },
    };
    expect(metric).toMatchObject({ project: "default", key: "revenue", archived: false, version: 1 });
    expect(metric).toMatchObject(settings);
    expect((await recorded(tools)).at(-1)).toEqual({
      ...{ kind: "metric.created", project: "default", environment: null, subject: "revenue" },
      ...{ before: null, after: { id: metric.id, key: "revenue", ...settings }, reason: "for trials" },
    });
    expect(await findMetric(tools, viewer, null, "revenue")).toEqual(metric);
  });

  it("takes null for what absence means", async () => {
    const nothing = { name: null, description: null, direction: null, attributionWindowHours: null };
    const more = { cap: null, unit: null, decimals: null, numerator: null, denominator: null };
    expect(await make("clicks", { ...nothing, ...more })).toMatchObject({
      ...{ name: "clicks", direction: "INCREASE", windowHours: null, cap: null, unit: null, decimals: 0 },
    });
  });

  it("tells all mistakes at once", async () => {
    const mistaken = make("a b", {
      ...{ name: "", attributionWindowHours: 8_761, cap: 0.1234567, unit: " ", decimals: 7 },
      ...{ numerator: "nobody", reason: "x".repeat(1_001) },
    });
    await expect(mistaken).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: {
        fields: [
          { path: "input.key" },
          { path: "input.name" },
          { path: "input.attributionWindowHours", message: "must be between 1 and 8760, got 8761." },
          {
            path: "input.cap",
            message: "must be above 0, below 2^53 and of at most 6 decimals, got 0.1234567.",
          },
          { path: "input.unit" },
          { path: "input.decimals", message: "must be between 0 and 6, got 7." },
          {
            path: "input.numerator",
            message: "is for metrics of the type RATIO: null takes it away from one of the type COUNT.",
          },
          { path: "input.reason" },
        ],
      },
    });
  });

  it.each([
    ["CONVERSION", { cap: 5 }, "input.cap: is for metrics of the type COUNT or SUM or RATIO"],
    ["MEAN", { cap: 5 }, "input.cap: is for metrics of the type"],
    ["COUNT", { decimals: 2 }, "input.decimals: is for metrics of the type SUM or MEAN: 0 takes it away"],
    ["COUNT", { cap: 0 }, "input.cap: must be above 0"],
    ["COUNT", { cap: 2 ** 53 }, "input.cap: must be above 0, below 2^53"],
    ["COUNT", { cap: 1e-7 }, "input.cap: must be above 0"],
    ["COUNT", { attributionWindowHours: 0 }, "input.attributionWindowHours: must be between 1"],
    ["COUNT", { unit: "u".repeat(33) }, "input.unit: must be at most 32 characters"],
    ["RATIO", {}, "input.numerator: must be given for a metric of the type RATIO.; input.denominator: must"],
    ["RATIO", { numerator: "a", denominator: "a" }, "input.denominator: must be another metric than"],
  ] as const)("refuses a %s with %j", async (type, more, told) => {
    expect(await refusal(make("odd", { type, ...more }))).toContain(`BAD_USER_INPUT ${told}`);
  });

  it.each([
    ["COUNT", { cap: 0.000_001, attributionWindowHours: 8_760 }],
    ["SUM", { cap: 2 ** 53 - 1, decimals: 6 }],
    ["MEAN", { decimals: 0, unit: "ms", direction: "DECREASE" }],
  ] as const)("accepts a %s with %j", async (type, more) => {
    expect(await make("fine", { type, ...more })).toMatchObject({
      cap: null,
      ...("cap" in more ? { cap: more.cap } : {}),
    });
  });

  it("makes ratios of metrics that are no means and no ratios, and are not archived", async () => {
    const { ratio } = await makeRatio();
    expect(ratio).toMatchObject({ numerator: "revenue", denominator: "orders" });
    await make("load-time", { type: "MEAN" });
    await make("old");
    await archiveMetric(tools, admin, { metric: "old" });
    await seedProject(tools, "shop");
    await make("theirs", { project: "shop" });
    const parts = [
      ["nobody", "another metric that exists"],
      ["theirs", "another metric that exists"],
      ["Orders", "another metric that exists"],
      ["load-time", "a metric of the type CONVERSION, COUNT or SUM"],
      ["order-value", "a metric of the type CONVERSION, COUNT or SUM"],
      ["old", "a metric that is not archived"],
    ] as const;
    for (const [denominator, told] of parts) {
      const made = make("another", { type: "RATIO", numerator: "orders", denominator });
      expect(await refusal(made)).toBe(
        `BAD_USER_INPUT input.denominator: must be ${told}, got "${denominator}".`,
      );
    }
  });

  it("refuses keys that differ in case alone", async () => {
    await make("clicks");
    expect(await refusal(make("Clicks"))).toBe('ALREADY_EXISTS Metric "Clicks" exists already.');
  });

  it("needs the role DEVELOPER in the project", async () => {
    const refusals = [
      [viewer, "FORBIDDEN"],
      [keyCaller({ keyKind: "SERVER" }), "FORBIDDEN"],
      [userCaller(null, { shop: "ADMIN" }), "NOT_FOUND"],
      [anonymousCaller(), "UNAUTHENTICATED"],
    ] as const;
    for (const [caller, code] of refusals) {
      const made = createMetric(tools, caller, { key: "clicks", type: "COUNT" });
      await expect(made).rejects.toMatchObject({ code });
    }
  });
});

describe("updateMetric", () => {
  it("changes what is given and records what changed", async () => {
    await make("clicks", { cap: 10, unit: "clicks" });
    const updated = await change("clicks", { name: "Clicks", cap: null, attributionWindowHours: 24 });
    expect(updated).toMatchObject({
      ...{ name: "Clicks", cap: null, windowHours: 24, unit: "clicks", version: 2 },
    });
    expect((await recorded(tools)).at(-1)).toMatchObject({
      kind: "metric.updated",
      subject: "clicks",
      before: { name: "clicks", cap: 10, windowHours: null },
      after: { name: "Clicks", cap: null, windowHours: 24 },
    });
  });

  it("leaves no trace when nothing changes", async () => {
    await make("clicks", { cap: 10 });
    const before = await recorded(tools);
    expect(await change("clicks", { name: "clicks", cap: 10, type: "COUNT" })).toMatchObject({ version: 1 });
    expect(await recorded(tools)).toEqual(before);
  });

  it("refuses a stale version, null for what cannot be cleared, and what is not there", async () => {
    await make("clicks");
    expect(await refusal(change("clicks", { name: "x", expectedVersion: 4 }))).toMatch(
      /^CONFLICT Metric is at/,
    );
    for (const name of ["name", "type", "direction", "decimals"] as const) {
      expect(await refusal(change("clicks", { [name]: null }))).toMatch(
        new RegExp(`^BAD_USER_INPUT input.${name}: must`),
      );
    }
    for (const metric of ["nobody", "a\0b"]) {
      expect(await refusal(change(metric, { name: "x" }))).toMatch(/^NOT_FOUND Metric/);
    }
    expect(await refusal(updateMetric(tools, viewer, { metric: "clicks", name: "x" }))).toMatch(/^FORBIDDEN/);
  });

  it("makes another type of it while nothing was tracked, as a whole that makes sense", async () => {
    const { revenue } = await makeRatio();
    expect(revenue.type).toBe("SUM");
    await make("clicks", { cap: 10 });
    expect(await refusal(change("clicks", { type: "CONVERSION" }))).toMatch(
      /^BAD_USER_INPUT input.cap: is for/,
    );
    expect(await change("clicks", { type: "CONVERSION", cap: null })).toMatchObject({ type: "CONVERSION" });
    const parts = { numerator: "revenue", denominator: "clicks" };
    expect(await refusal(change("clicks", { type: "RATIO", ...parts }))).toBe(
      'BAD_USER_INPUT input.denominator: must be another metric that exists, got "clicks".',
    );
    await change("clicks", { type: "RATIO", ...parts, denominator: "orders" });
    expect(await refusal(change("clicks", { type: "COUNT" }))).toMatch(
      /input.numerator: is for .*input.denominator: is/,
    );
    const cleared = { numerator: null, denominator: null };
    expect(await change("clicks", { type: "COUNT", ...cleared })).toMatchObject({
      type: "COUNT",
      version: 4,
    });
  });

  it("keeps the parts of ratios what can be parts", async () => {
    await makeRatio();
    expect(await refusal(change("orders", { type: "MEAN" }))).toBe(
      'BAD_USER_INPUT input.type: must stay CONVERSION, COUNT or SUM: the metric is part of "order-value".',
    );
    expect(await change("orders", { type: "CONVERSION" })).toMatchObject({ type: "CONVERSION" });
    await archiveMetric(tools, admin, { metric: "order-value" });
    expect(await change("orders", { type: "MEAN" })).toMatchObject({ type: "MEAN" });
    expect(await refusal(restoreMetric(tools, admin, { metric: "order-value" }))).toBe(
      'CONFLICT Metric "order-value" cannot come back: the type of "orders" was changed since.',
    );
  });

  it("changes the meaning of values no more once events were tracked", async () => {
    await make("revenue", { type: "SUM", decimals: 2 });
    await seedProject(tools, "shop");
    await trackedOnce(tools, "revenue", "shop");
    expect(await change("revenue", { decimals: 3 })).toMatchObject({ decimals: 3 });
    await trackedOnce(tools, "revenue");
    expect(await refusal(change("revenue", { decimals: 2 }))).toBe(
      'CONFLICT The decimals of metric "revenue" cannot change, because events of it were tracked: create another metric.',
    );
    expect(await refusal(change("revenue", { type: "MEAN", decimals: 2 }))).toContain(
      "The type and decimals of",
    );
    expect(
      await change("revenue", { decimals: 3, type: "SUM", direction: "DECREASE", cap: 5, unit: "EUR" }),
    ).toMatchObject({ direction: "DECREASE", cap: 5, unit: "EUR" });
  });

  it("turns nothing around that was measured, even what has ended", async () => {
    const { ratio, orders } = await makeRatio();
    const end = await measured(tools, ratio, "checkout", "orders");
    await end();
    await make("clicks");
    const why = 'because it was measured on flag "checkout" in development';
    expect(await refusal(change("order-value", { numerator: "clicks", direction: "DECREASE" }))).toBe(
      `CONFLICT The numerator and direction of metric "order-value" cannot change, ${why}: create another metric.`,
    );
    expect(await refusal(change(orders.key, { type: "CONVERSION" }))).toContain(why);
    expect(await change("revenue", { decimals: 1 })).toMatchObject({ decimals: 1 });
    expect(await change("order-value", { attributionWindowHours: 5, cap: 100 })).toMatchObject({ cap: 100 });
  });
});

describe("archiveMetric and restoreMetric", () => {
  it("put a metric away and bring it back, and record both", async () => {
    await make("clicks");
    expect(await refusal(archiveMetric(tools, developer, { metric: "clicks" }))).toMatch(/^FORBIDDEN/);
    const manager = userCaller("MANAGER");
    const stale = archiveMetric(tools, manager, { metric: "clicks", expectedVersion: 2 });
    expect(await refusal(stale)).toMatch(/^CONFLICT/);
    const archived = await archiveMetric(tools, manager, { metric: "clicks", reason: "unused" });
    expect(archived).toMatchObject({ archived: true, version: 2 });
    expect((await recorded(tools)).at(-1)).toEqual({
      ...{ kind: "metric.archived", project: "default", environment: null, subject: "clicks" },
      ...{ before: { archived: false }, after: { archived: true }, reason: "unused" },
    });
    const rows = (await recorded(tools)).length;
    expect(await archiveMetric(tools, manager, { metric: "clicks" })).toEqual(archived);
    expect(await recorded(tools)).toHaveLength(rows);
    expect(await refusal(change("clicks", { name: "x" }))).toBe(
      'CONFLICT Metric "clicks" is archived: restore it first.',
    );
    expect(await restoreMetric(tools, manager, { metric: "clicks" })).toMatchObject({
      ...{ archived: false, version: 3 },
    });
    expect((await recorded(tools)).at(-1)).toMatchObject({
      kind: "metric.restored",
      after: { archived: false },
    });
  });

  it("keep ratios and their parts together", async () => {
    await makeRatio();
    const archive = async (metric: string) => refusal(archiveMetric(tools, admin, { metric }));
    expect(await archive("orders")).toBe(
      'CONFLICT Metric "orders" is part of "order-value": archive that first.',
    );
    for (const metric of ["order-value", "orders", "revenue"]) expect(await archive(metric)).toBe("accepted");
    const restore = async (metric: string) => refusal(restoreMetric(tools, admin, { metric }));
    expect(await restore("order-value")).toBe(
      'CONFLICT Metric "order-value" is made of archived metrics: restore "orders", "revenue" first.',
    );
    for (const metric of ["orders", "revenue", "order-value"]) expect(await restore(metric)).toBe("accepted");
  });

  it("are for what nothing that runs measures", async () => {
    const { ratio } = await makeRatio();
    const end = await measured(tools, ratio, "checkout", "orders");
    expect(await refusal(archiveMetric(tools, admin, { metric: "order-value" }))).toBe(
      'CONFLICT Metric "order-value" is being measured on flag "checkout" in development: end that first, or take it out.',
    );
    await end();
    expect(await archiveMetric(tools, admin, { metric: "order-value" })).toMatchObject({ archived: true });
  });
});

describe("listMetrics", () => {
  it("pages by key, searches, and tells archived ones apart", async () => {
    await make("beta", { name: "Early birds" });
    await make("visits", { description: "All 100% of them" });
    await make("alpha");
    await make("old");
    await archiveMetric(tools, admin, { metric: "old" });
    const keys = async (query: Parameters<typeof listMetrics>[2]) => {
      const page = await listMetrics(tools, viewer, query);
      expect(await page.count()).toBeGreaterThanOrEqual(page.edges.length);
      return page.edges.map(({ node }) => node.key);
    };
    const first = await listMetrics(tools, viewer, { first: 2 });
    expect(first).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(await first.count()).toBe(4);
    expect(first.edges.map(({ node }) => node.key)).toEqual(["alpha", "beta"]);
    expect(await keys({ first: 2, after: first.edges.at(-1)?.cursor })).toEqual(["old", "visits"]);
    expect(await keys({ archived: false })).toEqual(["alpha", "beta", "visits"]);
    expect(await keys({ archived: true })).toEqual(["old"]);
    expect(await keys({ search: "BIRD" })).toEqual(["beta"]);
    expect(await keys({ search: "0%" })).toEqual(["visits"]);
  });

  it("refuses foreign cursors, sizes, searches that cannot be, and who may not read", async () => {
    const list = async (query: Parameters<typeof listMetrics>[2], caller = admin) =>
      refusal(listMetrics(tools, caller, query));
    expect(await list({ after: "bm9uc2Vuc2U" })).toMatch(/^BAD_USER_INPUT after/);
    expect(await list({ first: 101 })).toMatch(/^BAD_USER_INPUT first/);
    expect(await list({ search: "a\0" })).toMatch(/^BAD_USER_INPUT search/);
    expect(await list({ project: "nowhere" })).toMatch(/^NOT_FOUND/);
    expect(await list({}, keyCaller({ keyKind: "SERVER" }))).toMatch(/^FORBIDDEN/);
  });
});

it("metrics are found by their keys, of one project, archived ones too", async () => {
  await seedProject(tools, "shop");
  await make("clicks");
  await make("old");
  await archiveMetric(tools, admin, { metric: "old" });
  await make("theirs", { project: "shop" });
  const found = await findMetricsByKeys(open.database, "default", ["old", "nobody", "clicks", "theirs"]);
  expect(found.map(({ key, archived }) => [key, archived])).toEqual([
    ["clicks", false],
    ["old", true],
  ]);
  expect(await findMetricsByKeys(open.database, "default", [])).toEqual([]);
});

it("metrics go with their project, ratios and what was measured by them included", async () => {
  await seedProject(tools, "shop");
  const project = "shop";
  const revenue = await make("revenue", { project, type: "SUM" });
  await make("orders", { project });
  await make("a-ratio", { project, type: "RATIO", numerator: "revenue", denominator: "orders" });
  await measured(tools, revenue, "checkout");
  await trackedOnce(tools, "revenue", "shop");
  await deleteProject(tools, admin, { project: "shop", expectedVersion: 1 });
  expect(await findMetricsByKeys(open.database, "shop", ["revenue", "orders", "a-ratio"])).toEqual([]);
});

describeDatabases("metrics that are changed at the same time", (subject) => {
  it("never leave a ratio with an archived part", async () => {
    const together = testTools(subject().database);
    await seedProject(together);
    await createMetric(together, admin, { key: "orders", type: "COUNT" });
    for (let round = 0; round < 8; round += 1) {
      const metric = `part-${round}`;
      await createMetric(together, admin, { key: metric, type: "COUNT" });
      const parts = { numerator: "orders", denominator: metric };
      const [archived, made] = await Promise.allSettled([
        archiveMetric(together, admin, { metric }),
        createMetric(together, admin, { key: `ratio-${round}`, type: "RATIO", ...parts }),
      ]);
      expect([archived.status, made.status].sort()).toEqual(["fulfilled", "rejected"]);
    }
  });

  it("wait for each other in one order", async () => {
    const together = testTools(subject().database);
    for (const key of ["left", "right"]) await createMetric(together, admin, { key, type: "COUNT" });
    const turn = async (metric: string, denominator: string) =>
      refusal(updateMetric(together, admin, { metric, type: "RATIO", numerator: "orders", denominator }));
    const told = await Promise.all([turn("left", "right"), turn("right", "left")]);
    expect(told.filter((one) => one === "accepted")).toHaveLength(1);
    expect(told.find((one) => one !== "accepted")).toMatch(/^BAD_USER_INPUT/);
  });
});
