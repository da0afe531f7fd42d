/** Settings as the ledger keeps them where a flag is created or deleted: pure. */
import { asDeleted, type Change } from "../ledger/index.js";
import type { Flag, FlagEnvironment } from "./flag.js";
import type { Settings } from "./settings-difference.js";

/** Environment key → everything that is set there. */
export function recordedSettings(
  rows: readonly (Settings & Pick<FlagEnvironment, "environment">)[],
): Readonly<Record<string, Settings>> {
  return Object.fromEntries(
    rows.map(({ environment, enabled, offVariant, fallthrough, targets, rules, prerequisites }) => [
      environment,
      { enabled, offVariant, fallthrough, targets, rules, prerequisites },
    ]),
  );
}

/** A flag as it was, and its settings, which nobody can read any more. */
export interface DeletedFlag {
  readonly flag: Flag;
  readonly settings: readonly FlagEnvironment[];
}

/** Everything about a flag that goes; `environments` as where one is created, with what identifies them. */
export function deletionRecord({ flag, settings }: DeletedFlag): object {
  const { project: _project, ...members } = flag;
  const environments = settings.map(({ project: _of, flag: _key, environment, ...rest }) => [
    environment,
    rest,
  ]);
  return { ...members, environments: Object.fromEntries(environments) as object };
}

interface DeletedSettings {
  /** By environment key; its moments as JSON has them. */
  readonly environments: Readonly<Record<string, FlagEnvironment>>;
}

/** The flag of such a record. Throws NOT_FOUND once the record was emptied. */
export function readDeletion(change: Change): DeletedFlag {
  const { environments, ...flag } = asDeleted(change) as Flag & DeletedSettings;
  const { project, key } = flag;
  const settings = Object.entries(environments).map(([environment, row]) => {
    const place = { project, flag: key, environment };
    return { ...row, ...place, updatedAt: new Date(row.updatedAt) };
  });
  return { flag, settings };
}
