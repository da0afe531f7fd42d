import { type SQL, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createSegment } from "../../../src/features/segments/create-segment.js";
import { type DatabaseKind, freshDatabase } from "../../support/databases.js";
import { tamper } from "../../support/tamper.js";
import { admin, type Instance, openInstance } from "../delivery/delivery-fixture.js";

const kinds: readonly DatabaseKind[] = ["pglite", "postgresql"];
const open = new Map<DatabaseKind, Instance>();
beforeAll(async () => {
  for (const kind of kinds) {
    const instance = await openInstance({ opened: await freshDatabase(kind) });
    open.set(kind, instance);
    for (const key of ["a", "b", "c"]) await instance.addFlag(key, { tags: ["web"] });
    await createSegment(instance.tools, admin, { key: "staff", included: ["alice", "bob"] });
    await instance.toggle("a", true);
  }
});
afterAll(async () => {
  for (const instance of open.values()) {
    await instance.close();
    await instance.opened.close();
  }
});

function instanceOn(kind: DatabaseKind): Instance {
  const instance = open.get(kind);
  if (instance === undefined) throw new Error("not open");
  return instance;
}

/** What rounds of comparing find, of which each looks at the content of one environment. */
async function compare({ delivery, opened }: Instance): Promise<string[]> {
  const found = new Set<string>();
  for (let round = 0; round < 3; round += 1) {
    const differences = await opened.database.transaction(async (tx) => delivery.snapshots.compare(tx));
    for (const difference of differences) found.add(difference);
  }
  return [...found];
}

/** What is found of a database that was changed behind everybody's back, and that nothing is once it is changed back. */
async function found(instance: Instance, damage: SQL, repair: SQL): Promise<string[]> {
  await tamper(instance.opened.database, async (tx) => tx.execute(damage));
  const differences = await compare(instance);
  await tamper(instance.opened.database, async (tx) => tx.execute(repair));
  expect(await compare(instance)).toEqual([]);
  return differences;
}

const inStaging = sql`flag = 'b' and environment = 'staging'`;
const damages: readonly (readonly [string, SQL, SQL, readonly string[]])[] = [
  [
    "a version",
    sql`update flag_environments set version = 7 where ${inStaging}`,
    sql`update flag_environments set version = 1 where ${inStaging}`,
    ["flag default/staging/b is at version 1 here, 7 in the database"],
  ],
  [
    "two versions that changed places",
    sql`update flag_environments set version = 3 - version where flag in ('a', 'b') and environment = 'staging'`,
    sql`update flag_environments set version = 3 - version where flag in ('a', 'b') and environment = 'staging'`,
    [
      "flag default/staging/a is at version 2 here, 1 in the database",
      "flag default/staging/b is at version 1 here, 2 in the database",
    ],
  ],
  [
    "a flag that is gone",
    sql`update flags set archived = true where key = 'c'`,
    sql`update flags set archived = false where key = 'c'`,
    ["development", "staging", "production"].map((place) => `flag default/${place}/c is not in the database`),
  ],
  [
    "content at the same version",
    sql`update flag_environments set enabled = true where ${inStaging}`,
    sql`update flag_environments set enabled = false where ${inStaging}`,
    ["flag default/staging/b has another content in the database"],
  ],
  [
    "tags at the same version",
    sql`update flags set tags = '{ios}' where key = 'b'`,
    sql`update flags set tags = '{web}' where key = 'b'`,
    ["development", "staging", "production"].map(
      (place) => `flag default/${place}/b has another content in the database`,
    ),
  ],
  [
    "a segment's version",
    sql`update segments set version = 2`,
    sql`update segments set version = 1`,
    ["segment default/staff is at version 1 here, 2 in the database"],
  ],
  [
    "a segment's members",
    sql`update segment_members set member = 'eve' where member = 'bob'`,
    sql`update segment_members set member = 'bob' where member = 'eve'`,
    ["segment default/staff has another content in the database"],
  ],
  [
    "a project that nobody announced",
    sql`insert into projects (key, name, flag_key_pattern) values ('other', 'Other', '')`,
    sql`delete from projects where key = 'other'`,
    ["project other is not here"],
  ],
];

for (const kind of kinds) {
  it.each(damages)(`finds %s on ${kind}`, async (_name, damage, repair, expected) => {
    expect((await found(instanceOn(kind), damage, repair)).toSorted()).toEqual(expected.toSorted());
  });
}
