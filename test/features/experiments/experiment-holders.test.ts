/** What an experiment keeps from being taken away under it, from the moment that it is to start until it is concluded. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { deleteEnvironment } from "../../../src/features/environments/delete-environment.js";
import { createEnvironment } from "../../../src/features/environments/create-environment.js";
import type { Experiment } from "../../../src/features/experiments/experiment.js";
import { concludeExperiment } from "../../../src/features/experiments/lifecycle/conclude-experiment.js";
import { pauseExperiment } from "../../../src/features/experiments/lifecycle/pause-experiment.js";
import { startExperiment } from "../../../src/features/experiments/lifecycle/start-experiment.js";
import { stopExperiment } from "../../../src/features/experiments/lifecycle/stop-experiment.js";
import { archiveFlag } from "../../../src/features/flags/archive-flag.js";
import { deleteFlag } from "../../../src/features/flags/delete-flag.js";
import { revertChange } from "../../../src/features/flags/revert-change.js";
import { removeVariant } from "../../../src/features/flags/remove-variant.js";
import { updateVariant } from "../../../src/features/flags/update-variant.js";
import { listChangesAfter } from "../../../src/features/ledger/index.js";
import { deleteProject } from "../../../src/features/projects/delete-project.js";
import { rowsOf } from "../../../src/platform/database/index.js";
import { Problem } from "../../../src/platform/problems.js";
import { createSegment } from "../../../src/features/segments/create-segment.js";
import { deleteSegment } from "../../../src/features/segments/delete-segment.js";
import { refuseUsed } from "../../../src/features/segments/guard-segment.js";
import { updateExperiment } from "../../../src/features/experiments/update-experiment.js";
import { freshDatabase } from "../../support/databases.js";
import { admin } from "../delivery/delivery-fixture.js";
import { type Laboratory, openLaboratory, start } from "./experiment-fixture.js";

let lab: Laboratory;
let count = 0;
beforeAll(async () => {
  lab = await openLaboratory();
});
afterAll(async () => lab.close());

const statuses = ["SCHEDULED", "RUNNING", "PAUSED", "STOPPED", "CONCLUDED"] as const;
type Status = (typeof statuses)[number];

interface Held {
  readonly flagKey: string;
  readonly experiment: string;
}

/** A flag of colours with an experiment of red and green that has come so far. */
async function bring(status: Status): Promise<Held> {
  count += 1;
  const [flagKey, experiment] = [`colour-${count}`, `test-${count}`];
  const variants = ["red", "green", "blue"].map((key) => ({ key, value: key }));
  await lab.addFlag(flagKey, { type: "STRING", variants });
  const arms = ["red", "green"].map((variant) => ({ variant, percent: 50 }));
  const startsAt = status === "SCHEDULED" ? new Date(Date.parse(start) + 86_400_000).toISOString() : null;
  await lab.create(experiment, { flagKey, control: "red", arms, startsAt });
  await startExperiment(lab.tools, admin, { experiment });
  if (status === "PAUSED") await pauseExperiment(lab.tools, admin, { experiment });
  if (status === "STOPPED" || status === "CONCLUDED") await stopExperiment(lab.tools, admin, { experiment });
  if (status === "CONCLUDED") await conclude(experiment);
  return { flagKey, experiment };
}

/** "code message", as a caller is told; null: it was done. */
async function refusal(work: Promise<unknown>): Promise<string | null> {
  return work.then(
    () => null,
    (error: unknown) => (error instanceof Problem ? `${error.code} ${error.message}` : String(error)),
  );
}

const conclude = async (experiment: string): Promise<Experiment> =>
  concludeExperiment(lab.tools, admin, { experiment, text: "Enough." });

describe.each(statuses)("a flag of an experiment that is %s", (status) => {
  const isUnderWay = status !== "STOPPED" && status !== "CONCLUDED";

  it(isUnderWay ? "is neither archived nor deleted" : "can go", async () => {
    const { flagKey, experiment } = await bring(status);
    for (const work of [archiveFlag, deleteFlag]) {
      const asked = work(lab.tools, admin, { flagKey });
      if (!isUnderWay) await asked;
      else
        expect(await refusal(asked)).toMatch(
          new RegExp(`^CONFLICT Flag "${flagKey}" .*experiment "${experiment}"`),
        );
    }
  });

  it(status === "CONCLUDED" ? "gives its variants back" : "keeps its variants", async () => {
    const { flagKey, experiment } = await bring(status);
    const named = `experiment "${experiment}"`;
    await updateVariant(lab.tools, admin, { flagKey, variant: "red", name: "Rouge" });
    await updateVariant(lab.tools, admin, { flagKey, variant: "blue", value: "azure" });
    const altered = refusal(updateVariant(lab.tools, admin, { flagKey, variant: "green", value: "lime" }));
    if (status === "SCHEDULED" || status === "CONCLUDED") expect(await altered).toBeNull();
    else expect(await altered).toContain(named);
    const removed = refusal(removeVariant(lab.tools, admin, { flagKey, variant: "green" }));
    if (status === "CONCLUDED") expect(await removed).toBeNull();
    else expect(await removed).toContain(named);
  });
});

it("what is no variant of the experiment may go, and no revert takes one away", async () => {
  const { flagKey, experiment } = await bring("PAUSED");
  await removeVariant(lab.tools, admin, { flagKey, variant: "blue" });
  await conclude(experiment);
  await updateVariant(lab.tools, admin, { flagKey, variant: "green", value: "lime" });
  const change = (await listChangesAfter(lab.opened.database, 0, Number.MAX_SAFE_INTEGER, 1_000)).at(-1);
  const arms = ["red", "green"].map((variant) => ({ variant, percent: 50 }));
  await lab.run("second", { flagKey, control: "red", arms });
  await pauseExperiment(lab.tools, admin, { experiment: "second" });
  expect(await refusal(revertChange(lab.tools, admin, { changeId: change?.id ?? "" }))).toBe(
    `CONFLICT Variant "green" is one of experiment "second" (PAUSED on flag "${flagKey}" in staging): its value stays until that is concluded.`,
  );
});

it("an environment stays while an experiment is under way in it, and so does the project", async () => {
  await createEnvironment(lab.tools, admin, { key: "canary" });
  const under = { environment: "canary", flagKey: "banner" };
  const startsAt = new Date(Date.parse(start) + 86_400_000).toISOString();
  await lab.create("canaries", { ...under, startsAt });
  const attempt = async () => refusal(deleteEnvironment(lab.tools, admin, { environment: "canary" }));
  const refused = (status: string) =>
    `CONFLICT Environment "canary" is in use by experiment "canaries" (${status} on flag "banner" in canary): end that first.`;
  await startExperiment(lab.tools, admin, { experiment: "canaries" });
  expect(await attempt()).toBe(refused("SCHEDULED"));
  await lab.opened.database.execute(
    sql`update experiments set starts_at = null, status = 'DRAFT' where key = 'canaries'`,
  );
  await startExperiment(lab.tools, admin, { experiment: "canaries" });
  expect(await attempt()).toBe(refused("RUNNING"));
  await pauseExperiment(lab.tools, admin, { experiment: "canaries" });
  expect(await attempt()).toBe(refused("PAUSED"));
  const project = await refusal(deleteProject(lab.tools, admin, { project: "default", expectedVersion: 1 }));
  expect(project).toMatch(/^CONFLICT Project "default" is in use by experiment .* more: end them first\.$/);
  await stopExperiment(lab.tools, admin, { experiment: "canaries" });
  expect(await attempt()).toBeNull();
});

it("a segment of its audience stays from the moment that it has a date, however deep it is named", async () => {
  await createSegment(lab.tools, admin, { key: "insiders" });
  await createSegment(lab.tools, admin, { key: "others" });
  const audience = { not: { any: [{ segment: "insiders" }] } };
  await lab.create("for-some", { flagKey: "footer", audience });
  const attempt = async (segment = "insiders") =>
    refusal(
      lab.opened.database.transaction(async (tx) =>
        refuseUsed(lab.tools, tx, { project: "default", key: segment }),
      ),
    );
  const named = (status: string) => `by experiment "for-some" (${status} on flag "footer" in staging)`;
  expect(await attempt()).toBeNull();
  const startsAt = new Date(Date.parse(start) + 86_400_000).toISOString();
  await updateExperiment(lab.tools, admin, { experiment: "for-some", startsAt });
  expect(await attempt()).toBe(`CONFLICT Segment "insiders" is used ${named("DRAFT")}.`);
  await startExperiment(lab.tools, admin, { experiment: "for-some" });
  expect(await attempt()).toContain(named("SCHEDULED"));
  await updateExperiment(lab.tools, admin, { experiment: "for-some", startsAt: null });
  await startExperiment(lab.tools, admin, { experiment: "for-some" });
  await pauseExperiment(lab.tools, admin, { experiment: "for-some" });
  expect(await refusal(deleteSegment(lab.tools, admin, { segment: "insiders", expectedVersion: 1 }))).toBe(
    `CONFLICT Segment "insiders" is used ${named("PAUSED")}.`,
  );
  expect(await attempt("others")).toBeNull();
  await stopExperiment(lab.tools, admin, { experiment: "for-some" });
  await deleteSegment(lab.tools, admin, { segment: "insiders", expectedVersion: 1 });
});

it("a flag that its audience asks for stays from the moment that it has a date, and so does the variant", async () => {
  const variants = ["none", "red", "green", "blue"].map((key) => ({ key, value: key }));
  await lab.addFlag("shade", { type: "STRING", variants });
  const experiment = "by-shade";
  const audience = {
    all: [{ not: { flag: "shade", variants: ["green"] } }, { flag: "shade", variants: ["red"] }],
  };
  await lab.create(experiment, { flagKey: "footer", audience });
  const shade = { flagKey: "shade" };
  const kept = async (status: string) => {
    const by = `is used by experiment "by-shade" (${status} on flag "footer" in staging).`;
    for (const work of [archiveFlag, deleteFlag])
      expect(await refusal(work(lab.tools, admin, shade))).toBe(`CONFLICT Flag "shade" ${by}`);
    for (const variant of ["red", "green"])
      expect(await refusal(removeVariant(lab.tools, admin, { ...shade, variant }))).toBe(
        `CONFLICT Variant "${variant}" of flag "shade" ${by}`,
      );
  };
  const startsAt = new Date(Date.parse(start) + 86_400_000).toISOString();
  await updateExperiment(lab.tools, admin, { experiment, startsAt });
  await kept("DRAFT");
  await startExperiment(lab.tools, admin, { experiment });
  await kept("SCHEDULED");
  await updateExperiment(lab.tools, admin, { experiment, startsAt: null });
  await startExperiment(lab.tools, admin, { experiment });
  await pauseExperiment(lab.tools, admin, { experiment });
  await kept("PAUSED");
  await removeVariant(lab.tools, admin, { ...shade, variant: "blue" });
  await updateVariant(lab.tools, admin, { ...shade, variant: "green", value: "lime" });
  await stopExperiment(lab.tools, admin, { experiment });
  await removeVariant(lab.tools, admin, { ...shade, variant: "green" });
  await deleteFlag(lab.tools, admin, shade);
});

it("whoever starts an experiment and whoever deletes its environment take turns", async () => {
  const opened = await freshDatabase("postgresql");
  const { database } = opened;
  const other = await openLaboratory({ opened });
  await other.create("race");
  const waiting = async (count: number) =>
    vi.waitFor(async () => {
      const found = await database.execute(
        sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      expect(rowsOf(found)).toHaveLength(count);
    }, 20_000);
  const { starting, deleting } = await database.transaction(async (tx) => {
    await tx.execute(sql`select from experiments where key = 'race' for update`);
    const starting = startExperiment(other.tools, admin, { experiment: "race" });
    await waiting(1); // its rule is in the flag already
    const deleting = refusal(deleteEnvironment(other.tools, admin, { environment: "staging" }));
    await waiting(2);
    return { starting, deleting };
  });
  expect(await starting).toMatchObject({ status: "RUNNING" });
  expect(await deleting).toContain('experiment "race" (RUNNING');
  await other.close();
  await opened.close();
});
