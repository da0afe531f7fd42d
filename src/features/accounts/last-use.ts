/** When API keys were last used: collected in memory and written in batches, so that no answer waits for it. */
import type { Database } from "../../platform/database/index.js";
import type { Log } from "../../platform/log.js";
import { note } from "../ledger/index.js";
import { stampLastUse } from "./api-key.store.js";

export interface LastUse {
  /** Takes note that the key was used now; at once, and for each key at most once a minute. */
  touch(keyId: string): void;
  /** Writes what has been collected and stops. */
  close(): Promise<void>;
}

interface LastUseTools {
  readonly database: Database;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}

const resolutionMs = 60_000;
const flushAfterMs = 5_000;

export function createLastUse(tools: LastUseTools): LastUse {
  const touched = new Map<string, number>();
  let waiting = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> = Promise.resolve();
  let closed = false;
  let isFailing = false;

  /** What could not be written is kept for the next time. */
  async function flush(): Promise<void> {
    const batch = waiting;
    waiting = new Map();
    if (batch.size === 0) return;
    try {
      await note(tools, async (tx) => stampLastUse(tx, batch));
      isFailing = false;
    } catch (error) {
      waiting = new Map([...batch, ...waiting]);
      if (!isFailing)
        tools.log.warn(
          { err: error },
          "When API keys were last used could not be written; it is tried again.",
        );
      isFailing = true;
      schedule();
    }
  }

  function schedule(): void {
    if (timer !== undefined || closed) return;
    timer = setTimeout(() => {
      timer = undefined;
      flushing = flushing.then(flush);
    }, flushAfterMs).unref();
  }

  return {
    touch: (keyId) => {
      const now = tools.now();
      if (now - (touched.get(keyId) ?? -Infinity) < resolutionMs) return;
      touched.set(keyId, now);
      waiting.set(keyId, now);
      schedule();
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      flushing = flushing.then(flush);
      await flushing;
    },
  };
}
