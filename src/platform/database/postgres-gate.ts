/** Keeps everybody from waiting for a PostgreSQL that is away, and lets them in again as soon as it is back. */
import { Breaker, type BreakerState } from "../breaker.js";
import { withDeadline } from "../deadline.js";
import { Connection } from "./postgres-connection.js";
import { DatabaseUnavailable, isUnavailable } from "./unavailable.js";

/** Shorter than the reader's poll, each of which shall be allowed to see. */
const RETRY_AFTER_MS = 500;
/** For a connection and an answer on it. */
const PROBE_DEADLINE_MS = 1_000;

export class PostgresGate {
  readonly #url: string;
  readonly #breaker = new Breaker({
    isAbsence: isUnavailable,
    refusal: () => new DatabaseUnavailable("PostgreSQL is away"),
    retryAfterMs: RETRY_AFTER_MS,
  });

  constructor(url: string) {
    this.#url = url;
  }

  state(): BreakerState {
    return this.#breaker.state();
  }

  /** Calls the listener each time that PostgreSQL is found to be away: what is connected to it is not to be trusted. */
  onAway(listener: () => void): void {
    this.#breaker.onOpen(listener);
  }

  /** To be awaited before a connection is asked for. Rejects at once while PostgreSQL is away; now and then somebody sees first whether it is. */
  async enter(): Promise<void> {
    if (this.state() !== "closed") await this.#breaker.run(async () => this.#probe());
  }

  /** Runs what was let in, and takes note of how it ended. */
  async watch<T>(work: () => Promise<T>): Promise<T> {
    return await this.#breaker.run(work);
  }

  /** By a connection of its own: those that were open before may be dead and not know it. */
  async #probe(): Promise<void> {
    const late = (): Error => new DatabaseUnavailable(`no answer within ${PROBE_DEADLINE_MS} ms`);
    const connection = new Connection({ url: this.#url, silenceMs: PROBE_DEADLINE_MS });
    try {
      const asked = connection.use(async () => await connection.run("select 1"));
      await withDeadline(asked, PROBE_DEADLINE_MS, late);
      void connection.end();
    } catch (error) {
      connection.drop(new Error("the probe failed", { cause: error }));
      throw error;
    }
  }
}
