/** One socket as the fan-out writes to it: whole frames while its reader keeps up, nothing while it does not. */
import type { Socket } from "node:net";
import type { WebSocket } from "ws";
import { nextFrame } from "./frame.js";

const mostUnsentBytes = 64 * 1024; // 64 KiB

export class Line {
  /** Who wants to know when the reader has caught up. */
  readonly #waiting = new Set<() => void>();
  #isHeard = false;

  /** `wire` is what the WebSocket speaks over; between two messages of its own anybody may write whole frames there. */
  constructor(
    readonly socket: WebSocket,
    private readonly wire: Socket,
  ) {}

  get isOpen(): boolean {
    return this.socket.readyState === this.socket.OPEN;
  }

  /** Whether so much is unsent that nothing is added. */
  get isBehind(): boolean {
    return this.wire.writableLength > mostUnsentBytes;
  }

  get unsentBytes(): number {
    return this.wire.writableLength;
  }

  /** How much has left for the network since the beginning. */
  get sentBytes(): number {
    return this.wire.bytesWritten - this.wire.writableLength;
  }

  /** Tells the operation `id` the message of that tail; nobody, once the socket closes. */
  send(id: string, tail: Buffer): void {
    if (!this.isOpen) return;
    const [frame, rest] = nextFrame(id, tail);
    if (frame === undefined) return;
    if (rest !== undefined) this.wire.cork();
    this.wire.write(frame);
    if (rest === undefined) return;
    this.wire.write(rest);
    this.wire.uncork();
  }

  /** Calls `wake` once everything has left for the network. */
  whenSent(wake: () => void): void {
    this.#waiting.add(wake);
    if (this.#isHeard) return;
    this.#isHeard = true;
    this.wire.once("drain", () => {
      this.#isHeard = false;
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const wakeOne of waiting) wakeOne();
    });
  }
}
