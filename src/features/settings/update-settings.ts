/** updateSettings: what holds for the whole server. */
import { Mistakes, reason } from "../../platform/input.js";
import { conflict } from "../../platform/problems.js";
import { AuditSubject, checkVersion, differenceOf, type LedgerTools, write } from "../ledger/index.js";
import { type Caller, permit } from "../permissions/index.js";
import type { Settings } from "./settings.js";
import { lockSettings, saveSettings } from "./settings.store.js";

const mostDays = 36_500; // a hundred years

/** Absent members are unchanged. */
export interface UpdateSettings {
  readonly requireTwoFactor?: boolean | null | undefined;
  /** Whole days, 1 to 36 500; null: for ever. */
  readonly auditRetentionDays?: number | null | undefined;
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
  const days = input.auditRetentionDays;
  if (typeof days === "number" && !(Number.isInteger(days) && days >= 1 && days <= mostDays)) {
    mistakes.add("input.auditRetentionDays", `must be 1 to ${mostDays} days, or null, got ${days}.`);
  }
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  return write(tools, proof, async (tx, record) => {
    const current = await lockSettings(tx);
    checkVersion("The server's configuration", current.version, input.expectedVersion);
    const { requireTwoFactor, auditRetentionDays } = current;
    const before = { requireTwoFactor, auditRetentionDays };
    const after = {
      requireTwoFactor: input.requireTwoFactor ?? requireTwoFactor,
      auditRetentionDays: days === undefined ? auditRetentionDays : days,
    };
    const difference = differenceOf(before, after);
    if (difference === null) return current;
    if (difference.after.requireTwoFactor === true) refuseWithoutFactor(caller);
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
