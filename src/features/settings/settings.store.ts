/** Statements on the server's settings. */
import { sql } from "drizzle-orm";
import type { Database, Transaction } from "../../platform/database/index.js";
import { defaultSettings, type Settings, type SettingsChange } from "./settings.js";
import { serverSettings } from "./settings.table.js";

/** The settings as they are; the defaults before anybody decided anything. */
export async function readSettings(database: Database): Promise<Settings> {
  const [row] = await database.select(columns).from(serverSettings);
  return row ?? defaultSettings;
}

const columns = {
  requireTwoFactor: serverSettings.requireTwoFactor,
  auditRetentionDays: serverSettings.auditRetentionDays,
  version: serverSettings.version,
  updatedAt: serverSettings.updatedAt,
};

/** As `readSettings`, locked until the transaction ends; there is a row afterwards. */
export async function lockSettings(tx: Transaction): Promise<Settings> {
  await tx.insert(serverSettings).values({ id: 1 }).onConflictDoNothing();
  const [row] = await tx.select(columns).from(serverSettings).for("update");
  return row ?? defaultSettings;
}

/** Stores changed settings under the next version. The caller holds the lock. */
export async function saveSettings(tx: Transaction, change: SettingsChange): Promise<Settings> {
  const [row] = await tx
    .update(serverSettings)
    .set({ ...change, version: sql`${serverSettings.version} + 1`, updatedAt: sql`now()` })
    .returning(columns);
  if (row === undefined) throw new Error("A locked row was not there to update.");
  return row;
}
