/** A column of secrets is counted by key, listed, and changed only where it is as it was read. */
import { sql } from "drizzle-orm";
import { pgTable, text, uuid } from "drizzle-orm/pg-core";
import { beforeEach, expect, it } from "vitest";
import { countUnreadable, secretColumn } from "../../../src/platform/database/index.js";
import { describeDatabases } from "../../support/databases.js";

const boxes = pgTable("boxes", { id: uuid().primaryKey(), hidden: text("hidden_text"), other: text() });
const column = secretColumn(boxes.id, boxes.hidden, (id) => `box ${id}`);
const idOf = (digit: number) => `00000000-0000-4000-8000-00000000000${digit}`;

describeDatabases("a column of secrets", (subject) => {
  const held = async (id: string) =>
    (await subject().database.select().from(boxes)).find((row) => row.id === id)?.hidden;

  beforeEach(async () => {
    const { database } = subject();
    await database.execute(
      sql`create table if not exists boxes (id uuid primary key, hidden_text text, other text)`,
    );
    await database.delete(boxes);
    const texts = ["v1.old.a", "v1.new.b", null, "v1.old.c", "v1.older.d"];
    await database
      .insert(boxes)
      .values(texts.map((hidden, index) => ({ id: idOf(index), hidden, other: "untouched" })));
  });

  it("is counted by key", async () => {
    const { database } = subject();
    expect(column.name).toBe("boxes.hidden_text");
    const counted = { new: 1, old: 2, older: 1 };
    expect(await column.countByKey(database)).toEqual(new Map(Object.entries(counted)));
    expect(await countUnreadable(database, [column], ["new", "old"])).toEqual([
      { column: "boxes.hidden_text", rows: 1 },
    ]);
    expect(await countUnreadable(database, [column], ["new", "old", "older"])).toEqual([]);
  });

  it("lists what other keys encrypted, each with its purpose", async () => {
    const older = await column.listOlder(subject().database, "old");
    expect(older).toEqual([
      { id: idOf(1), stored: "v1.new.b", purpose: `box ${idOf(1)}` },
      { id: idOf(4), stored: "v1.older.d", purpose: `box ${idOf(4)}` },
    ]);
  });

  it("is changed in one row, and only where nobody changed it meanwhile", async () => {
    const replace = async (before: string, after: string) =>
      subject().database.transaction(async (tx) => column.replace(tx, idOf(0), before, after));
    expect(await replace("v1.old.a", "v1.new.a")).toBe(true);
    expect(await replace("v1.old.a", "v1.new.z")).toBe(false);
    expect([await held(idOf(0)), await held(idOf(3))]).toEqual(["v1.new.a", "v1.old.c"]);
    const rows = await subject().database.select().from(boxes);
    expect(rows.every(({ other }) => other === "untouched")).toBe(true);
  });
});
