/** Places in the one order of the server, as revisions tell them, and that nobody is led back in it. */

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

/** How often history was replaced so far. */
export class History {
  replaced = 0;
}

/** Follows the revisions that one holder is told. */
export class Course {
  #at: string | null = null;
  #forgiven = 0;

  constructor(private readonly history: History) {}

  /** The newest revision; null before the first. */
  get at(): string | null {
    return this.#at;
  }

  /** Gives what is wrong with a step to that revision, or null. Once for each replaced history one may be led back: what was held is no more. */
  go(revision: string): string | null {
    const before = this.#at;
    this.#at = revision;
    if (before === null || !isBefore(placeOf(revision), placeOf(before))) return null;
    if (this.#forgiven < this.history.replaced) {
      this.#forgiven = this.history.replaced;
      return null;
    }
    return `went back from ${before} to ${revision}`;
  }

  /** Whatever comes next is the first. */
  forget(): void {
    this.#at = null;
  }
}
