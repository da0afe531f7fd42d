/** Lets everybody's traffic be held for a moment, so that there is one state to compare. */
import { once, EventEmitter } from "node:events";

export class Traffic {
  readonly #signal = new EventEmitter().setMaxListeners(0);
  #isHeld = false;
  #isOver = false;

  get isOver(): boolean {
    return this.#isOver;
  }

  get isHeld(): boolean {
    return this.#isHeld;
  }

  hold(): void {
    this.#isHeld = true;
  }

  goOn(): void {
    this.#isHeld = false;
    this.#signal.emit("go");
  }

  /** For good: who waits goes on, and finds that it is over. */
  end(): void {
    this.#isOver = true;
    this.goOn();
  }

  /** Resolves when new things may be begun; with false, once nothing more is to be begun. */
  async mayGoOn(): Promise<boolean> {
    while (this.#isHeld && !this.#isOver) await once(this.#signal, "go");
    return !this.#isOver;
  }
}
