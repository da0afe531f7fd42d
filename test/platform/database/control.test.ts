import { sql } from "drizzle-orm";
import { execFile } from "node:child_process";
import { it } from "vitest";
import { openPostgres } from "../../../src/platform/database/postgres.js";
import { freshPostgresUrl } from "../../support/databases.js";
it("control", async () => {
  for (let i = 0; i < 3; i++) {
  const url = await freshPostgresUrl();
  const o = await openPostgres(url); await o.database.execute(sql`create table halves (pair int, half int)`);
  const t = performance.now();
  await new Promise<void>((r) => execFile(process.execPath, ["--import", "tsx", process.env["W"]!, url, "50"], { timeout: 25000, maxBuffer: 1e8 }, (e, so, se) => { console.log("exit", e?.code, e?.killed, so.length, se.slice(0, 600), Math.round(performance.now()-t), "ms"); r(); }));
  const bad = await o.database.execute(sql`select count(*) from (select pair from halves group by pair having count(*) <> 2) x`); console.log("half committed", JSON.stringify(bad));
  await o.close();
  }
}, 120000);
