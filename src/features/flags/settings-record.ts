/** Settings as the ledger keeps them where a flag is created or deleted: pure. */
import type { FlagEnvironment } from "./flag.js";
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
