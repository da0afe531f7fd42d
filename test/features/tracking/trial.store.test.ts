import { createHash } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deleteEnvironment } from "../../../src/features/environments/delete-environment.js";
import { deleteProject } from "../../../src/features/projects/delete-project.js";
import { ingestEvents } from "../../../src/features/tracking/ingest-events.js";
import { ingestExposures, openTrials } from "../../../src/features/tracking/ingest-exposures.js";
import { beginEpoch, readTrials } from "../../../src/features/tracking/trial.store.js";
import { rowsOf } from "../../../src/platform/database/index.js";
import { describeDatabases } from "../../support/databases.js";
import { admin } from "../delivery/delivery-fixture.js";
import { begin, halves, measure, openTracked, place, start, type Tracked } from "./tracking-fixture.js";

describeDatabases("a trial", (subject) => {
  let tracked: Tracked;
  beforeAll(async () => {
    tracked = await openTracked(subject());
  });
  afterAll(async () => tracked.close());

  async function measured(): Promise<string> {
    const { id } = await begin(tracked, { metrics: [measure(tracked, "per-buyer")] });
    const unit = createHash("sha256").update(id).digest("hex");
    const exposure = { trial: id, unit, bucket: 1, variant: "on", epoch: 1, at: start, slice: null };
    const event = { id: "event", metric: "revenue", unit, at: start + 1, value: 5 };
    await tracked.note(async (tx) => {
      await ingestExposures(tx, place, await openTrials(tx, place, [id]), [exposure]);
      await ingestEvents(tx, place, [event]);
    });
    return id;
  }

  const tables = ["trials", "trial_metrics", "exposures", "unit_metrics", "metric_sums", "metric_events"];
  async function left(): Promise<number[]> {
    const counts = tables.map(async (table) =>
      rowsOf(await subject().database.execute(sql.raw(`select count(*) as total from ${table}`))),
    );
    return (await Promise.all(counts)).map(([row]) => Number(row?.["total"]));
  }

  it("is read with its epochs, where it runs and nowhere else", async () => {
    const id = await measured();
    await tracked.note(async (tx) => beginEpoch(tx, id, halves, new Date(start + 5)));
    const { database } = tracked;
    const found = await readTrials(database, place, [id]);
    expect(found.get(id)).toMatchObject({
      ...{ id, ...place, flag: "checkout", attribute: "targetingKey", endedAt: null },
      epochs: [
        { epoch: 1, slots: halves },
        { epoch: 2, from: new Date(start + 5) },
      ],
    });
    expect((await readTrials(database, { ...place, environment: "production" }, [id])).size).toBe(0);
    await expect(
      tracked.note(async (tx) => beginEpoch(tx, id, [{ variant: "on", weight: 5 }], new Date(start + 9))),
    ).rejects.toThrow("same number of buckets");
  });

  it("goes with its environment, and metrics with their project", async () => {
    await deleteEnvironment(tracked.tools, admin, { environment: "staging" });
    expect(await left()).toEqual([0, 0, 0, 0, 0, 0]);
    await deleteProject(tracked.tools, admin, { project: "default", expectedVersion: 1 });
    const rows = await subject().database.execute(sql`select count(*) as total from metrics`);
    expect(Number(rowsOf(rows)[0]?.["total"])).toBe(0);
  });
});
