/** What came of a verification, in words for people and in JSON for programs. */
import { tokenOf, type Verification } from "../features/ledger/index.js";

/** `trustsFile`: the checkpoints of a file were checked by keys that the file itself names. */
export function describeVerification(verification: Verification, trustsFile: boolean): readonly string[] {
  const {
    rows,
    position,
    checkpoints,
    newestCheckpoint: newest,
    forks,
    findings,
    findingCount,
  } = verification;
  const read =
    position === null ? "The ledger is empty." : `Read ${counted(rows, "row")}, up to row ${position.seq}.`;
  const signed =
    newest === null
      ? "No checkpoint vouches for any of them."
      : `${counted(checkpoints, "checkpoint")}; the newest is of ${newest.at} and vouches for all up to row ${newest.seq}.`;
  const replaced = forks.map(
    ({ seq, abandoned, restored }) =>
      `Row ${seq} says that history was replaced: what came after row ${restored.seq}${abandoned === null ? "" : `, up to row ${abandoned.seq},`} was given up.`,
  );
  const trust = "The checkpoints were checked by the keys that the file names: give yours with --public-key.";
  const beyond = findingCount - findings.length;
  return [
    ...[read, signed, ...replaced, ...(trustsFile ? [trust] : [])],
    findingCount === 0 ? "Everything is as it was written." : `Not as it was written: ${findingCount} found.`,
    ...findings.map(({ problem }) => `  ${problem}`),
    ...(beyond > 0 ? [`  and ${beyond} more.`] : []),
  ];
}

/** The members of `Verification`, whether all is well, and the newest checkpoint as its token. */
export function jsonOfVerification({ newestCheckpoint: newest, ...verification }: Verification): string {
  const ok = verification.findingCount === 0;
  return JSON.stringify({ ok, ...verification, newestCheckpoint: newest && tokenOf(newest) }, null, 2);
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
