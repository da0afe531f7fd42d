/** `halyard migrate`: brings the tables up to date. */
import { openDatabase } from "../platform/database/index.js";
import { type Environment, readConfig } from "../platform/config.js";
import { openLog } from "../platform/log.js";
import { print } from "./print.js";

export async function migrateCommand(env: Environment): Promise<void> {
  const config = readConfig(env);
  const open = await openDatabase(config, openLog({ ...config, logLevel: "warn" }));
  try {
    await open.migrate();
  } finally {
    await open.close();
  }
  print("The database is up to date.");
}
