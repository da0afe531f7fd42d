/** By what it is seen that sums are other ones. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  addToExposureSums,
  addToMetricSums,
  readSumStates,
} from "../../../src/features/tracking/sums.store.js";
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
});
