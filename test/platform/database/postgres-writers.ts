/**
 * A server whose transactions lose their connections: `postgres-writers.ts URL TIMES`. Eight writers insert pairs of rows
 * side by side, until at each point of a transaction that many backends were ended.
 * Says at the end what the writers were told of every pair.
 */
import { type SQL, sql } from "drizzle-orm";
import { setTimeout as sleep } from "node:timers/promises";
import { rowsOf, type Transaction } from "../../../src/platform/database/index.js";
import { openPostgres } from "../../../src/platform/database/postgres.js";

const WRITERS = 8;
const points = ["nowhere", "before the first statement", "between two", "during one", "before commit"];
const [url = "", times = "0"] = process.argv.slice(2);
const writers = await openPostgres(url);
const killer = await openPostgres(url);

/** Ends backends within some milliseconds; answers how many. */
async function end(which: SQL): Promise<number> {
  await sleep(Math.random() * 4);
  const ended = await killer.database.execute(
    sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and ${which}`,
  );
  return rowsOf(ended).length;
}

async function insert(tx: Transaction, pair: number, half: number): Promise<number> {
  const inserted = await tx.execute(
    sql`insert into halves values (${pair}, ${half}) returning pg_backend_pid() as pid`,
  );
  return Number(rowsOf(inserted)[0]?.["pid"]);
}

/** Inserts both halves while the backend is ended at `point`: every second time the transaction goes on meanwhile. */
async function write(pair: number) {
  const point = points[pair % points.length];
  let ended = Promise.resolve(0);
  let reachedCommit = false;
  const strike = async (which: SQL): Promise<void> => {
    ended = end(which);
    if (Math.random() < 0.5) await ended;
  };
  const work = writers.database.transaction(async (tx) => {
    if (point === "before the first statement") await strike(sql`query like 'begin;%'`);
    const pid = await insert(tx, pair, 1);
    const own = sql`pid = ${pid}`;
    if (point === "between two") await strike(own);
    if (point === "during one") ended = end(own);
    if (point === "during one") await tx.execute(sql`select pg_sleep(0.004)`);
    await insert(tx, pair, 2);
    if (point === "before commit") await strike(own);
    reachedCommit = true;
  });
  const isKept = await work.then(
    () => true,
    () => false,
  );
  return { pair, point, isKept, reachedCommit, ended: await ended };
}

const outcomes: Awaited<ReturnType<typeof write>>[] = [];
const endedAt = (point: string): number =>
  outcomes.reduce((sum, outcome) => sum + (outcome.point === point ? outcome.ended : 0), 0);
let pairs = 0;
await Promise.all(
  Array.from({ length: WRITERS }, async () => {
    while (points.slice(1).some((point) => endedAt(point) < Number(times)))
      outcomes.push(await write(pairs++));
  }),
);
await Promise.all([writers.close(), killer.close()]);
process.stdout.write(JSON.stringify(outcomes));
