/** Keeps what was made of a text, the least recently used going first, within bounds that hold whatever strangers send. */

const mostWeight = 16 * 1024 * 1024; // bytes, roughly
const heaviest = mostWeight / 64;

interface Entry<T> {
  readonly value: T;
  readonly weight: number;
}

export class DocumentCache<T> {
  /** In the order of use. */
  readonly #entries = new Map<string, Entry<T>>();
  #weight = 0;

  get(text: string): T | undefined {
    const entry = this.#entries.get(text);
    if (entry === undefined) return undefined;
    this.#entries.delete(text);
    this.#entries.set(text, entry);
    return entry.value;
  }

  /** `bytes`: what the value takes in memory, roughly, beside its text. What is too heavy is not kept. */
  put(text: string, value: T, bytes: number): void {
    const weight = bytes + 2 * text.length;
    if (weight > heaviest || this.#entries.has(text)) return;
    this.#entries.set(text, { value, weight });
    this.#weight += weight;
    for (const [oldest, entry] of this.#entries) {
      if (this.#weight <= mostWeight) return;
      this.#entries.delete(oldest);
      this.#weight -= entry.weight;
    }
  }
}
