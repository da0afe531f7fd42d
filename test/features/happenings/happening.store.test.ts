/** A reader with a cursor sees every happening once, in the order in which things became so, whatever was under way meanwhile. */
import { expect, it, vi } from "vitest";
import { sql } from "drizzle-orm";
import {
  addHappenings,
  deleteHappenings,
  listHappeningsAfter,
  type NewHappening,
} from "../../../src/features/happenings/index.js";
import { note } from "../../../src/features/ledger/index.js";
import { rowsOf } from "../../../src/platform/database/index.js";
import { describeDatabases, freshDatabase } from "../../support/databases.js";
import { testStart } from "../../support/tools.js";

function decision(action: string, at = testStart): NewHappening {
  return {
    ...{ at: new Date(at), project: "default", environment: "staging", summary: `It was ${action}.` },
    details: { kind: "DECISION", decision: "d", trial: "t", action },
  };
}

describeDatabases("happenings", (subject) => {
  it("are read from where a reader has got to, in their order, and forgotten when they are old", async () => {
    const { database } = subject();
    const add = async (...happened: NewHappening[]) =>
      note({ database }, async (tx) => addHappenings(tx, happened));
    await add(decision("A"), decision("B"));
    await add();
    await expect(
      note({ database }, async (tx) => {
        await addHappenings(tx, [decision("UNDONE")]);
        throw new Error("crash");
      }),
    ).rejects.toThrow("crash");
    await add(decision("C", testStart + 1));
    const first = await listHappeningsAfter(database, 0, 2);
    expect(first).toMatchObject([decision("A"), decision("B")]);
    const rest = await listHappeningsAfter(database, first.at(-1)?.seq ?? 0, 2);
    expect(rest).toMatchObject([decision("C", testStart + 1)]);
    expect(await listHappeningsAfter(database, rest.at(-1)?.seq ?? 0, 2)).toEqual([]);
    await note({ database }, async (tx) => deleteHappenings(tx, new Date(testStart + 1)));
    expect(await listHappeningsAfter(database, 0, 10)).toEqual(rest);
  });
});

it("are not passed by where one is committed later than another that began after it", async () => {
  const opened = await freshDatabase("postgresql");
  const { database } = opened;
  const waiting = sql`select from pg_locks join pg_database as d on d.oid = database
    where d.datname = current_database() and not granted`;
  const { later } = await note({ database }, async (tx) => {
    await addHappenings(tx, [decision("EARLIER")]);
    const begun = note({ database }, async (other) => addHappenings(other, [decision("LATER")]));
    await vi.waitFor(async () => expect(rowsOf(await database.execute(waiting))).toHaveLength(1));
    expect(await listHappeningsAfter(database, 0, 10)).toEqual([]);
    return { later: begun };
  });
  await later;
  expect(await listHappeningsAfter(database, 0, 10)).toMatchObject([decision("EARLIER"), decision("LATER")]);
  await opened.close();
});
