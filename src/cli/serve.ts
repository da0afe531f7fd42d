/** `halyard serve`: the database opens while the rest of the server is still being loaded, which together is most of a start. */
import { type Environment, readConfig } from "../platform/config.js";
import { openDatabase } from "../platform/database/index.js";
import { openLog } from "../platform/log.js";

/** Resolves once the server listens; what is wrong with its files is found before anything is opened. Throws ConfigError and StartProblem for what the operator must mend. */
export async function serveCommand(env: Environment, withDemo: boolean): Promise<void> {
  const config = readConfig(env);
  const log = openLog(config);
  if (config.tls !== undefined) (await import("../api/http/tls.js")).readTls(config.tls);
  const database = openDatabase(config, log, { mayBeAway: true });
  database.catch(() => undefined); // reported by whoever awaits it
  const { runServer } = await import("./run-server.js");
  await runServer(config, { log, database, isPatient: true }, withDemo);
}
