/** Places in the one order of the server, as revisions tell them. */

export interface Place {
  readonly epoch: number;
  readonly seq: number;
}

/** Reads a revision; whatever follows the position is the server's own business. */
export function placeOf(revision: string): Place {
  const [, epoch = "", seq = ""] = /^(\d+)\.(\d+)/.exec(revision) ?? [];
  if (seq === "") throw new Error(`${revision} is no revision.`);
  return { epoch: Number(epoch), seq: Number(seq) };
}

export function isBefore(a: Place, b: Place): boolean {
  return a.epoch === b.epoch ? a.seq < b.seq : a.epoch < b.epoch;
}
