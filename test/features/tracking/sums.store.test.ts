/** By what it is seen that sums are other ones, and how many parts they are read in. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  addToExposureSums,
  addToMetricSums,
  readSumStates,
  readUnits,
} from "../../../src/features/tracking/sums.store.js";
import { ingestExposures, openTrials } from "../../../src/features/tracking/ingest-exposures.js";
import { unitsBy } from "../../../src/features/tracking/unit.js";
import { describeDatabases } from "../../support/databases.js";
import { begin, openTracked, type Tracked } from "./tracking-fixture.js";

describeDatabases("sums", (subject) => {
  let tracked: Tracked;
  beforeAll(async () => {
    tracked = await openTracked(subject());
  });
  afterAll(async () => tracked.close());

  it("changes with the sums of exposures and with those of outcomes, and with no others", async () => {
    const [own, other] = [await begin(tracked), await begin(tracked)];
    const read = async () => readSumStates(tracked.database, [own.id, other.id]);
    const cell = sql`1, 'on', '2026-03-10'::date`;
    const metric = tracked.metrics.get("bought")?.id ?? "";
    const seen = [await read()];
    await tracked.note(async (tx) => {
      await tx.execute(addToExposureSums(sql`select ${own.id}::uuid, ${cell}, 1, 0, 0, 0`));
    });
    seen.push(await read());
    await tracked.note(async (tx) => {
      await tx.execute(
        addToMetricSums(sql`select ${own.id}::uuid, ${metric}::uuid, ${cell}, 1, 2.5, 6.25, 0, 0, 0, 0`),
      );
    });
    seen.push(await read());
    await tracked.note(async (tx) => {
      await tx.execute(
        addToMetricSums(sql`select ${own.id}::uuid, ${metric}::uuid, ${cell}, 0, 0, 0, 0, 0, 0, 0.001`),
      );
    });
    seen.push(await read(), await read());

    const states = seen.map((one) => one.get(own.id));
    expect(new Set(states.slice(0, 4)).size).toBe(4);
    expect(states[4]).toBe(states[3]);
    expect(new Set(seen.map((one) => one.get(other.id))).size).toBe(1);
  });

  it("are read of the largest parts alone, whatever strangers name their parts", async () => {
    const trial = await begin(tracked);
    const place = { project: trial.project, environment: trial.environment };
    const unitOf = unitsBy("a secret of the tests");
    const countries = [
      "DE",
      "FR",
      "DE",
      null,
      "DE",
      null,
      '"; drop',
      ...Array.from({ length: 40 }, (_, n) => `x${n}`),
    ];
    const seen = countries.map((country, n) => ({
      ...{ trial: trial.id, unit: unitOf("targetingKey", `user-${n}`), bucket: 0, variant: "on", epoch: 1 },
      ...{ at: trial.startedAt.getTime(), slice: country === null ? null : { country } },
    }));
    await tracked.note(async (tx) =>
      ingestExposures(tx, place, await openTrials(tx, place, [trial.id]), seen),
    );
    const read = await readUnits(tracked.database, trial.id, "country", 3);
    expect(read.slices.map(({ slice, exposures }) => [slice, exposures.map(({ n }) => n)])).toEqual([
      ["DE", [3]],
      [null, [2]],
      [expect.any(String), [1]],
    ]);
    expect(read.omitted).toBe(41);
    const all = await readUnits(tracked.database, trial.id, "country", 100);
    expect(all.slices.map(({ slice }) => slice)).toContain('"; drop');
    expect(all.omitted).toBe(0);
    expect(await readUnits(tracked.database, trial.id, "age", 3)).toMatchObject({
      slices: [{ slice: null }],
      omitted: 0,
    });
  });
});
