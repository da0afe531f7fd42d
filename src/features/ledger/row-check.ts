/** Whether a row of the ledger follows from the one before it, and says what it was written to say: pure. */
import { type Admissions, forkIn, isInPlace } from "./admissions.js";
import { type Change, hashRow, hashText, type Link } from "./change.js";

/** The row before, as far as the next one is chained to it. */
export type Before = Pick<Change, "seq" | "hash" | "epoch"> & { readonly at?: string };

/** What breaks the chain between two rows; null where it holds. The texts of rows are not looked at. */
export function brokenLink(before: Pick<Before, "seq" | "hash">, row: Link): string | null {
  if (row.seq !== before.seq + 1)
    return `Row ${row.seq} follows row ${before.seq}: rows are missing between them.`;
  if (row.prevHash !== before.hash) return `Row ${row.seq} is not chained to the row before it.`;
  return hashRow(row) === row.hash ? null : `Row ${row.seq} says something else than what was written.`;
}

/** Everything that is wrong with a row, a sentence each. */
export function mistakesIn(before: Before, row: Change, admissions: Admissions): string[] {
  const mistakes = [
    brokenLink(before, row),
    ...textMistakes(row, admissions),
    orderMistake(before, row),
    forkMistake(row),
  ];
  return mistakes.filter((mistake) => mistake !== null);
}

function textMistakes(row: Change, admissions: Admissions): (string | null)[] {
  const { seq, body, salt, bodyHash, actor, person, personSalt, personHash } = row;
  const isNamedOnce = actor === null || personHash === null; // the hash covers one of the two places
  const unsaid = "and no later row says by which command.";
  return [
    isIntact(body, salt, bodyHash) ? null : `Row ${seq} has another body than the one it was written with.`,
    isNamedOnce && isIntact(person, personSalt, personHash)
      ? null
      : `Row ${seq} names somebody else than who it was written for.`,
    body !== null || admissions.hasEmptiedBody(row) ? null : `The body of row ${seq} was emptied, ${unsaid}`,
    person !== null || personHash === null || admissions.hasEmptiedPerson(row)
      ? null
      : `The person of row ${seq} was emptied, ${unsaid}`,
  ];
}

/** Whether a text is the one that was hashed, or was emptied together with its salt. */
function isIntact(text: string | null, salt: string | null, hash: string | null): boolean {
  if (text === null || salt === null) return text === salt;
  return hashText(salt, text) === hash;
}

/** Epochs rise by the row that says so, and within one no row is older than the row before. */
function orderMistake(before: Before, row: Change): string | null {
  const { seq, epoch, kind, at } = row;
  if (epoch < before.epoch) return `The epoch falls from ${before.epoch} to ${epoch} at row ${seq}.`;
  if (epoch > before.epoch && kind !== "ledger.forked") {
    return `The epoch rises from ${before.epoch} to ${epoch} at row ${seq}, which does not say that history was replaced.`;
  }
  if (epoch === before.epoch && before.at !== undefined && at < before.at) {
    return `Row ${seq} is older than the row before it.`;
  }
  return null;
}

function forkMistake(row: Change): string | null {
  const fork = forkIn(row);
  if (fork === null || isInPlace(fork, row)) return null;
  return `Row ${row.seq} says that history was replaced after row ${fork.restored.seq}, and not after the row before it.`;
}
