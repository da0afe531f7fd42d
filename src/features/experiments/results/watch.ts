/** Notices for all who watch when results may be other ones: one look at all the experiments that are watched, however many watch. */
import type { Database } from "../../../platform/database/index.js";
import type { Log } from "../../../platform/log.js";
import type { Instruments } from "../../../platform/metrics.js";
import { type Chore, repeat } from "../../ledger/index.js";
import { readSumStates } from "../../tracking/index.js";
import type { Experiment } from "../experiment.js";
import { readExperiment } from "../experiment.store.js";
import { readExperimentVersions } from "./results.store.js";
import type { Analysed } from "./results.js";

export interface WatchOptions {
  readonly database: Database;
  readonly log: Log;
  readonly metrics: Instruments;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly watchEveryMs?: number;
  /** From sums that were read after `after`, epoch milliseconds. */
  readonly read: (experiment: Experiment, after: number) => Promise<Analysed>;
}

/** What is watched: it has this id, whatever has its key later. */
export type WatchedExperiment = Pick<Experiment, "id" | "project" | "key">;

interface Watched {
  readonly experiment: WatchedExperiment;
  readonly listeners: Set<() => void>;
  /** Of what was read last; undefined: nothing was. */
  state?: string;
  /** null: the experiment is no more. */
  latest?: Analysed | null;
  first?: Promise<Analysed | null> | undefined;
}

const everyMs = 6_250; // ±20 %: five seconds at least
const hourMs = 3_600_000;
const gone = "gone";

export class ResultsWatch {
  readonly #watched = new Map<string, Watched>();
  #chore: Chore | undefined;
  readonly #countFailure: () => void;

  constructor(private readonly options: WatchOptions) {
    this.#countFailure = options.metrics.counter(
      "halyard_experiment_watch_failures_total",
      "Looks for new results of experiments that somebody watches that failed",
    );
  }

  /** Calls `wake` whenever there is something new, until the returned function is called. */
  listen(experiment: WatchedExperiment, wake: () => void): () => void {
    const watched = this.#watched.get(experiment.id) ?? { experiment, listeners: new Set() };
    this.#watched.set(experiment.id, watched);
    watched.listeners.add(wake);
    this.#chore ??= this.#begin();
    return () => {
      watched.listeners.delete(wake);
      if (watched.listeners.size === 0) this.#watched.delete(experiment.id);
      if (this.#watched.size === 0) void this.close(); // never rejects
    };
  }

  /** What was found last of what somebody listens to; null: it is no more. What is looked at for the first time has to be waited for. */
  latest({ id }: WatchedExperiment): Analysed | null | Promise<Analysed | null> {
    const watched = this.#watched.get(id);
    if (watched === undefined) return null;
    if (watched.latest !== undefined) return watched.latest;
    watched.first ??= this.#lookAtFirst(watched);
    return watched.first;
  }

  /** Looks whether anything changed, and wakes whoever listens to what did. One that fails holds up no other; the first failure is thrown. */
  async look(): Promise<void> {
    const watched = [...this.#watched.values()].filter(({ state }) => state !== undefined);
    if (watched.length === 0) return;
    const asOf = this.options.now();
    const states = await this.#statesOf(watched);
    const failures: unknown[] = [];
    for (const one of watched) {
      const state = states.get(one.experiment.id);
      if ((state ?? gone) === one.state) continue;
      await this.#renew(one, state, asOf).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Looks no more; safe to call twice. */
  async close(): Promise<void> {
    const chore = this.#chore;
    this.#chore = undefined;
    await chore?.close();
  }

  #begin(): Chore {
    const { log, watchEveryMs = everyMs } = this.options;
    const failed = (): void => this.#countFailure();
    return repeat(async () => this.look(), {
      name: "experiment results",
      everyMs: watchEveryMs,
      log,
      failed,
    });
  }

  async #lookAtFirst(watched: Watched): Promise<Analysed | null> {
    try {
      const asOf = this.options.now();
      const states = await this.#statesOf([watched]);
      return await this.#renew(watched, states.get(watched.experiment.id), asOf);
    } finally {
      watched.first = undefined;
    }
  }

  /** `state` is as it was no earlier than `asOf`; undefined: the experiment is no more. */
  async #renew(watched: Watched, state: string | undefined, asOf: number): Promise<Analysed | null> {
    const { database, read } = this.options;
    const experiment = state === undefined ? null : await readExperiment(database, watched.experiment);
    const isThere = experiment !== null && experiment.id === watched.experiment.id;
    const latest = isThere ? await read(experiment, asOf) : null;
    watched.latest = latest;
    watched.state = state ?? gone;
    for (const wake of [...watched.listeners]) wake();
    return latest;
  }

  /** Changes with the experiment, with what was counted, and every hour, since days pass also where nobody comes. */
  async #statesOf(watched: readonly Watched[]): Promise<ReadonlyMap<string, string>> {
    const { database, now } = this.options;
    const ids = watched.map(({ experiment }) => experiment.id);
    const [versions, sums] = await Promise.all([
      readExperimentVersions(database, ids),
      readSumStates(database, ids),
    ]);
    const hour = Math.floor(now() / hourMs);
    return new Map([...versions].map(([id, version]) => [id, `${version} ${hour} ${sums.get(id) ?? ""}`]));
  }
}
