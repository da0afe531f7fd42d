/** What the ledger needs done while a server runs: its rows signed, and what is too old forgotten. */
import type { Log } from "../../platform/log.js";
import type { Instruments } from "../../platform/metrics.js";
import { tokenOf } from "./checkpoint.js";
import { type Chore, repeat } from "./chore.js";
import { forgetKeys } from "./forget-keys.js";
import { retainLedger, type RetentionTools } from "./retain-ledger.js";
import { type Signing, signLedger, type SigningTools } from "./sign-ledger.js";

export interface KeepingTools extends SigningTools, RetentionTools {
  readonly log: Log;
  readonly metrics: Instruments;
}

const signEveryMs = 15_000;
const retainEveryMs = 3_600_000; // an hour
const forgetEveryMs = 3_600_000; // an hour

/** Goes on until it is closed, which must be before the database is. */
export function keepLedger(tools: KeepingTools): Chore {
  const { log, metrics } = tools;
  const countFailure = metrics.counter(
    "halyard_ledger_chore_failures_total",
    "Runs of the ledger's chores that failed",
    "chore",
  );
  const signer = new Signer(tools);
  const chores = [
    repeat(async (signal) => signer.run(signal), {
      ...{ name: "checkpoint", everyMs: signEveryMs, log },
      failed: () => countFailure({ chore: "checkpoint" }),
    }),
    repeat(async (signal) => retain(tools, signal), {
      ...{ name: "retention", everyMs: retainEveryMs, log },
      failed: () => countFailure({ chore: "retention" }),
    }),
    repeat(async (signal) => void (await forgetKeys(tools, { signal })), {
      ...{ name: "idempotency keys", everyMs: forgetEveryMs, log },
      failed: () => countFailure({ chore: "idempotency keys" }),
    }),
  ];
  return { close: async () => void (await Promise.all(chores.map(async (chore) => chore.close()))) };
}

async function retain(tools: KeepingTools, signal: AbortSignal): Promise<void> {
  const rows = await retainLedger(tools, signal);
  if (rows > 0) tools.log.info({ rows }, "Texts of the ledger that were too old were emptied.");
}

class Signer {
  /** The row that does not follow, as last seen; null: all is well. */
  #brokenAt: number | null = null;
  readonly #countSigned: () => void;

  constructor(private readonly tools: KeepingTools) {
    const { metrics } = tools;
    this.#countSigned = metrics.counter(
      "halyard_ledger_checkpoints_total",
      "Checkpoints of the ledger that this instance signed",
    );
    metrics.gauge(
      "halyard_ledger_broken",
      "1: the ledger was tampered with, and is not signed any more",
      () => (this.#brokenAt === null ? 0 : 1),
    );
  }

  /** Signs as long as something is due. */
  async run(closed: AbortSignal): Promise<void> {
    let signing: Signing;
    do {
      signing = await signLedger(this.tools);
      this.#tell(signing);
    } while (signing.kind === "signed" && !closed.aborted);
  }

  #tell(signing: Signing): void {
    const { log } = this.tools;
    if (signing.kind === "signed") {
      this.#brokenAt = null;
      this.#countSigned();
      log.info({ checkpoint: tokenOf(signing.checkpoint) }, "The ledger was signed.");
    } else if (signing.kind === "broken" && signing.seq !== this.#brokenAt) {
      this.#brokenAt = signing.seq;
      const { seq, problem } = signing;
      log.error({ seq, problem }, "The ledger was tampered with: nothing is signed any more.");
    }
  }
}
