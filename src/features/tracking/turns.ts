/** Lets few at a time store for one environment: whoever waits for its lock holds a connection, and there are only some for everybody. */
import { Problem } from "../../platform/problems.js";
import type { TrackingPlace } from "./ingest.store.js";

/** Of one environment. */
interface Line {
  running: number;
  /** What lets each of them begin, in the order in which they came. */
  readonly waiting: Set<() => void>;
}

const mostAtOnce = 2; // one stores, and the next one is there when it ends
const patienceMs = 5_000;

export class Turns {
  readonly #lines = new Map<string, Line>();

  /** Throws what `work` throws, and UNAVAILABLE where its turn does not come in time: then nothing was begun. */
  async take<T>({ project, environment }: TrackingPlace, work: () => Promise<T>): Promise<T> {
    const name = `${project} ${environment}`;
    const line = this.#lines.get(name) ?? { running: 0, waiting: new Set() };
    this.#lines.set(name, line);
    if (line.running < mostAtOnce) line.running += 1;
    else await comesUp(line);
    try {
      return await work();
    } finally {
      this.#end(name, line);
    }
  }

  /** The turn goes to whoever has waited longest. */
  #end(name: string, line: Line): void {
    const [next] = line.waiting;
    if (next !== undefined) {
      next();
      return;
    }
    line.running -= 1;
    if (line.running === 0) this.#lines.delete(name);
  }
}

async function comesUp({ waiting }: Line): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const begin = (): void => {
      clearTimeout(timer);
      waiting.delete(begin);
      resolve();
    };
    const timer = setTimeout(() => {
      waiting.delete(begin);
      reject(
        new Problem("UNAVAILABLE", "There is more to store than the database takes in time: send it again."),
      );
    }, patienceMs);
    waiting.add(begin);
  });
}
