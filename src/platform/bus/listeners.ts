/** A set of listeners of which one that throws does not keep the others from hearing. */
import type { Log } from "../log.js";
import type { Unsubscribe } from "./bus.js";

export class Listeners<Values extends readonly unknown[]> {
  readonly #listeners = new Set<(...values: Values) => void>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  add(listener: (...values: Values) => void): Unsubscribe {
    const entry = (...values: Values): void => listener(...values);
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  tell(...values: Values): void {
    for (const listener of this.#listeners) {
      try {
        listener(...values);
      } catch (error) {
        this.#log.error({ err: error }, "A listener of the bus failed");
      }
    }
  }

  clear(): void {
    this.#listeners.clear();
  }
}
