/** The one place that chooses between the two databases, and loads only the driver of the chosen one. */
import type { Config } from "../config.js";
import type { Log } from "../log.js";
import type { DatabaseOptions, OpenDatabase } from "./database.js";

/**
 * PostgreSQL at `databaseUrl`, or else the embedded database in `dataDir`. The tables are not touched: see `migrate`.
 * @throws {StartProblem} if it cannot be opened, in words for the operator; PostgreSQL's absence alone is none with `mayBeAway`.
 */
export async function openDatabase(
  config: Pick<Config, "databaseUrl" | "dataDir">,
  log: Log,
  options: DatabaseOptions = {},
): Promise<OpenDatabase> {
  if (config.databaseUrl === undefined) {
    const { openEmbedded } = await import("./embedded.js");
    return await openEmbedded(config.dataDir, log, options);
  }
  const { openPostgres } = await import("./postgres.js");
  return await openPostgres(config.databaseUrl, options);
}
