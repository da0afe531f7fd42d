/** How much time a busy machine took from those who are measured: waiting for a processor is nobody's slowness. */
import { readFile } from "node:fs/promises";
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

export class Busyness {
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 10 });
  #waited: readonly number[] = [];

  /** `pids` are the processes that are measured, beside this one. */
  constructor(private readonly pids: readonly number[]) {}

  /** Counts from now on. */
  async begin(): Promise<void> {
    this.#delay.enable();
    this.#delay.reset();
    this.#waited = await Promise.all(this.pids.map(waitingOf));
  }

  /** Milliseconds: the longest that this process's loop was held up, or that one of the others was ready to run and had to wait altogether. */
  async soFar(): Promise<number> {
    const waited = await Promise.all(this.pids.map(waitingOf));
    const waits = waited.map((ms, index) => ms - (this.#waited[index] ?? 0));
    return Math.max(0, this.#delay.max / 1e6, ...waits);
  }

  end(): void {
    this.#delay.disable();
  }
}

/** Of the main thread, since the process began; 0 where nobody tells. */
async function waitingOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/schedstat`, "utf8").catch(() => "");
  return Number(text.split(" ")[1] ?? 0) / 1e6;
}
