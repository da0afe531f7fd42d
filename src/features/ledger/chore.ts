/** Work that comes round again and again in the background: one run at a time, and a failure is tried again at the next. */
import { randomInt } from "node:crypto";
import type { Log } from "../../platform/log.js";

export interface Chore {
  /** No run begins afterwards; one under way is told and waited for. Safe to call twice. */
  close(): Promise<void>;
}

export interface ChoreOptions {
  /** For the log and the metrics. */
  readonly name: string;
  /** From the end of one run to the next, ±20 %, so that instances do not march in step. */
  readonly everyMs: number;
  readonly log: Log;
  readonly failed: () => void;
}

/** The first run comes after a pause, too. Work that goes on for long stops by the signal where it can. Keeps no process alive. */
export function repeat(
  work: (signal: AbortSignal) => Promise<void>,
  { name, everyMs, log, failed }: ChoreOptions,
): Chore {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const closed = new AbortController();
  const { signal } = closed;
  let isFailing = false;
  const attempt = async (): Promise<void> => {
    try {
      await work(signal);
      isFailing = false;
    } catch (error) {
      if (signal.aborted) return;
      failed();
      if (!isFailing) log.warn({ err: error, chore: name }, "A chore failed; it is tried again.");
      isFailing = true;
    }
  };
  const schedule = (): void => {
    if (signal.aborted) return;
    timer = setTimeout(
      () => {
        running = attempt().finally(schedule);
      },
      randomInt(everyMs * 0.8, everyMs * 1.2),
    );
    timer.unref();
  };
  schedule();
  return {
    close: async () => {
      closed.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
