/** How Redis is asked: for no longer than a deadline, and not at all while it does not answer. */
import { Breaker, type BreakerState } from "../breaker.js";
import { withDeadline } from "../deadline.js";

const RETRY_AFTER_MS = 500;

/** Settles as `call` does, rejects after `deadlineMs`, and at once while nobody answers. */
export type Ask = <T>(call: () => Promise<T>, deadlineMs: number) => Promise<T>;

export interface Asking {
  readonly ask: Ask;
  readonly breaker: () => BreakerState;
  /** Redis was heard of: calls go through. */
  readonly heard: () => void;
}

export function createAsking(): Asking {
  const breaker = new Breaker({
    isAbsence: (error) => !(error instanceof Error && error.name === "ReplyError"),
    refusal: () => new Error("Redis is away"),
    retryAfterMs: RETRY_AFTER_MS,
  });
  const late = (): Error => new Error("Redis did not answer in time");
  return {
    ask: async (call, deadlineMs) => breaker.run(async () => withDeadline(call(), deadlineMs, late)),
    breaker: () => breaker.state(),
    heard: () => breaker.close(),
  };
}
