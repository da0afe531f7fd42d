/** The definitions as instances hand them on through Redis, so that a hundred that start do not all read the database. */
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { constants, createGzip, gunzip } from "node:zlib";
import type { SharedStore } from "../../platform/bus/index.js";
import { bytesOf, linesOf, type Signer } from "../../platform/signed-lines.js";
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
const livesMs = 86_400_000; // a day after the last instance was there
const mostBytes = 32 * 1024 * 1024; // compressed; more would hold up the doorbells behind it
const mostPlainBytes = 512 * 1024 * 1024;

export class SharedSnapshot implements Shelf {
  readonly name = "redis";
  /** Whether what was there could not be used. */
  #isUseless = false;

  constructor(
    private readonly store: SharedStore,
    private readonly signer: Signer,
  ) {}

  /** Whoever is first in half a minute writes for all; nobody replaces what is as new, unless it is known to be wrong. */
  async put({ position }: KeptAt, lines: () => Iterable<string>, isWrong = false): Promise<boolean> {
    const state = lines(); // at once, while it is the one of that position
    const isMissing = this.#isUseless || isWrong;
    if (!isMissing && isAtLeast(await this.#position(), position)) return true;
    if (!(await this.store.claim(names.turn, turnMs))) return false;
    const bytes = this.signer.seal(await pack(state));
    if (bytes.length > mostBytes) throw new Error(`${bytes.length} bytes are too many to share`);
    await this.store.set(names.snapshot, bytes, livesMs);
    await this.store.set(names.position, Buffer.from(JSON.stringify(position)), livesMs);
    this.#isUseless = false;
    return true;
  }

  /** Lets it outlast the next hours. Never rejects. */
  async prolong(): Promise<void> {
    const prolonged = [names.snapshot, names.position].map(async (name) => this.store.prolong(name, livesMs));
    await Promise.allSettled(prolonged); // what is lost is made again by whoever misses it
  }

  /** null where there is none that is whole and ours: of anything else nothing is unpacked. Never rejects. */
  async take(): Promise<Iterable<string> | null> {
    try {
      const sealed = await this.store.get(names.snapshot);
      const packed = sealed && this.signer.unseal(sealed);
      const plain = packed && (await promisify(gunzip)(packed, { maxOutputLength: mostPlainBytes }));
      this.#isUseless = plain === null;
      return plain && linesOf(plain);
    } catch {
      this.#isUseless = true;
      return null;
    }
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

/** Others have their turn meanwhile. */
async function pack(state: Iterable<string>): Promise<Buffer> {
  const packer = createGzip({ level: constants.Z_BEST_SPEED });
  const [bytes] = await Promise.all([
    buffer(packer),
    pipeline(Readable.from(limited(bytesOf(state))), packer),
  ]);
  return bytes;
}

/** Nobody writes what nobody may unpack. */
function* limited(pieces: Iterable<Buffer>): Generator<Buffer> {
  let total = 0;
  for (const piece of pieces) {
    total += piece.length;
    if (total > mostPlainBytes) throw new Error(`more than ${mostPlainBytes} bytes are too many to share`);
    yield piece;
  }
}

function isAtLeast({ epoch = 0, seq = 0, hash }: Partial<Position>, other: Position): boolean {
  if (epoch !== other.epoch) return epoch > other.epoch;
  return seq === other.seq ? hash === other.hash : seq > other.seq;
}
