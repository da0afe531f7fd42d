/** One open event stream: what it is told is written only once the reader has taken what was written before, so that nothing piles up. */
import { randomInt } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Caller } from "../../features/permissions/index.js";

const comeBackWithinMs = [500, 1_000] as const; // after a line that broke
const comeBackLaterMs = [1_000, 5_000] as const; // after a server that closes: all its readers go to the others
const unreadForMs = 30_000;
const endWithinMs = 1_000;

/** A comment, which readers skip and proxies count as life. */
const heartbeat = ":\n\n";

export class EventStream {
  /** Since when something written has not been taken, epoch milliseconds; null: everything was. */
  #unreadSince: number | null = null;
  /** What to tell as soon as it can be told; a later hint takes the place of an earlier one. */
  #owed: string | null = null;

  constructor(
    private readonly response: ServerResponse,
    /** Who listens, as it was when they came. */
    readonly caller: Caller,
    /** Epoch milliseconds. */
    private readonly now: () => number,
  ) {
    response.on("error", () => response.destroy());
  }

  /** Whether nothing is written to it any more; its line may be open until the reader has taken the rest. */
  get hasEnded(): boolean {
    return this.response.writableEnded || this.response.destroyed;
  }

  /** Headers, and how soon to come back. `hint`: what there is to tell at once. */
  begin(
    headers: Readonly<Record<string, number | string | string[] | undefined>>,
    hint: string | null,
  ): void {
    this.response.writeHead(200, headers);
    this.#write(retry(comeBackWithinMs) + (hint ?? ""));
  }

  tell(hint: string): void {
    if (this.#unreadSince === null) this.#write(hint);
    else this.#owed = hint;
  }

  /** Keeps it alive, or destroys it where nobody reads. Whether it lives. */
  beat(): boolean {
    if (this.#unreadSince === null) this.#write(heartbeat);
    else if (this.now() - this.#unreadSince > unreadForMs) {
      this.response.destroy();
      return false;
    }
    return true;
  }

  /** Ends it for good: whoever comes back will be told why. */
  end(): void {
    this.response.end();
    setTimeout(() => this.response.destroy(), endWithinMs).unref();
  }

  /** Ends it and says when to come back. Resolves once that was sent, or could not be in time. */
  async sendAway(): Promise<void> {
    if (this.response.destroyed) return;
    await new Promise<void>((resolve) => {
      this.response.on("close", resolve);
      this.response.end(retry(comeBackLaterMs), resolve);
      setTimeout(resolve, endWithinMs).unref();
    });
    this.response.destroy();
  }

  #write(text: string): void {
    this.#unreadSince = this.now();
    this.response.write(text, () => {
      this.#unreadSince = null;
      const owed = this.#owed;
      this.#owed = null;
      if (owed !== null && !this.response.writableEnded) this.#write(owed);
    });
  }
}

/** Spread at random, so that not all come at once. */
function retry([least, most]: readonly [number, number]): string {
  return `retry: ${randomInt(least, most)}\n\n`;
}
