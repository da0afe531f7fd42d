/** Changing a split while moving as few buckets as can be, so that nobody changes variant who need not. */
import type { Slot } from "../model.js";

type Variant = Slot["variant"];

/**
 * The slots that give each variant its wanted weight and move the fewest buckets from where `before` has them. Where writing the wanted
 * weights one after the other moves no more, that plain layout is the answer; else growth takes buckets from the variants (or the hole)
 * that shrink, slot by slot. Weights of zero vanish, neighbours of one variant are merged. Where the sums differ, `before` is stretched
 * if its sum divides the other, which moves nobody; else nothing can be kept and the layout is plain.
 */
export function reslot(before: readonly Slot[], wanted: readonly Slot[]): Slot[] {
  const plain = merge(wanted);
  const stretched = stretch(merge(before), sum(plain));
  if (stretched === undefined || moved(stretched, plain) === fewest(stretched, plain)) return plain;
  return exchange(stretched, plain);
}

/** How many buckets change their variant between two layouts of the same sum. */
export function moved(before: readonly Slot[], after: readonly Slot[]): number {
  let count = 0;
  let index = 0;
  let left = after[0]?.weight ?? 0;
  for (const slot of before) {
    for (let rest = slot.weight; rest > 0;) {
      const step = Math.min(rest, left);
      const other = after[index];
      if (other === undefined) return count + rest;
      if (other.variant !== slot.variant) count += step;
      rest -= step;
      left -= step;
      if (left === 0) left = after[++index]?.weight ?? 0;
    }
  }
  return count;
}

/** The least that any layout can move: what the growing variants gain. */
function fewest(before: readonly Slot[], wanted: readonly Slot[]): number {
  let gained = 0;
  for (const change of changes(before, wanted).values()) gained += Math.max(0, change);
  return gained;
}

/** By how much each variant is to grow, in the order wanted; then those that vanish. */
function changes(before: readonly Slot[], wanted: readonly Slot[]): Map<Variant, number> {
  const change = new Map<Variant, number>();
  for (const { variant, weight } of wanted) change.set(variant, (change.get(variant) ?? 0) + weight);
  for (const { variant, weight } of before) change.set(variant, (change.get(variant) ?? 0) - weight);
  return change;
}

function exchange(before: readonly Slot[], wanted: readonly Slot[]): Slot[] {
  const change = changes(before, wanted);
  const slots: Slot[] = [];
  let previous: Variant | undefined;
  const put = (variant: Variant, weight: number): void => {
    if (weight === 0) return;
    slots.push({ variant, weight });
    previous = variant;
  };
  for (const { variant, weight } of before) {
    const surplus = -Math.min(0, change.get(variant) ?? 0);
    let given = Math.min(weight, surplus);
    change.set(variant, (change.get(variant) ?? 0) + given);
    const kept = weight - given;
    while (given > 0) {
      const [receiver, wants] = growing(change, previous);
      const step = Math.min(given, wants);
      put(receiver, step);
      change.set(receiver, wants - step);
      given -= step;
    }
    put(variant, kept);
  }
  return merge(slots);
}

/** Who takes the next buckets: the neighbour if it is still growing, which keeps slots few; else the first in the order wanted. */
function growing(change: ReadonlyMap<Variant, number>, neighbour: Variant | undefined): [Variant, number] {
  const wants = neighbour === undefined ? 0 : (change.get(neighbour) ?? 0);
  if (neighbour !== undefined && wants > 0) return [neighbour, wants];
  for (const entry of change) if (entry[1] > 0) return entry;
  throw new Error("What shrinks and what grows must balance.");
}

function stretch(slots: readonly Slot[], total: number): readonly Slot[] | undefined {
  const factor = total / sum(slots);
  return Number.isInteger(factor)
    ? slots.map(({ variant, weight }) => ({ variant, weight: weight * factor }))
    : undefined;
}

function sum(slots: readonly Slot[]): number {
  return slots.reduce((total, { weight }) => total + weight, 0);
}

function merge(slots: readonly Slot[]): Slot[] {
  const merged: Slot[] = [];
  for (const { variant, weight } of slots) {
    const last = merged.at(-1);
    if (weight === 0) continue;
    if (last?.variant === variant) merged[merged.length - 1] = { variant, weight: last.weight + weight };
    else merged.push({ variant, weight });
  }
  return merged;
}
