/** The definitions as instances hand them on through Redis, so that a hundred that start do not all read the database. */
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { constants, createGzip, gunzip } from "node:zlib";
import type { SharedStore } from "../../platform/bus/index.js";
import type { Signer } from "../../platform/signed-lines.js";
import type { Position } from "../ledger/index.js";
import type { Shelf } from "./keeper.js";
import { type KeptAt, keptFormat } from "./kept-state.js";

const names = {
  snapshot: `snapshot:${keptFormat}`,
  /** Where it stands, for those who need not read it. */
  position: `snapshot:${keptFormat}:at`,
  turn: `snapshot:${keptFormat}:turn`,
};
const turnMs = 30_000;
const mostBytes = 32 * 1024 * 1024; // compressed; more would hold up the doorbells behind it
const mostPlainBytes = 1024 * 1024 * 1024;

export class SharedSnapshot implements Shelf {
  readonly name = "redis";
  /** Whether what was there could not be used. */
  #isUseless = false;

  constructor(
    private readonly store: SharedStore,
    private readonly signer: Signer,
  ) {}

  /** Whoever is first in half a minute writes for all; nobody replaces what is as new. */
  async put({ position }: KeptAt, lines: () => Iterable<string>): Promise<boolean> {
    const state = lines(); // at once, while it is the one of that position
    if (!this.#isUseless && isAtLeast(await this.#position(), position)) return true;
    if (!(await this.store.claim(names.turn, turnMs))) return false;
    const bytes = await this.#pack(state);
    if (bytes.length > mostBytes) throw new Error(`${bytes.length} bytes are too many to share`);
    await this.store.set(names.snapshot, bytes);
    await this.store.set(names.position, Buffer.from(JSON.stringify(position)));
    this.#isUseless = false;
    return true;
  }

  /** null where there is none that is whole and ours. Never rejects. */
  async take(): Promise<Iterable<string> | null> {
    try {
      const packed = await this.store.get(names.snapshot);
      const plain = packed && (await promisify(gunzip)(packed, { maxOutputLength: mostPlainBytes }));
      const lines = plain && this.signer.verify(plain);
      this.#isUseless = lines === null;
      return lines;
    } catch {
      this.#isUseless = true;
      return null;
    }
  }

  async #pack(state: Iterable<string>): Promise<Buffer> {
    const packer = createGzip({ level: constants.Z_BEST_SPEED });
    const [bytes] = await Promise.all([
      buffer(packer),
      pipeline(Readable.from(this.signer.sign(state)), packer),
    ]);
    return bytes;
  }

  async #position(): Promise<Partial<Position>> {
    try {
      const bytes = await this.store.get(names.position);
      return bytes === null ? {} : (JSON.parse(bytes.toString()) as Partial<Position>);
    } catch (error) {
      if (error instanceof SyntaxError) return {};
      throw error;
    }
  }
}

function isAtLeast({ epoch = 0, seq = 0, hash }: Partial<Position>, other: Position): boolean {
  if (epoch !== other.epoch) return epoch > other.epoch;
  return seq === other.seq ? hash === other.hash : seq > other.seq;
}
