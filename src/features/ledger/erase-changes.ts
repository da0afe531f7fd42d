/** eraseChanges: takes the content out of changes that should never have held it, and leaves that they happened. */
import { isUuid, Mistakes, reason, strings } from "../../platform/input.js";
import { conflict, notFound } from "../../platform/problems.js";
import { type Caller, permit } from "../permissions/index.js";
import { explainsOthers } from "./admissions.js";
import type { Change } from "./change.js";
import { findChange } from "./change.store.js";
import { eraseBodies } from "./erase-texts.js";
import { listSeqs } from "./erasure.store.js";
import { type LedgerTools, write } from "./write.js";

export interface EraseChanges {
  readonly changeIds: readonly string[];
  readonly reason?: string | null | undefined;
}

const maxChanges = 1_000;
const maxIdLength = 64;

/**
 * The change that records it, once it is done. Needs ADMIN of the whole server. Throws BAD_USER_INPUT, NOT_FOUND for the first that does
 * not exist, and CONFLICT for a change that explains what was erased.
 */
export async function eraseChanges(tools: LedgerTools, caller: Caller, input: EraseChanges): Promise<Change> {
  const proof = permit(caller, "audit:erase");
  const mistakes = new Mistakes();
  const limits = { min: 1, max: maxChanges, text: maxIdLength };
  const ids = strings("input.changeIds", input.changeIds, mistakes, limits).map((one) => one.toLowerCase());
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  const id = await write(tools, proof, async (tx, record) => {
    const found = new Map((await listSeqs(tx, ids.filter(isUuid))).map((row) => [row.id, row]));
    const seqs = ids.map((wanted) => {
      const row = found.get(wanted);
      if (row === undefined) throw notFound("Change", wanted);
      if (explainsOthers(row))
        throw conflict(`Change ${wanted} explains what is missing in others: it stays.`);
      return row.seq;
    });
    return eraseBodies(tx, record, [...new Set(seqs)], why);
  });
  const change = await findChange(tools.database, id);
  if (change === null) throw new Error("A change was not there after it was committed.");
  return change;
}
