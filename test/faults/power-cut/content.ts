/** The content of one file after the power was lost: what was synced, and of the rest whatever the disk had come to. */
import type { Random } from "../../fuzz/random.js";
import type { Bytes } from "./journal.js";

/** A write with the place where it ends, or a new size. */
export type Content =
  | { readonly index: number; readonly at: number; readonly end: number; readonly bytes: Bytes }
  | { readonly index: number; readonly size: number };

const sector = 512;

/** How the unsynced writes of one file fare: all alike, in order, or each for itself. */
type Manner = "none" | "all" | "prefix" | "each";
const manners = [
  [2, "none"],
  [2, "all"],
  [2, "prefix"],
  [4, "each"],
] as const satisfies readonly (readonly [number, Manner])[];

/** What was done before `durable` is there; from there to `cut` it is drawn; without chance everything is there. */
export function contentAt(
  content: readonly Content[],
  durable: number,
  cut: number,
  random: Random | null,
): Buffer {
  const past = content.filter(({ index }) => index < cut);
  const draft = new Draft(Math.max(0, ...past.map((one) => ("size" in one ? one.size : one.end))));
  const pending = past.filter(({ index }) => index >= durable);
  for (const settled of past) if (settled.index < durable) draft.apply(settled);
  if (random === null || pending.length === 0) {
    for (const one of pending) draft.apply(one);
  } else drawInto(draft, pending, random);
  return draft.bytes();
}

/** A truncation that is lost takes what came after it along: new blocks are not given out before the old ones were taken. */
function drawInto(draft: Draft, pending: readonly Content[], random: Random): void {
  const manner = random.weighed(manners);
  const reached = manner === "prefix" ? random.between(0, pending.length) : pending.length;
  const tried: Content[] = [];
  const last = new Map<number, number>(); // sector → the last write that reached it
  for (const one of pending.slice(0, manner === "none" ? 0 : reached)) {
    if ("size" in one) {
      if (manner === "each" && random.chance(0.5)) break;
    } else if (manner !== "each") markSectors(last, one, () => true);
    else {
      const fate = random.weighed([
        [4, "kept"],
        [3, "dropped"],
        [3, "torn"],
      ]);
      if (fate !== "dropped") markSectors(last, one, () => fate === "kept" || random.chance(0.5));
      else if (random.chance(0.1)) draft.grow(one.end);
    }
    tried.push(one);
  }
  for (const one of tried) {
    if ("size" in one) draft.apply(one);
    else draft.applySectors(one, (number) => (last.get(number) ?? -1) >= one.index);
  }
}

function markSectors(
  last: Map<number, number>,
  { at, end, index }: Extract<Content, { at: number }>,
  isKept: () => boolean,
): void {
  for (let number = Math.floor(at / sector); number * sector < end; number += 1)
    if (isKept()) last.set(number, index);
}

class Draft {
  readonly #buffer: Buffer;
  #size = 0;

  constructor(most: number) {
    this.#buffer = Buffer.alloc(most);
  }

  apply(one: Content): void {
    if ("size" in one) {
      if (one.size < this.#size) this.#buffer.fill(0, one.size, this.#size);
      this.#size = one.size;
    } else this.#copy(one, one.at, one.end);
  }

  applySectors(one: Extract<Content, { at: number }>, isKept: (sector: number) => boolean): void {
    for (let number = Math.floor(one.at / sector); number * sector < one.end; number += 1) {
      if (!isKept(number)) continue;
      this.#copy(one, Math.max(one.at, number * sector), Math.min(one.end, (number + 1) * sector));
    }
  }

  /** A length without the bytes. */
  grow(size: number): void {
    this.#size = Math.max(this.#size, size);
  }

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }

  #copy({ at, bytes }: Extract<Content, { at: number }>, from: number, to: number): void {
    if (typeof bytes === "number") this.#buffer.fill(0, from, to);
    else bytes.copy(this.#buffer, from, from - at, to - at);
    this.grow(to);
  }
}
