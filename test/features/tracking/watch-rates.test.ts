/** Rates that change over all variants of a trial are told once, and steady ones are not. */
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listHappeningsAfter } from "../../../src/features/happenings/index.js";
import { rowsOf } from "../../../src/platform/database/index.js";
import { describeDatabases } from "../../support/databases.js";
import { day, type Fixture, hour } from "../analytics/analytics-fixture.js";
import { firstHour, iso, minutesAfter, openWatched, watching } from "./watch-fixture.js";

/** A trial of the flag that measures by the metric, with 200 units an hour, 12 of whom did it, counted for nine days up to an hour before `firstHour`. */
async function insertTrial({ database }: Fixture, flag: string, metric: string): Promise<string> {
  const result = await database.execute(sql`
    insert into trials (id, project, environment, flag, attribute, started_at)
    values (gen_random_uuid(), 'default', 'staging', ${flag}, 'targetingKey', ${iso(firstHour - 9 * day)}) returning id`);
  const id = String(rowsOf(result)[0]?.["id"]);
  await database.execute(sql`
    insert into trial_metrics (trial, metric, source, part)
    select ${id}::uuid, id, key, 'CONVERSION' from metrics where key = ${metric}`);
  await database.execute(sql`
    insert into rate_hours (trial, metric, hour, units, did)
    select ${id}::uuid, ${metric}, hour, 200, 12
    from generate_series(${iso(firstHour - 9 * day)}::timestamptz, ${iso(firstHour - 2 * hour)}::timestamptz, interval '1 hour') as hour`);
  return id;
}

/** Units that the trial exposed first within an hour; the first of them did something by the metric half an hour later, and all two hours later. */
async function insertExposed(
  { database }: Fixture,
  { trial, metric, from, did }: { trial: string; metric: string; from: number; did: number },
): Promise<void> {
  const unitsOf = sql`(
    select number, sha256(convert_to(${trial}::text || ${from}::text || number, 'UTF8')) as unit,
      ${iso(from)}::timestamptz + number * interval '17 seconds' as at
    from generate_series(1, 200) as number) as one`;
  await database.execute(sql`
    insert into exposures (trial, unit, bucket, variant, epoch, first_at)
    select ${trial}::uuid, unit, number, case number % 2 when 0 then 'on' else 'off' end, 1, at from ${unitsOf}`);
  for (const [later, least] of [
    ["30 minutes", did],
    ["2 hours", 200],
  ] as const) {
    await database.execute(sql`
      insert into metric_events (day, project, environment, event_id, unit, metric, at, value, received_at)
      select ((at + ${later}::interval) at time zone 'UTC')::date, 'default', 'staging', gen_random_uuid()::text, unit, ${metric},
        at + ${later}::interval, 1, at + ${later}::interval from ${unitsOf} where number <= ${least}`);
  }
}

describeDatabases("rates of metrics", (subject) => {
  let fixture: Fixture;
  const trials = { changing: "", steady: "" };
  beforeAll(async () => {
    fixture = await openWatched(subject(), "signed-up");
    for (const flag of ["changing", "steady"] as const) {
      await fixture.addFlag(flag);
      trials[flag] = await insertTrial(fixture, flag, "signed-up");
    }
    for (let at = firstHour - hour; at < firstHour + 9 * hour; at += hour) {
      const place = { metric: "signed-up", from: at };
      await insertExposed(fixture, {
        ...place,
        trial: trials.changing,
        did: at < firstHour + 5 * hour ? 24 : 12,
      });
      await insertExposed(fixture, { ...place, trial: trials.steady, did: 12 });
    }
  });
  afterAll(async () => fixture.close());

  it("that double over all variants are told once, as soon as there is enough evidence", async () => {
    const told: string[] = [];
    for (let at = firstHour; at < firstHour + 10 * hour; at += hour) {
      for (const { look } of [watching(fixture), watching(fixture)]) {
        const found = await look(minutesAfter(at, 6));
        told.push(
          ...found.map(
            ({ hour: hourOf, flag, direction }) => `${iso(hourOf.getTime())} ${flag} ${direction}`,
          ),
        );
      }
    }
    expect(told).toEqual([`${iso(firstHour + hour)} changing HIGH`]);
    expect(await fixture.rows("select flag, metric, expected, observed, p_value from anomalies")).toEqual([
      {
        flag: "changing",
        metric: "signed-up",
        expected: expect.closeTo(0.06, 10),
        observed: 0.12,
        p_value: null,
      },
    ]);
    expect(await listHappeningsAfter(fixture.database, 0, 10)).toMatchObject([
      {
        details: { kind: "ANOMALY", flag: "changing", metric: "signed-up", direction: "HIGH" },
        summary:
          "The rate of a metric among those who get a flag's variants has risen. Of the units that were first exposed in the hours up to this one, 12 % did it within an hour, where about 6 % are usual.",
      },
    ]);
  });

  it("count who did it within an hour of the first exposure, and no trial that is over", async () => {
    const counted = async (at: number) =>
      fixture.rows(
        `select flag, units::int4 as units, did::int4 as did from rate_hours join trials on id = trial where hour = '${iso(at)}' order by flag`,
      );
    expect(await counted(firstHour)).toEqual([
      { flag: "changing", units: 200, did: 24 },
      { flag: "steady", units: 200, did: 12 },
    ]);
    await fixture.database.execute(sql`update trials set ended_at = now() where id = ${trials.steady}::uuid`);
    for (const trial of Object.values(trials)) {
      await insertExposed(fixture, { trial, metric: "signed-up", from: firstHour + 9 * hour, did: 190 });
    }
    expect(await watching(fixture).look(minutesAfter(firstHour + 10 * hour, 6))).toEqual([]); // told today
    expect(await counted(firstHour + 9 * hour)).toEqual([{ flag: "changing", units: 200, did: 190 }]);
  });
});
