/** What was seen lately, in bounded memory: two generations, of which the older is forgotten as a whole when the younger is full. */

export class RecentlySeen {
  #younger = new Set<string>();
  #older: ReadonlySet<string> = new Set();

  /** `most` of a generation: between `most` and twice as many are known. */
  constructor(private readonly most: number) {}

  /** Whether it was not known; it is from now on. */
  isNew(name: string): boolean {
    if (this.#younger.has(name)) return false;
    const isNew = !this.#older.has(name);
    this.#younger.add(name);
    if (this.#younger.size >= this.most) {
      this.#older = this.#younger;
      this.#younger = new Set();
    }
    return isNew;
  }

  /** Everything is new again. */
  forget(): void {
    this.#younger = new Set();
    this.#older = new Set();
  }
}
