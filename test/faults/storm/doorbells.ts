/** Meddles with what Redis tells its subscribers: doorbells that are lost, come three times, or come in another order. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../fuzz/random.js";
import type { Filter } from "../../support/tcp-pump.js";

export type Mischief = "none" | "dropped" | "tripled" | "shuffled";

/** What all lines to Redis share. */
export class Doorbells {
  mischief: Mischief = "none";
  /** How many were lost, told three times or held back. */
  meddledWith = 0;

  constructor(private readonly random: Random) {}

  /** For one new connection. */
  readonly filter = (): Filter => {
    let waiting: Buffer = Buffer.alloc(0);
    return (chunk, emit) => {
      const { messages, rest, other } = split(Buffer.concat([waiting, chunk]));
      waiting = rest;
      for (const message of messages) this.#pass(message, emit);
      if (other.length > 0) emit(other);
    };
  };

  #pass(message: Buffer, emit: (chunk: Buffer) => void): void {
    if (this.mischief !== "none") this.meddledWith += 1;
    switch (this.mischief) {
      case "none":
        return emit(message);
      case "dropped":
        return;
      case "tripled":
        return emit(Buffer.concat([message, message, message]));
      case "shuffled":
        void sleep(this.random.below(400)).then(() => emit(message));
    }
  }
}

const head = Buffer.from("*3\r\n$7\r\nmessage\r\n");
const newline = Buffer.from("\r\n");

/** Published messages at the beginning of what came; the beginning of one that is not whole yet; or something else altogether. */
function split(bytes: Buffer): { messages: Buffer[]; rest: Buffer; other: Buffer } {
  const messages: Buffer[] = [];
  let at = 0;
  while (bytes.subarray(at, at + head.length).equals(head)) {
    const end = afterBulks(bytes, at + head.length, 2);
    if (end === undefined) return { messages, rest: bytes.subarray(at), other: Buffer.alloc(0) };
    messages.push(bytes.subarray(at, end));
    at = end;
  }
  return { messages, rest: Buffer.alloc(0), other: bytes.subarray(at) };
}

/** Where so many bulk strings (`$<length>\r\n<bytes>\r\n`) end; undefined where they are not all there yet. */
function afterBulks(bytes: Buffer, from: number, count: number): number | undefined {
  let at = from;
  for (let bulk = 0; bulk < count; bulk += 1) {
    const line = bytes.indexOf(newline, at);
    if (line < 0) return undefined;
    const length = Number(bytes.toString("latin1", at + 1, line));
    at = line + newline.length + length + newline.length;
    if (at > bytes.length) return undefined;
  }
  return at;
}
