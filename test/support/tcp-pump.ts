/** Carries bytes from one socket to another: late, or not at all, but never out of order unless a filter says so. */
import type { Socket } from "node:net";

/** Is given what arrives, and emits what is to go on, at once or later. */
export type Filter = (chunk: Buffer, emit: (chunk: Buffer) => void) => void;

export interface Flow {
  /** Whether what arrives now is lost. */
  readonly swallows: () => boolean;
  /** How much later what arrives now is to go on, milliseconds. */
  readonly delayMs: () => number;
}

interface Waiting {
  readonly chunk: Buffer;
  /** By performance.now(). */
  readonly due: number;
}

/** From now until one of the sockets ends. */
export function pump(from: Socket, to: Socket, flow: Flow, filter?: Filter): void {
  const waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  const send = (chunk: Buffer): void => {
    if (to.destroyed || to.write(chunk)) return;
    from.pause();
    to.once("drain", () => from.resume());
  };
  const sendDue = (): void => {
    timer = undefined;
    while ((waiting[0]?.due ?? Infinity) <= performance.now())
      send(waiting.shift()?.chunk ?? Buffer.alloc(0));
    const next = waiting[0];
    if (next !== undefined) timer = setTimeout(sendDue, Math.ceil(next.due - performance.now()));
  };
  const goOn = (chunk: Buffer): void => {
    const delay = flow.delayMs();
    if (delay === 0 && waiting.length === 0) return send(chunk);
    const earliest = waiting.at(-1)?.due ?? 0;
    waiting.push({ chunk, due: Math.max(earliest, performance.now() + delay) });
    timer ??= setTimeout(sendDue, delay);
  };
  from.on("data", (chunk: Buffer) => {
    if (flow.swallows()) return;
    if (filter === undefined) goOn(chunk);
    else filter(chunk, goOn);
  });
  from.on("close", () => clearTimeout(timer));
}
