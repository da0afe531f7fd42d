/** updateSettings: what holds for the whole server. */
import { Mistakes, reason } from "../../platform/input.js";
import { conflict } from "../../platform/problems.js";
import { AuditSubject, checkVersion, differenceOf, type LedgerTools, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import type { Settings } from "./settings.js";
import { lockSettings, saveSettings } from "./settings.store.js";

/** Absent members are unchanged. */
export interface UpdateSettings {
  readonly requireTwoFactor?: boolean | null | undefined;
  /** Settings.version that the change builds on. */
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | null | undefined;
}

/**
 * Needs ADMIN of the whole server. An update that changes nothing leaves no trace. Throws BAD_USER_INPUT, and CONFLICT for a stale version and
 * for users who would ask everyone for a second factor without having one.
 */
export async function updateSettings(
  tools: LedgerTools,
  caller: Caller,
  input: UpdateSettings,
): Promise<Settings> {
  const proof = permit(caller, "settings:update");
  const mistakes = new Mistakes();
  if (input.requireTwoFactor === null) mistakes.add("input.requireTwoFactor", "cannot be null.");
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    const current = await lockSettings(tx);
    checkVersion("The server's configuration", current.version, input.expectedVersion);
    const before = { requireTwoFactor: current.requireTwoFactor };
    const after = { requireTwoFactor: input.requireTwoFactor ?? before.requireTwoFactor };
    const difference = differenceOf(before, after);
    if (difference === null) return current;
    if (after.requireTwoFactor) refuseWithoutFactor(caller);
    record({
      kind: "settings.updated",
      subjectType: AuditSubject.SETTINGS,
      subject: "server",
      ...difference,
      reason: why,
    });
    return saveSettings(tx, difference.after);
  });
}

/** Whoever asks it of everyone sees first that it works. */
function refuseWithoutFactor({ identity }: Caller): void {
  if (identity.kind !== "USER" || identity.secondFactor !== "NONE") return;
  throw conflict(
    "Set up a second factor of your own first, with beginTwoFactor and confirmTwoFactor; then ask everyone for one.",
  );
}
