/** Says by command that the database was restored from a backup: for when no instance was running that could notice. */
import { badField, quote } from "../../platform/problems.js";
import { type Caller, permit } from "../permissions/index.js";
import type { Position } from "./change.js";
import { lockLedger } from "./change.store.js";
import { forkEntry, headOf } from "./history.js";
import { type LedgerTools, write } from "./write.js";

export interface BeginEpoch {
  readonly reason: string;
  /** The newest revision that anybody saw before the restore, such as `2.4711`: the new epoch is above its. */
  readonly seen?: string | undefined;
}

/** Gives the position after which the new epoch begins, and the epoch. Throws BAD_USER_INPUT and what `permit` throws. */
export async function beginEpoch(
  tools: LedgerTools,
  caller: Caller,
  { reason, seen }: BeginEpoch,
): Promise<{ readonly restored: Position; readonly epoch: number }> {
  const proof = permit(caller, "settings:update");
  const least = seen === undefined ? 0 : epochOf(seen);
  return write(tools, proof, async (tx, record) => {
    await lockLedger(tx);
    const restored = await headOf(tx);
    const entry = { ...forkEntry(null, restored, reason), epoch: Math.max(restored.epoch, least) + 1 };
    record(entry);
    return { restored, epoch: entry.epoch };
  });
}

function epochOf(revision: string): number {
  const epoch = /^(\d{1,9})\.\d{1,15}(\.[0-9a-f]{8})?(-[0-9a-z]+)?$/.exec(revision)?.[1];
  if (epoch === undefined) throw badField("seen", `must be a revision such as 1.42, got ${quote(revision)}.`);
  return Number(epoch);
}
