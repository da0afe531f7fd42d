/** The settings as this instance knows them, kept current by the ledger, so that nobody asks the database for them. */
import type { Transaction } from "../../platform/database/index.js";
import type { Keepable } from "../../platform/keepable.js";
import { AuditSubject, type Change, type Follower } from "../ledger/index.js";
import { defaultSettings, type Settings } from "./settings.js";
import { readSettings } from "./settings.store.js";

export interface CurrentSettings extends Follower, Keepable {
  current(): Settings;
}

/** The defaults, until a reader follows it. */
export function createCurrentSettings(): CurrentSettings {
  let settings = defaultSettings;
  const load = async (tx: Transaction) => {
    const read = await readSettings(tx);
    return () => void (settings = read);
  };
  return {
    current: () => settings,
    load,
    follow: async (tx: Transaction, changes: readonly Change[]) =>
      changes.some(({ subjectType }) => subjectType === AuditSubject.SETTINGS) ? load(tx) : () => undefined,
    keep: () => [settings],
    restore: ([kept]) => {
      const read = kept as KeptSettings;
      const updatedAt = read.updatedAt === null ? null : new Date(read.updatedAt);
      return () => void (settings = { ...read, updatedAt });
    },
  };
}

/** Settings as JSON has them. */
type KeptSettings = Omit<Settings, "updatedAt"> & { readonly updatedAt: string | null };
