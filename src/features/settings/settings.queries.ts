/** Reading the server's settings. */
import type { Database, Transaction } from "../../platform/database/index.js";
import { type Caller, permit } from "../permissions/index.js";
import type { Settings } from "./settings.js";
import { readSettings } from "./settings.store.js";

/** As the database has them now. Needs ADMIN of the whole server. */
export async function settings(
  { database }: { readonly database: Database },
  caller: Caller,
): Promise<Settings> {
  permit(caller, "settings:read");
  return readSettings(database);
}

/** For how many days the audit log keeps its texts, for whoever empties them; null: for ever. */
export async function auditRetentionDays(tx: Transaction): Promise<number | null> {
  return (await readSettings(tx)).auditRetentionDays;
}
