import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { revertChange, type RevertTools } from "../../../src/features/flags/revert-change.js";
import { bodyOf, type Change, listChangesAfter } from "../../../src/features/ledger/index.js";
import { deleteProject } from "../../../src/features/projects/delete-project.js";
import { archiveMetric, restoreMetric } from "../../../src/features/tracking/archive-metric.js";
import { type CreateMetric, createMetric } from "../../../src/features/tracking/create-metric.js";
import { findMetric } from "../../../src/features/tracking/metric.queries.js";
import { revertMetricChange } from "../../../src/features/tracking/revert-metric.js";
import { updateMetric } from "../../../src/features/tracking/update-metric.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { freshDatabase } from "../../support/databases.js";
import {
  adminCaller,
  clearDatabase,
  seedProject,
  type TestTools,
  testTools,
  userCaller,
} from "../../support/tools.js";
import { segmentTools } from "../segments/segment-fixture.js";
import { measured, trackedOnce } from "./metric-fixture.js";

let open: OpenDatabase;
let tools: TestTools & RevertTools;
const manager = userCaller("MANAGER");

beforeAll(async () => {
  open = await freshDatabase();
  const own = testTools(open.database);
  tools = { ...segmentTools(open.database), ...own, revertMetric: revertMetricChange };
});
afterAll(async () => open.close());
beforeEach(async () => {
  await clearDatabase(open.database);
  await seedProject(tools);
});

const make = async (key: string, more: Partial<CreateMetric> = {}) =>
  createMetric(tools, manager, { key, type: "COUNT", ...more });
const metric = async (key: string) => findMetric(tools, manager, null, key);

async function lastChange(): Promise<Change> {
  const change = (await listChangesAfter(open.database, 0, Number.MAX_SAFE_INTEGER, 1_000)).at(-1);
  if (change === undefined) throw new Error("The ledger is empty.");
  return change;
}

const revert = async ({ id }: Change, expectedVersion?: number) =>
  revertChange(tools, manager, { changeId: id, expectedVersion, reason: "back" });

it("takes an update back, touches nothing else, and can be reverted in turn", async () => {
  await make("clicks", { name: "Clicks" });
  await updateMetric(tools, manager, { metric: "clicks", name: "Taps", cap: 5 });
  const change = await lastChange();
  await updateMetric(tools, manager, { metric: "clicks", description: "At each tap." });
  const made = await revert(change, 3);
  expect(await metric("clicks")).toMatchObject({
    ...{ name: "Clicks", cap: null, description: "At each tap.", version: 4 },
  });
  expect(made).toMatchObject({ kind: "metric.reverted", subject: "clicks", project: "default" });
  expect(bodyOf(made)).toEqual({
    before: { name: "Taps", cap: 5 },
    after: { name: "Clicks", cap: null },
    reason: "back",
  });
  await revert(made);
  expect(await metric("clicks")).toMatchObject({ name: "Taps", cap: 5, version: 5 });
});

it("refuses what was altered since, and a stale version", async () => {
  await make("clicks", { name: "Clicks" });
  await updateMetric(tools, manager, { metric: "clicks", name: "Taps", cap: 5 });
  const change = await lastChange();
  await expect(revert(change, 1)).rejects.toMatchObject({ code: "CONFLICT" });
  await updateMetric(tools, manager, { metric: "clicks", name: "Touches" });
  await expect(revert(change)).rejects.toMatchObject({
    code: "CONFLICT",
    message: 'Metric "clicks" was changed since: name. Revert the later change first.',
  });
});

it("takes an archiving, a return and a creation back", async () => {
  await make("clicks");
  const creation = await lastChange();
  await archiveMetric(tools, manager, { metric: "clicks" });
  await revert(await lastChange());
  expect(await metric("clicks")).toMatchObject({ archived: false });
  await archiveMetric(tools, manager, { metric: "clicks" });
  await restoreMetric(tools, manager, { metric: "clicks" });
  await revert(await lastChange());
  expect(await metric("clicks")).toMatchObject({ archived: true });
  await expect(revert(creation)).rejects.toMatchObject({
    message: expect.stringContaining("archived") as string,
  });
  await restoreMetric(tools, manager, { metric: "clicks" });
  const made = await revert(creation);
  expect(bodyOf(made)).toMatchObject({ before: { archived: false }, after: { archived: true } });
  expect(await metric("clicks")).toMatchObject({ archived: true, version: 8 });
});

it("refuses what would turn around or end what is measured", async () => {
  const clicks = await make("clicks", { direction: "DECREASE" });
  const creation = await lastChange();
  await updateMetric(tools, manager, { metric: "clicks", direction: "INCREASE" });
  const update = await lastChange();
  await archiveMetric(tools, manager, { metric: "clicks" });
  await restoreMetric(tools, manager, { metric: "clicks" });
  const restored = await lastChange();
  const end = await measured(tools, clicks, "checkout");
  await expect(revert(update)).rejects.toMatchObject({
    code: "CONFLICT",
    message: expect.stringContaining('it was measured on flag "checkout" in development') as string,
  });
  await expect(revert(restored)).rejects.toMatchObject({
    code: "CONFLICT",
    message: expect.stringContaining("is being measured") as string,
  });
  await end();
  await revert(restored);
  await expect(revert(creation)).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(revert(update)).rejects.toMatchObject({
    message: expect.stringContaining("is archived") as string,
  });
});

it("refuses another type once events were tracked, and parts that are gone or no longer fit", async () => {
  await make("revenue");
  await make("visits");
  await make("orders");
  await make("value", { type: "RATIO", numerator: "revenue", denominator: "visits" });
  await updateMetric(tools, manager, { metric: "value", denominator: "orders" });
  const change = await lastChange();
  await archiveMetric(tools, manager, { metric: "visits" });
  await expect(revert(change)).rejects.toMatchObject({
    code: "CONFLICT",
    message:
      'Metric "value" cannot go back: its denominator must be a metric that is not archived, got "visits".',
  });
  await make("latency", { type: "MEAN" });
  await updateMetric(tools, manager, { metric: "latency", type: "COUNT" });
  const typed = await lastChange();
  await updateMetric(tools, manager, { metric: "value", denominator: "latency" });
  await expect(revert(typed)).rejects.toMatchObject({
    code: "CONFLICT",
    message: expect.stringContaining('the metric is part of "value"') as string,
  });
  await updateMetric(tools, manager, { metric: "value", denominator: "orders" });
  await trackedOnce(tools, "latency");
  await expect(revert(typed)).rejects.toMatchObject({
    message: expect.stringContaining("events of it were tracked") as string,
  });
});

it("needs the rights of what it writes, and is of the metric that was changed", async () => {
  await make("clicks");
  await updateMetric(tools, manager, { metric: "clicks", name: "Taps" });
  const change = await lastChange();
  const asked = async (role: "VIEWER" | "DEVELOPER", { id }: Change) =>
    revertChange(tools, userCaller(role), { changeId: id });
  await expect(asked("VIEWER", change)).rejects.toMatchObject({ code: "FORBIDDEN" });
  await asked("DEVELOPER", change);
  await revert(await lastChange());
  await archiveMetric(tools, manager, { metric: "clicks" });
  await expect(asked("DEVELOPER", await lastChange())).rejects.toMatchObject({ code: "FORBIDDEN" });
  await seedProject(tools, "other");
  await deleteProject(tools, adminCaller(), { project: "default" });
  await expect(revert(change)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await seedProject(tools);
  await make("clicks", { name: "Taps" });
  await expect(revert(change)).rejects.toMatchObject({
    code: "CONFLICT",
    message: 'The change is of an earlier metric "clicks", which was deleted.',
  });
});
