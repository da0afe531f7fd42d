/** What was seen lately, in bounded memory: two generations, of which the older is forgotten as a whole when the younger is full. */

/** Characters that the names of a generation may have on average: those of strangers may be as long as a context takes. */
const averageLength = 128;

export class RecentlySeen {
  #younger = new Set<string>();
  /** Of the younger ones, in characters. */
  #length = 0;
  #older: ReadonlySet<string> = new Set();

  /** `most` of a generation: between `most` and twice as many are known, of long names fewer. */
  constructor(private readonly most: number) {}

  /** Whether it was not known; it is from now on. */
  isNew(name: string): boolean {
    if (this.#younger.has(name)) return false;
    const isNew = !this.#older.has(name);
    this.#younger.add(name);
    this.#length += name.length;
    if (this.#younger.size >= this.most || this.#length >= this.most * averageLength) {
      this.#older = this.#younger;
      this.#begin();
    }
    return isNew;
  }

  /** Everything is new again. */
  forget(): void {
    this.#begin();
    this.#older = new Set();
  }

  #begin(): void {
    this.#younger = new Set();
    this.#length = 0;
  }
}
