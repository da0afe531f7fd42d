/** A server that writes to its embedded database and says what was acknowledged, until it is killed: `embedded-writer.ts FOLDER`. */
import { sql } from "drizzle-orm";
import { openEmbedded } from "../../../src/platform/database/embedded.js";
import { rowsOf } from "../../../src/platform/database/index.js";
import { silentLog } from "../../support/silent-log.js";

const [folder = ""] = process.argv.slice(2);
const { database } = await openEmbedded(folder, silentLog);
await database.execute(sql`create table if not exists acknowledged (id int primary key, filler text)`);
const last = await database.execute(sql`select coalesce(max(id), 0)::int as id from acknowledged`);
let id = Number(rowsOf(last)[0]?.["id"]);
for (;;) {
  id += 1;
  await database.execute(sql`insert into acknowledged values (${id}, ${"x".repeat(id % 500)})`);
  process.stdout.write(`${id}\n`);
}
