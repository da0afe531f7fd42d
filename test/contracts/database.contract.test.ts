/** What the rooms may rely on, whichever database stands behind them. */
import { eq, sql } from "drizzle-orm";
import { bigint, foreignKey, integer, jsonb, pgTable, text, timestamp, unique } from "drizzle-orm/pg-core";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type Database,
  isForeignKeyViolation,
  isUniqueViolation,
  rowsOf,
} from "../../src/platform/database/index.js";
import { describeDatabases, freshDatabase } from "../support/databases.js";

const parents = pgTable("contract_parents", {
  key: text("key").primaryKey(),
  value: jsonb("value"),
  list: text("list").array(),
  at: timestamp("at", { withTimezone: true }),
  size: bigint("size", { mode: "number" }),
});
const children = pgTable(
  "contract_children",
  { id: integer("id").notNull(), parent: text("parent").notNull() },
  (table) => [
    unique("contract_children_id").on(table.id),
    foreignKey({ name: "contract_children_parent", columns: [table.parent], foreignColumns: [parents.key] }),
  ],
);
const tables = [
  sql`create table contract_parents (key text primary key, value jsonb, list text[], at timestamptz, size bigint)`,
  sql`create table contract_children (id integer not null, parent text not null,
        constraint contract_children_id unique (id),
        constraint contract_children_parent foreign key (parent) references contract_parents (key))`,
];

describeDatabases("a database", (subject) => {
  beforeAll(async () => {
    for (const table of tables) await subject().database.execute(table);
  });
  beforeEach(async () => {
    await subject().database.execute(sql`truncate contract_parents, contract_children`);
  });

  const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
    await work.then(
      () => undefined,
      (error: unknown) => error,
    );

  describe("migrations", () => {
    it("leave the tables as they are when run again", async () => {
      const count = sql`select count(*) as n from information_schema.tables`;
      const before = rowsOf(await subject().database.execute(count));
      await subject().migrate();
      await Promise.all([subject().migrate(), subject().migrate()]);
      expect(rowsOf(await subject().database.execute(count))).toEqual(before);
    });
  });

  describe("a transaction", () => {
    it("keeps nothing when its function throws", async () => {
      const work = subject().database.transaction(async (tx) => {
        await tx.insert(parents).values({ key: "a" });
        throw new Error("changed my mind");
      });
      await expect(work).rejects.toThrow("changed my mind");
      expect(await subject().database.select().from(parents)).toEqual([]);
    });

    it("keeps what came before a nested one that failed", async () => {
      await subject().database.transaction(async (tx) => {
        await tx.insert(parents).values({ key: "kept" });
        const nested = tx.transaction(async (inner) => {
          await inner.insert(parents).values({ key: "lost" });
          await inner.insert(parents).values({ key: "kept" });
        });
        expect(isUniqueViolation(await failureOf(nested))).toBe(true);
        await tx.insert(parents).values({ key: "after" });
      });
      const rows = await subject().database.select({ key: parents.key }).from(parents).orderBy(parents.key);
      expect(rows).toEqual([{ key: "after" }, { key: "kept" }]);
    });

    it("fails when a statement in it failed, even if its function passes over that", async () => {
      const work = subject().database.transaction(async (tx) => {
        await tx.insert(parents).values({ key: "a" });
        expect(isUniqueViolation(await failureOf(tx.insert(parents).values({ key: "a" })))).toBe(true);
      });
      await expect(work).rejects.toThrow("rolled back");
      expect(await subject().database.select().from(parents)).toEqual([]);
    });

    it("takes no statement once it is over, nor does a nested one", async () => {
      const escaped: Database[] = [];
      await subject().database.transaction(async (tx) => {
        await tx.transaction(async (nested) => void escaped.push(nested));
        escaped.push(tx);
      });
      const failing = subject().database.transaction(async (tx) => {
        escaped.push(tx);
        throw new Error("changed my mind");
      });
      await expect(failing).rejects.toThrow("changed my mind");
      expect(escaped).toHaveLength(3);
      for (const over of escaped)
        await expect(over.insert(parents).values({ key: "late" })).rejects.toThrow();
      expect(await subject().database.$count(parents)).toBe(0);
    });

    it("takes statements side by side", async () => {
      await subject().database.transaction(
        async (tx) =>
          await Promise.all(
            Array.from({ length: 20 }, async (_, id) => await tx.insert(parents).values({ key: `p${id}` })),
          ),
      );
      expect(await subject().database.$count(parents)).toBe(20);
    });

    it("answers what its function answers, and runs one after the other or side by side", async () => {
      const answers = await Promise.all(
        Array.from(
          { length: 20 },
          async (_, id) =>
            await subject().database.transaction(async (tx) => {
              await tx.insert(parents).values({ key: `p${id}` });
              return id;
            }),
        ),
      );
      expect(answers).toEqual(Array.from({ length: 20 }, (_, id) => id));
      expect(await subject().database.$count(parents)).toBe(20);
    });

    it("can read one unchanging state", async () => {
      const settings = { isolationLevel: "repeatable read", accessMode: "read only" } as const;
      const level = await subject().database.transaction(
        async (tx) => rowsOf(await tx.execute(sql`select current_setting('transaction_isolation') as level`)),
        settings,
      );
      expect(level).toEqual([{ level: "repeatable read" }]);
    });
  });

  describe("jsonb", () => {
    const values: readonly unknown[] = [
      "plain",
      "",
      "true",
      "123",
      "null",
      '"quoted"',
      '{"looks":"like an object"}',
      "back\\slash 'quote' $1 \n tab\t",
      "ünïcödé 漢字 🚩 \u2028",
      0,
      -1.5,
      1e21,
      9_007_199_254_740_991,
      true,
      false,
      [],
      {},
      [1, "1", [null, { a: [true] }]],
      { nested: { list: [{ deep: "value" }], none: null, text: "123" } },
      { 'key with "quotes"': 1, ключ: 2, "": 3 },
    ];

    it.each(values.map((value) => [value]))("gives back %j", async (value) => {
      const { database } = subject();
      const [inserted] = await database.insert(parents).values({ key: "a", value }).returning();
      expect(inserted?.value).toStrictEqual(value);
      const [updated] = await database.update(parents).set({ value }).where(eq(parents.key, "a")).returning();
      expect(updated?.value).toStrictEqual(value);
      const [selected] = await database.select().from(parents);
      expect(selected?.value).toStrictEqual(value);
    });

    it("is stored as the value itself and not as text that holds it", async () => {
      const { database } = subject();
      await database.insert(parents).values([
        { key: "array", value: [1] },
        { key: "number", value: 1 },
        { key: "object", value: { a: 1 } },
        { key: "string", value: '{"a":1}' },
      ]);
      const types = await database.execute(
        sql`select key, jsonb_typeof(value) as type from contract_parents order by key`,
      );
      for (const { key, type } of rowsOf(types)) expect(type).toBe(key);
      const found = await database
        .select({ key: parents.key })
        .from(parents)
        .where(sql`${parents.value} @> ${JSON.stringify({ a: 1 })}::jsonb`);
      expect(found).toEqual([{ key: "object" }]);
    });

    it("takes null for no value", async () => {
      const { database } = subject();
      const [row] = await database.insert(parents).values({ key: "a", value: null }).returning();
      expect(row?.value).toBeNull();
      expect(await database.$count(parents, sql`${parents.value} is null`)).toBe(1);
    });
  });

  describe("other values", () => {
    it("gives back instants to the millisecond, lists of text and integers up to 2^53", async () => {
      const row = {
        key: "a",
        value: 1,
        at: new Date("2024-02-29T23:59:59.987Z"),
        list: ["plain", "", 'quo"ted, {braced}', "back\\slash", "NULL", "漢"],
        size: Number.MAX_SAFE_INTEGER,
      };
      const [inserted] = await subject().database.insert(parents).values(row).returning();
      expect(inserted).toStrictEqual(row);
      expect(await subject().database.select().from(parents)).toStrictEqual([row]);
    });

    it("answers free statements alike: numbers, counts, text, json as text", async () => {
      const result = await subject().database.execute(sql`
        select 1 as small, 2::bigint as big, 9007199254740993::bigint as huge, 1.5::float8 as part, true as yes,
               'x' as letter, null as nothing, '{"a":1}'::jsonb as body, array['a','b'] as list`);
      expect(rowsOf(result)).toStrictEqual([
        {
          small: 1,
          big: 2,
          huge: 9_007_199_254_740_993n,
          part: 1.5,
          yes: true,
          letter: "x",
          nothing: null,
          body: '{"a": 1}',
          list: ["a", "b"],
        },
      ]);
    });

    it("has its session in UTC", async () => {
      const result = await subject().database.execute(
        sql`select to_char(timestamptz '2024-01-01T00:00:00+00', 'HH24:MI') as midnight`,
      );
      expect(rowsOf(result)).toEqual([{ midnight: "00:00" }]);
    });
  });

  describe("violations", () => {
    it("tells a key that exists", async () => {
      const { database } = subject();
      await database.insert(parents).values({ key: "a" });
      const error = await failureOf(database.insert(parents).values({ key: "a" }));
      expect(isUniqueViolation(error)).toBe(true);
      expect(isUniqueViolation(error, "contract_parents_pkey")).toBe(true);
      expect(isUniqueViolation(error, "contract_children_id")).toBe(false);
      expect(isForeignKeyViolation(error)).toBe(false);
    });

    it("tells a reference that leads nowhere, and one that is still needed", async () => {
      const { database } = subject();
      const dangling = await failureOf(database.insert(children).values({ id: 1, parent: "none" }));
      expect(isForeignKeyViolation(dangling, "contract_children_parent")).toBe(true);
      expect(isUniqueViolation(dangling)).toBe(false);
      await database.insert(parents).values({ key: "a" });
      await database.insert(children).values({ id: 1, parent: "a" });
      const needed = await failureOf(database.delete(parents));
      expect(isForeignKeyViolation(needed)).toBe(true);
    });

    it("tells it inside a transaction too, and nothing else", async () => {
      const twice = subject().database.transaction(async (tx) => {
        await tx.insert(parents).values([{ key: "a" }, { key: "a" }]);
      });
      expect(isUniqueViolation(await failureOf(twice))).toBe(true);
      const broken = await failureOf(subject().database.execute(sql`select nonsense`));
      expect(broken).toBeInstanceOf(Error);
      expect(isUniqueViolation(broken) || isForeignKeyViolation(broken)).toBe(false);
      expect(isUniqueViolation({ code: "23505" })).toBe(false);
    });
  });

  it("tells its clock", async () => {
    const clock = await subject().ping(5_000);
    expect(Math.abs(clock - Date.now())).toBeLessThan(5_000);
  });

  it("tells its statements to whoever listens, and closes twice", async () => {
    const statements: string[] = [];
    const watched = await freshDatabase(subject().kind, {
      onStatement: (statement) => statements.push(statement),
    });
    await watched.database.execute(sql`select ${7}::int as seven`);
    await watched.close();
    await watched.close();
    expect(statements.filter((statement) => statement.includes("seven"))).toEqual([
      "select $1::int as seven",
    ]);
  });
});
