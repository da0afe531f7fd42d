/** Walks the whole ledger, wherever it is kept, and says whatever in it is not as it was written. */
import { setImmediate } from "node:timers/promises";
import { Admissions, type Fork } from "./admissions.js";
import { type Change, origin, type Position } from "./change.js";
import type { Checkpoint } from "./checkpoint.js";
import { createSignatureCheck } from "./checkpoint-keys.js";
import { CheckpointCheck } from "./checkpoint-check.js";
import { type Before, mistakesIn } from "./row-check.js";

/** Where a ledger is read from. Rows may be appended and emptied meanwhile. */
export interface LedgerSource {
  /** The rows about the ledger itself that come after that one, oldest first. */
  readonly admissionsAfter: (seq: number) => Promise<readonly Change[]>;
  readonly checkpoints: () => Promise<readonly Checkpoint[]>;
  /** All rows as far as there are any when it is called, in order, some at a time. */
  readonly pages: () => AsyncIterable<readonly Change[]>;
}

/** What to check by. */
export interface Evidence {
  /** Keys that checkpoints may be signed with; see `CheckpointKeys`. */
  readonly publicKeys: readonly string[];
  /** Checkpoints that were kept elsewhere, in the log for example. */
  readonly checkpoints?: readonly Checkpoint[];
}

export interface Finding {
  readonly seq: number;
  /** A sentence. */
  readonly problem: string;
}

export interface Verification {
  readonly rows: number;
  /** How many histories there were: one, and another for each time that history was replaced. */
  readonly epochs: number;
  /** Of the newest row; null for an empty ledger. */
  readonly position: Position | null;
  /** How many checkpoints match their row and their signature. */
  readonly checkpoints: number;
  /** The newest of those. */
  readonly newestCheckpoint: Checkpoint | null;
  readonly forks: readonly Fork[];
  /** The first hundred, in the order of rows. */
  readonly findings: readonly Finding[];
  readonly findingCount: number;
}

const findingsKept = 100;

/** Memory does not grow with the ledger, apart from checkpoints; other work gets its turn between pages. */
export async function verifyLedger(source: LedgerSource, evidence: Evidence): Promise<Verification> {
  return new Walk(source, evidence).run();
}

class Walk {
  #before: Before = origin;
  #rows = 0;
  readonly #epochs = new Set<number>();
  readonly #findings: Finding[] = [];
  #findingCount = 0;
  readonly #admissions = new Admissions();
  #admittedUpTo = 0;

  constructor(
    private readonly source: LedgerSource,
    private readonly evidence: Evidence,
  ) {}

  async run(): Promise<Verification> {
    const { publicKeys, checkpoints: given = [] } = this.evidence;
    // Read before the rows are: each has its row among them, or none at all.
    const stored = await this.source.checkpoints();
    const checkpoints = new CheckpointCheck(stored, given, createSignatureCheck(publicKeys));
    await this.#readAdmissions();
    for await (const page of this.source.pages()) {
      await this.#check(page, checkpoints);
      await setImmediate();
    }
    for (const finding of checkpoints.finish(this.#before.seq, this.#admissions)) this.#note(finding);
    const { seq, epoch, hash } = this.#before;
    return {
      rows: this.#rows,
      epochs: this.#epochs.size,
      position: seq === 0 ? null : { epoch, seq, hash },
      checkpoints: checkpoints.good,
      newestCheckpoint: checkpoints.newest,
      forks: this.#admissions.forks,
      findings: this.#findings,
      findingCount: this.#findingCount,
    };
  }

  /** What was emptied since the admissions were read has its admission by now: it was committed together with it. */
  async #check(page: readonly Change[], checkpoints: CheckpointCheck): Promise<void> {
    let isRead = false;
    for (const row of page) {
      let mistakes = mistakesIn(this.#before, row, this.#admissions);
      if (mistakes.length > 0 && !isRead) {
        isRead = true;
        await this.#readAdmissions();
        mistakes = mistakesIn(this.#before, row, this.#admissions);
      }
      for (const problem of mistakes) this.#note({ seq: row.seq, problem });
      for (const finding of checkpoints.pass(row, this.#admissions)) this.#note(finding);
      this.#rows += 1;
      this.#epochs.add(row.epoch);
      this.#before = row;
    }
  }

  async #readAdmissions(): Promise<void> {
    for (const row of await this.source.admissionsAfter(this.#admittedUpTo)) {
      this.#admissions.add(row);
      this.#admittedUpTo = row.seq;
    }
  }

  #note(finding: Finding): void {
    this.#findingCount += 1;
    if (this.#findings.length < findingsKept) this.#findings.push(finding);
  }
}
