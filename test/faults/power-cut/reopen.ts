/** Starts the product on what a power cut left, and says what is missing. */
import { sql } from "drizzle-orm";
import { createApp } from "../../../src/app.js";
import { firstStart } from "../../../src/cli/first-start.js";
import { createFlag } from "../../../src/features/flags/index.js";
import { systemCaller } from "../../../src/features/permissions/index.js";
import { type Database, rowsOf } from "../../../src/platform/database/index.js";
import { openLog } from "../../../src/platform/log.js";
import type { Acknowledged } from "./journal.js";
import { configOf } from "./recorded-run.js";
import { verifyChain } from "../../support/verify-chain.js";

/** What is wrong with an image. */
export interface Verdict {
  /** Why it did not open. */
  readonly closed: string | null;
  /** Each promise that was not kept, in words. */
  readonly lost: readonly string[];
  /** Whatever else. */
  readonly strange: readonly string[];
}

/** Starts on `folder`, looks for everything that was promised, and changes something more. */
export async function reopen(folder: string, promises: readonly Acknowledged[]): Promise<Verdict> {
  const config = configOf(folder);
  const errors: string[] = [];
  const log = openLog(
    { logLevel: "error", logFormat: "json" },
    { write: (line: string) => void errors.push(line) },
  );
  try {
    const app = await createApp(config, { log });
    try {
      await firstStart(app.tools, systemCaller("restart"), config);
      const lost = await missing(app.tools.database, promises);
      const broken = await verifyChain(app.tools.database);
      await createFlag(app.tools, systemCaller("afterwards"), { key: "afterwards" });
      const strange = broken === null ? errors : [`row ${broken.seq} ${broken.problem}`, ...errors];
      return { closed: null, lost, strange };
    } finally {
      await app.close();
    }
  } catch (error) {
    return { closed: String(error), lost: [], strange: errors };
  }
}

async function missing(database: Database, promises: readonly Acknowledged[]): Promise<string[]> {
  const rows = rowsOf(await database.execute(sql`select seq, request_id, kind, subject from changes`));
  const requests = new Set(rows.map((row) => row["request_id"]));
  const deleted = new Set(rows.filter((row) => row["kind"] === "flag.deleted").map((row) => row["subject"]));
  const newest = Math.max(0, ...rows.map((row) => Number(row["seq"])));
  const versions = new Map(
    rowsOf(await database.execute(sql`select key, version from flags`)).map((row) => [
      row["key"],
      Number(row["version"]),
    ]),
  );
  return promises.flatMap(({ requestId, seq, flag }) => [
    ...(requests.has(requestId) ? [] : [`no row of ${requestId}`]),
    ...(newest >= seq ? [] : [`the ledger ends at ${newest}, and ${requestId} was told of ${seq}`]),
    ...(flag === undefined || deleted.has(flag.key) || (versions.get(flag.key) ?? -1) >= flag.version
      ? []
      : [`${flag.key} is not at version ${flag.version}`]),
  ]);
}
