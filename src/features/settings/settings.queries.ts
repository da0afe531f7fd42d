/** Reading the server's settings. */
import type { Database } from "../../platform/database/index.js";
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
