/** Holds checkpoints against the rows that they vouch for, while these come by in order: pure. */
import type { Admissions } from "./admissions.js";
import type { Change } from "./change.js";
import type { Checkpoint } from "./checkpoint.js";
import type { SignatureState } from "./checkpoint-keys.js";

interface Claim {
  readonly checkpoint: Checkpoint;
  /** Kept away from the database, and given by whoever asks. */
  readonly isGiven: boolean;
}

interface Finding {
  readonly seq: number;
  readonly problem: string;
}

export class CheckpointCheck {
  /** By the row's number; what is left at the end has no row. */
  readonly #claims = new Map<number, Claim[]>();
  /** Of keys that are not known, with the right row. */
  readonly #unknown: Claim[] = [];
  #good = 0;
  #newest: Checkpoint | null = null;

  constructor(
    stored: readonly Checkpoint[],
    given: readonly Checkpoint[],
    private readonly stateOf: (checkpoint: Checkpoint) => SignatureState,
  ) {
    for (const checkpoint of stored) this.#expect({ checkpoint, isGiven: false });
    for (const checkpoint of given) this.#expect({ checkpoint, isGiven: true });
  }

  /** How many match their row and their signature. */
  get good(): number {
    return this.#good;
  }

  get newest(): Checkpoint | null {
    return this.#newest;
  }

  #expect(claim: Claim): void {
    const { seq } = claim.checkpoint;
    this.#claims.set(seq, [...(this.#claims.get(seq) ?? []), claim]);
  }

  /** A row came by. */
  pass(row: Change, admissions: Admissions): Finding[] {
    const claims = this.#claims.get(row.seq);
    if (claims === undefined) return [];
    this.#claims.delete(row.seq);
    return claims.flatMap((claim) => this.#judge(claim, row, admissions) ?? []);
  }

  /** There are no more rows; `newestSeq` is the last one's. */
  finish(newestSeq: number, admissions: Admissions): Finding[] {
    const left = [...this.#claims.values()].flat();
    const gone = left.flatMap((claim) => this.#judge(claim, null, admissions, newestSeq) ?? []);
    return [...gone, ...this.#unproved()];
  }

  #judge(
    { checkpoint, isGiven }: Claim,
    row: Change | null,
    admissions: Admissions,
    newestSeq = 0,
  ): Finding | null {
    const { seq, at, signer } = checkpoint;
    const state = this.stateOf(checkpoint);
    const which = `The checkpoint of ${at} for row ${seq}`;
    if (state === "bad")
      return { seq, problem: `${which} was not signed by the key ${signer} that it names.` };
    if (row?.hash === checkpoint.hash && row.epoch === checkpoint.epoch) {
      this.#accept({ checkpoint, isGiven }, state);
      return null;
    }
    if (admissions.hasAbandoned(checkpoint)) return null;
    const problem =
      row === null
        ? `vouches for a row that is not there: the newest is row ${newestSeq}.`
        : "vouches for another row than the one that is there.";
    return { seq, problem: `${which} ${problem}` };
  }

  #accept(claim: Claim, state: SignatureState): void {
    if (state === "unknown") {
      this.#unknown.push(claim);
      return;
    }
    this.#good += 1;
    this.#newest = claim.checkpoint;
  }

  /** Keys are replaced and taken away in time: what an unknown one signed matters only where no known one vouches for later rows. */
  #unproved(): Finding[] {
    const provedUpTo = this.#newest?.seq ?? 0;
    return this.#unknown
      .filter(({ checkpoint, isGiven }) => isGiven || checkpoint.seq > provedUpTo)
      .map(({ checkpoint: { seq, at, signer } }) => ({
        seq,
        problem: `The checkpoint of ${at} for row ${seq} was signed by the key ${signer}, which is not known here.`,
      }));
  }
}
