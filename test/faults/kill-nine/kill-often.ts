/** Kills a server under load again and again, lets its clients repeat what was not answered, and counts in the ledger what became of it all. */
import { sql } from "drizzle-orm";
import { setTimeout as pause } from "node:timers/promises";
import { bodyOf, type Change as Row, listChangesAfter } from "../../../src/features/ledger/index.js";
import { readConfig } from "../../../src/platform/config.js";
import { type Database, openDatabase, rowsOf } from "../../../src/platform/database/index.js";
import { Random } from "../../fuzz/random.js";
import { silentLog } from "../../support/silent-log.js";
import { MortalServer, type MortalServerOptions } from "./mortal-server.js";
import { type Change, Writer } from "./writer.js";
import { verifyChain } from "../../support/verify-chain.js";

export interface Killing extends MortalServerOptions {
  readonly seed: number;
  readonly kills: number;
  /** Told after each kill. */
  readonly onKill?: (kill: number) => void;
}

export interface KillReport {
  readonly kills: number;
  /** Of those, while it was starting. */
  readonly atStart: number;
  readonly changes: number;
  /** Changes that had to be sent again. */
  readonly repeated: number;
  /** Of those, done before they were sent again. */
  readonly doneBefore: number;
  /** Reasons of answered changes that the ledger has not. */
  readonly lost: readonly string[];
  /** Reasons that the ledger has more than once. */
  readonly doubled: readonly string[];
  readonly strange: readonly string[];
}

const writers = 4;
const longestLifeMs = 1_500;

export async function killOften(killing: Killing): Promise<KillReport> {
  const server = new MortalServer(killing);
  try {
    const { crowd, atStart } = await work(server, killing);
    await server.stop();
    return { kills: killing.kills, atStart, ...(await count(killing.env, crowd)) };
  } finally {
    await server.kill();
  }
}

async function work(server: MortalServer, { seed, kills, onKill }: Killing) {
  const random = new Random(seed);
  let url: Promise<string | undefined> = Promise.resolve(await server.start());
  const credential = /hal_management_\w+/.exec(server.output)?.[0] ?? "";
  let over = false;
  const somewhere = async (): Promise<string> => {
    for (;;) {
      const found = await url;
      if (found !== undefined) return found;
      await pause(5);
    }
  };
  const crowd = Array.from({ length: writers }, (_, index) => {
    const name = `writer-${index}`;
    return new Writer({ name, credential, random: new Random(seed, index + 1), url: somewhere });
  });
  const working = Promise.all(crowd.map(async (writer) => writer.work(() => over)));
  let atStart = 0;
  for (let kill = 1; kill <= kills; kill += 1) {
    const duringStart = random.chance(0.15);
    if (!duringStart) await url;
    await pause(random.below(longestLifeMs));
    if (!server.isReady) atStart += 1;
    await server.kill();
    url = server.start();
    onKill?.(kill);
  }
  await somewhere();
  await pause(longestLifeMs);
  over = true;
  await working;
  return { crowd, atStart };
}

/** Of the whole ledger and of the flags, in a database that nobody else has open. */
async function count(
  env: Readonly<Record<string, string>>,
  crowd: readonly Writer[],
): Promise<Omit<KillReport, "kills" | "atStart">> {
  const opened = await openDatabase(readConfig({ NODE_ENV: "test", ...env }), silentLog);
  try {
    const { database } = opened;
    const found = new Map<string, Row[]>();
    for (const row of await listChangesAfter(database, 0, Number.MAX_SAFE_INTEGER, 1_000_000)) {
      const { reason } = bodyOf(row);
      if (reason !== null) found.set(reason, [...(found.get(reason) ?? []), row]);
    }
    const changes = crowd.flatMap((writer) => writer.changes);
    const broken = await verifyChain(database);
    return {
      changes: changes.length,
      repeated: changes.filter(({ sent }) => sent > 1).length,
      doneBefore: changes.filter((change) => wasDoneBefore(change, found.get(change.reason)?.[0])).length,
      lost: changes.flatMap(({ reason }) => (found.has(reason) ? [] : [reason])),
      doubled: [...found].flatMap(([reason, rows]) => (rows.length > 1 ? [reason] : [])),
      strange: [
        ...crowd.flatMap(({ strange }) => strange),
        ...(broken === null ? [] : [`row ${broken.seq} ${broken.problem}`]),
        ...(await differences(database, crowd)),
      ],
    };
  } finally {
    await opened.close();
  }
}

function wasDoneBefore({ repeatedAt }: Change, row: Row | undefined): boolean {
  return repeatedAt !== undefined && row !== undefined && Date.parse(row.at) < repeatedAt;
}

/** Flags that have not exactly what was added to them. */
async function differences(database: Database, crowd: readonly Writer[]): Promise<string[]> {
  const result = await database.execute(sql`select flag as key, jsonb_array_length(rules) as rules,
      (select count(*) from variants where variants.flag = place.flag)::int as variants
    from flag_environments as place where environment = 'development'`);
  const stored = new Map(rowsOf(result).map(({ key, ...has }) => [key, has]));
  return crowd.flatMap((writer) =>
    [...writer.flags].flatMap(([key, made]) => {
      const has = stored.get(key);
      const isRight = has?.["rules"] === made.rules && has["variants"] === made.variants;
      return isRight ? [] : [`${key} has ${JSON.stringify(has)}, not ${JSON.stringify(made)}`];
    }),
  );
}
