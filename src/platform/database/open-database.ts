/** The one place that chooses between the two databases. */
import type { Config } from "../config.js";
import type { Log } from "../log.js";
import type { DatabaseOptions, OpenDatabase } from "./database.js";
import { openEmbedded } from "./embedded.js";
import { openPostgres } from "./postgres.js";

/**
 * PostgreSQL at `databaseUrl`, or else the embedded database in `dataDir`. The tables are not touched: see `migrate`.
 * @throws {StartProblem} if it cannot be opened, in words for the operator.
 */
export async function openDatabase(
  config: Pick<Config, "databaseUrl" | "dataDir">,
  log: Log,
  options: DatabaseOptions = {},
): Promise<OpenDatabase> {
  return config.databaseUrl === undefined
    ? await openEmbedded(config.dataDir, log, options)
    : await openPostgres(config.databaseUrl, options);
}
