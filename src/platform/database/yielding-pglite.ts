/** PGlite works on the event loop, one statement after the other without a pause; this one lets everything else have its turn in between. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { PGlite } from "@electric-sql/pglite";

const longestWithoutTurnMs = 10;

export class YieldingPGlite extends PGlite {
  #yieldedAt = -Infinity;

  /** Every message to PostgreSQL goes through here, with the database to itself. */
  override async execProtocolStream(
    ...call: Parameters<PGlite["execProtocolStream"]>
  ): ReturnType<PGlite["execProtocolStream"]> {
    if (performance.now() - this.#yieldedAt > longestWithoutTurnMs) {
      await nextTurn();
      this.#yieldedAt = performance.now();
    }
    return super.execProtocolStream(...call);
  }
}
