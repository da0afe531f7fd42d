import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { Heartbeats } from "../../../src/features/snapshots/heartbeats.js";
import { knownOperators, operatorsOf } from "../../../src/features/snapshots/instance.js";
import { createFlag } from "../../../src/features/flags/index.js";
import { createSegment } from "../../../src/features/segments/create-segment.js";
import type { Database, OpenDatabase } from "../../../src/platform/database/index.js";
import { rowsOf } from "../../../src/platform/database/index.js";
import { freshDatabase } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
import { admin, openInstance } from "../delivery/delivery-fixture.js";

let open: OpenDatabase;
beforeAll(async () => {
  open = await freshDatabase();
});
afterEach(async () => void (await open.database.execute(sql`delete from instances`)));
afterAll(async () => open.close());

function heartbeatsOn(database: Database, version = "1.2.3"): Heartbeats {
  const position = () => ({ epoch: 3, seq: 14, hash: "" });
  return new Heartbeats({ database, log: silentLog, version, startedAt: 0, position });
}

/** An instance of an older release, whose evaluator knows less. */
async function addOlder(database: Database, ageSeconds = 0): Promise<void> {
  const operators = knownOperators.filter((operator) => operator !== "SEMVER_GT");
  await database.execute(
    sql`insert into instances (id, version, operators, epoch, seq, started_at, seen_at)
        values (${randomUUID()}, '0.9.0', ${sql.param(`{${operators.join(",")}}`)}::text[], 1, 1, now(), now() - make_interval(secs => ${ageSeconds}))`,
  );
}

const stored = async () =>
  rowsOf(
    await open.database.execute(sql`select version, epoch, seq::int as seq from instances order by version`),
  );

describe("instances", () => {
  it("say that they are there, hear of each other, and take leave", async () => {
    const here = heartbeatsOn(open.database);
    await here.start();
    expect(here.count()).toBe(1);
    const there = heartbeatsOn(open.database, "1.3.0");
    await there.start();
    expect(there.count()).toBe(2);
    expect(await stored()).toEqual([
      { version: "1.2.3", epoch: 3, seq: 14 },
      { version: "1.3.0", epoch: 3, seq: 14 },
    ]);
    await there.close();
    await there.close();
    expect(await stored()).toMatchObject([{ version: "1.2.3" }]);
    await here.close();
    expect(await stored()).toEqual([]);
  });

  it("say so at one pace, also where the start is tried again", async () => {
    const here = heartbeatsOn(open.database);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      await here.start();
      await here.start();
      expect(vi.getTimerCount()).toBe(1);
    } finally {
      vi.useRealTimers();
    }
    await here.close();
  });

  it("forget who was not heard of for a minute", async () => {
    await addOlder(open.database, 61);
    await addOlder(open.database, 50);
    const here = heartbeatsOn(open.database);
    await here.start();
    expect(here.count()).toBe(2);
    expect(await stored()).toHaveLength(2);
    await here.close();
  });

  it("do not mind a database that is away", async () => {
    const away = await freshDatabase();
    const here = heartbeatsOn(away.database);
    await away.close();
    await here.start();
    expect(here.count()).toBe(1);
    await here.close();
  });
});

const clause = { attribute: "version", operator: "SEMVER_GT", values: ["1.0.0"] } as const;

describe("a condition that a live instance does not know", () => {
  it("is refused wherever it is written, and accepted once that instance is gone", async () => {
    await addOlder(open.database);
    const instance = await openInstance({ opened: open });
    const refusal = {
      code: "CONFLICT",
      message: expect.stringMatching(/0\.9\.0.*SEMVER_GT/) as string,
    };
    const rules = [{ when: { all: [{ not: clause }] }, serve: { variant: "on" } }];
    const flag = { key: "newer", environments: [{ environment: "staging", rules }] };
    const segment = { key: "modern", when: clause };
    await expect(createFlag(instance.tools, admin, flag)).rejects.toMatchObject(refusal);
    await expect(createSegment(instance.tools, admin, segment)).rejects.toMatchObject(refusal);
    expect(instance.delivery.snapshots.flagsOf("default").has("newer")).toBe(false);
    await createFlag(instance.tools, admin, { key: "plain" });

    await open.database.execute(sql`delete from instances where version = '0.9.0'`);
    const later = await openInstance({ opened: open });
    await createFlag(later.tools, admin, flag);
    await createSegment(later.tools, admin, segment);
    await later.close();
    await instance.close();
  });

  it("is looked for in conditions, not in anybody's values", () => {
    const value = { operator: "NO_OPERATOR", attribute: "a" };
    const after = {
      variants: [{ key: "a", value }],
      environments: { staging: { rules: [{ when: clause }] } },
    };
    expect([...operatorsOf({ subjectType: "FLAG", after })]).toEqual(["SEMVER_GT"]);
    expect([...operatorsOf({ subjectType: "USER", after })]).toEqual([]);
    expect([...operatorsOf({ subjectType: "SEGMENT", after: undefined })]).toEqual([]);
  });
});
