/** `npm run faults:kill-nine -- --kills 200 --seed 1`: kills the built server under load, on either database. */
import "reflect-metadata";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { killable, startOwnPostgres } from "../support/services/postgres-server.js";
import { testSecretKey } from "../support/server.js";
import { killOften, type KillReport } from "./kill-nine/kill-often.js";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "200" }, seed: { type: "string", default: "1" } },
});
const [kills, seed] = [Number(values.kills), Number(values.seed)];
const program = [fileURLToPath(new URL("../../dist/main.js", import.meta.url))];
const limits = { RATE_LIMIT_MANAGEMENT: "0" };

const folder = await mkdtemp(join(tmpdir(), "halyard-kill-nine-"));
const postgres = await startOwnPostgres(killable);
const databases = {
  embedded: { DATA_DIR: join(folder, "embedded") },
  postgresql: { DATA_DIR: join(folder, "beside"), DATABASE_URL: postgres.url, SECRET_KEY: testSecretKey },
};
const table: Readonly<Record<string, unknown>>[] = [];
const reports: KillReport[] = [];
for (const [database, env] of Object.entries(databases)) {
  const onKill = (kill: number): void => {
    if (kill % 20 === 0) console.log(`${database}: ${kill} kills`);
  };
  const report = await killOften({ program, env: { ...env, ...limits }, seed, kills, onKill });
  const { lost, doubled, strange, ...counts } = report;
  for (const each of [...lost, ...doubled, ...strange]) console.log(`seed ${seed}, ${database}: ${each}`);
  table.push({ database, ...counts, lost: lost.length, doubled: doubled.length, strange: strange.length });
  reports.push(report);
}
await postgres.stop();
await rm(folder, { recursive: true, force: true });
console.table(table);
const isWell = reports.every((one) => one.lost.length + one.doubled.length + one.strange.length === 0);
process.exit(isWell ? 0 : 1);
