/** One place per request where rooms keep their DataLoaders, so that lists resolve children without a statement each. */
import type DataLoader from "dataloader";

/** Makes a room's loader; the function itself is the key under which a request keeps it. */
export type LoaderFactory<Tools, K, V> = (tools: Tools) => DataLoader<K, V>;

/** The loaders of one request (or of one event of a subscription). */
export class Loaders<Tools> {
  readonly #made = new Map<unknown, unknown>();

  constructor(private readonly tools: Tools) {}

  /** The request's loader of this factory, made on first use. */
  of<K, V>(factory: LoaderFactory<Tools, K, V>): DataLoader<K, V> {
    const known = this.#made.get(factory);
    if (known !== undefined) return known as DataLoader<K, V>;
    const made = factory(this.tools);
    this.#made.set(factory, made);
    return made;
  }

  /** Forgets everything read so far. */
  reset(): void {
    this.#made.clear();
  }
}
