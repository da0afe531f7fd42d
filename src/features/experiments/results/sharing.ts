/** Work that many ask for at once or shortly after each other, done once for all of them. */

interface Known<Answer> {
  /** When it was begun. */
  readonly at: number;
  readonly answer: Promise<Answer>;
}

export class SharedWork<Answer> {
  readonly #known = new Map<string, Known<Answer>>();

  /** `now` gives epoch milliseconds and never goes back. What is older than `keptMs` is nobody's answer. */
  constructor(
    private readonly now: () => number,
    private readonly keptMs: number,
  ) {}

  /** What was begun after `after`, which is by default as long ago as anything is kept; else `work` is begun. What fails is not kept. */
  async of(key: string, work: () => Promise<Answer>, after = this.now() - this.keptMs): Promise<Answer> {
    const known = this.#known.get(key);
    if (known !== undefined && known.at > after) return known.answer;
    this.#forgetOld();
    const begun = { at: this.now(), answer: work() };
    this.#known.set(key, begun);
    begun.answer.catch(() => {
      if (this.#known.get(key) === begun) this.#known.delete(key);
    });
    return begun.answer;
  }

  #forgetOld(): void {
    const oldest = this.now() - this.keptMs;
    for (const [key, { at }] of this.#known) if (at < oldest) this.#known.delete(key);
  }
}
