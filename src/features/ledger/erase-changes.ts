/** eraseChanges: takes the content out of changes that should never have held it, and leaves that they happened. */
import { isUuid, Mistakes, reason, strings } from "../../platform/input.js";
import { conflict, notFound, type Problem } from "../../platform/problems.js";
import { type Caller, permit } from "../permissions/index.js";
import { explainsOthers } from "./admissions.js";
import type { Change } from "./change.js";
import { findChange, lockLedger } from "./change.store.js";
import { eraseBodies } from "./erase-texts.js";
import { type Erasable, listErasable } from "./erasure.store.js";
import { type LedgerTools, write } from "./write.js";

export interface EraseChanges {
  readonly changeIds: readonly string[];
  readonly reason?: string | null | undefined;
}

const maxChanges = 1_000;
const maxIdLength = 64;

/**
 * The change that records it, once it is done; what is empty already is left out of it. Needs ADMIN of the whole server. Throws BAD_USER_INPUT,
 * NOT_FOUND for the first that does not exist, and CONFLICT for a change that explains what was erased and where all are empty already.
 */
export async function eraseChanges(tools: LedgerTools, caller: Caller, input: EraseChanges): Promise<Change> {
  const proof = permit(caller, "audit:erase");
  const mistakes = new Mistakes();
  const limits = { min: 1, max: maxChanges, text: maxIdLength };
  const named = strings("input.changeIds", input.changeIds, mistakes, limits);
  const ids = [...new Set(named.map((one) => one.toLowerCase()))];
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  const id = await write(tools, proof, async (tx, record) => {
    await lockLedger(tx); // nobody else empties any of them meanwhile
    const found = new Map((await listErasable(tx, ids.filter(isUuid))).map((row) => [row.id, row]));
    const full = ids.map((wanted) => erasable(wanted, found)).filter(({ isEmpty }) => !isEmpty);
    if (full.length === 0) throw nothingLeft(ids);
    const seqs = full.map(({ seq }) => seq);
    return eraseBodies(tx, record, seqs, why);
  });
  const change = await findChange(tools.database, id);
  if (change === null) throw new Error("A change was not there after it was committed.");
  return change;
}

function erasable(id: string, found: ReadonlyMap<string, Erasable>): Erasable {
  const row = found.get(id);
  if (row === undefined) throw notFound("Change", id);
  if (explainsOthers(row)) throw conflict(`Change ${id} explains what is missing in others: it stays.`);
  return row;
}

function nothingLeft([first = "", ...others]: readonly string[]): Problem {
  const more = others.length === 0 ? "" : `, and of ${others.length} more,`;
  return conflict(`The content of change ${first}${more} is gone already.`);
}
