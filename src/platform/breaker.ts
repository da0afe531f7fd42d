/** A circuit breaker: what did not answer several times in a row is not asked again by everybody, but by one, now and then. */
import { setImmediate as turn } from "node:timers/promises";
import {
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
  isBrokenCircuitError,
  IterableBackoff,
} from "cockatiel";

/** How it stands with something that this process leans on. closed: calls go through. open: they fail at once. half-open: one goes through, to see. */
export type BreakerState = "closed" | "half-open" | "open";

export interface BreakerOptions {
  /** Whether a failure says that nobody is there; what is merely refused counts as an answer. */
  readonly isAbsence: (error: unknown) => boolean;
  /** What callers get while it is open. */
  readonly refusal: () => Error;
  /** One call may go through as soon as it has opened, since connections also end where the server is well; and after so long again. */
  readonly retryAfterMs: number;
}

const openAfter = 3; // failures in a row
const stateNames: Record<CircuitState, BreakerState> = {
  [CircuitState.Closed]: "closed",
  [CircuitState.HalfOpen]: "half-open",
  [CircuitState.Open]: "open",
  [CircuitState.Isolated]: "open",
};

export class Breaker {
  readonly #policy;
  readonly #refusal: () => Error;
  readonly #retryAfterMs: number;
  /** By a clock that nobody sets. */
  #openedAt = 0;

  constructor({ isAbsence, refusal, retryAfterMs }: BreakerOptions) {
    this.#refusal = refusal;
    this.#retryAfterMs = retryAfterMs;
    this.#policy = circuitBreaker(handleWhen(isAbsence), {
      halfOpenAfter: new IterableBackoff([0, retryAfterMs]),
      breaker: new ConsecutiveBreaker(openAfter),
    });
    this.#policy.onBreak(() => (this.#openedAt = performance.now()));
  }

  state(): BreakerState {
    return stateNames[this.#policy.state];
  }

  /** Calls the listener each time that it opens. */
  onOpen(listener: () => void): void {
    this.#policy.onBreak(listener);
  }

  /** Settles as `work` does; rejects at once with the refusal while it is open, and while another call sees whether it still is. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#policy.state === CircuitState.HalfOpen) return await this.#refuse();
    try {
      return await this.#policy.execute(work);
    } catch (error) {
      if (!isBrokenCircuitError(error)) throw error;
      if (performance.now() - this.#openedAt <= this.#retryAfterMs) return await this.#refuse();
      this.close(); // it waits for a time that does not come: the computer's clock was put back
      return await this.#policy.execute(work);
    }
  }

  /** Somebody else saw that it is back. */
  close(): void {
    if (this.#policy.state !== CircuitState.Closed) this.#policy.isolate().dispose();
  }

  /** Not within the caller's own turn: who tries again without a pause would let nobody else have one. */
  async #refuse(): Promise<never> {
    await turn();
    throw this.#refusal();
  }
}
