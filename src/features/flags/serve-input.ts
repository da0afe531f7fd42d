/** Reads what people write to serve variants: percentages become slots, and a changed split moves as few buckets as can be. */
import { GRID, percentToWeight, reslot, weightToPercent } from "../../evaluation/index.js";
import { list, percent as readPercent } from "../../platform/input.js";
import type { Serve, Slot, Split } from "./flag.js";
import { readBucketBy, readSeed, readVariant, type SettingsReading } from "./settings-reading.js";

/** One variant, or a split; absent members of a split that is changed keep what they were, null takes the default. */
export interface ServeInput {
  readonly variant?: string | null | undefined;
  readonly split?: readonly WeightedVariantInput[] | null | undefined;
  readonly bucketBy?: readonly string[] | null | undefined;
  readonly seed?: string | null | undefined;
}

export interface WeightedVariantInput {
  /** Absent or null: a hole. */
  readonly variant?: string | null | undefined;
  readonly percent: number;
}

/** The part of an input that says what a split hashes. */
export type BucketingInput = Pick<ServeInput, "bucketBy" | "seed">;

/** What is served at a place, and whether a split there may have holes. */
export interface ServePlace {
  /** What is served there now; null where nothing is. */
  readonly before: Serve | null;
  readonly holes: boolean;
}

/** How many entries a split may list. */
const maxSlots = 200;

/** Stands for what could not be read; a mistake says why. */
const unread: Serve = { variant: "" };

/** Reads a serve. What it gives means nothing once the reading has mistakes. */
export function readServe(
  path: string,
  input: ServeInput,
  place: ServePlace,
  reading: SettingsReading,
): Serve {
  const { variant, split } = { variant: input.variant ?? null, split: input.split ?? null };
  if ((variant === null) === (split === null)) {
    reading.mistakes.add(
      path,
      `must have either variant or split, got ${variant === null ? "neither" : "both"}.`,
    );
    return unread;
  }
  if (split !== null) {
    return makeSplit(path, readSlots(`${path}.split`, split, place.holes, reading), input, place, reading);
  }
  for (const name of ["bucketBy", "seed"] as const) {
    if ((input[name] ?? null) !== null) reading.mistakes.add(`${path}.${name}`, "belongs to a split.");
  }
  return { variant: readVariant(`${path}.variant`, variant, reading) };
}

/** A split of these slots, laid out so that the fewest buckets leave what `place` serves now. */
export function makeSplit(
  path: string,
  wanted: readonly Slot[],
  input: BucketingInput,
  { before }: Pick<ServePlace, "before">,
  reading: SettingsReading,
): Split {
  const former = before !== null && "split" in before ? before : null;
  const bucketBy = readBucketBy(`${path}.bucketBy`, input.bucketBy, former, reading);
  const seed = readSeed(`${path}.seed`, input.seed, former, reading);
  const isKept = former !== null && sameBuckets(former, { bucketBy, seed }, reading.flag.key);
  return { split: reslot(isKept && wanted.length > 0 ? former.split : wanted, wanted), bucketBy, seed };
}

function sameBuckets(former: Split, wanted: Pick<Split, "bucketBy" | "seed">, defaultSeed: string): boolean {
  const text = ({ bucketBy, seed }: Pick<Split, "bucketBy" | "seed">) =>
    JSON.stringify([bucketBy ?? ["targetingKey"], seed ?? defaultSeed]);
  return text(former) === text(wanted);
}

/** The weight of each variant, in order of first appearance; a hole is null. No slots after a mistake. */
function readSlots(
  path: string,
  input: readonly WeightedVariantInput[],
  holes: boolean,
  reading: SettingsReading,
): Slot[] {
  const entries = list(path, input, reading.mistakes, { min: 1, max: maxSlots });
  const slots = entries.map((entry, index) => readSlot(`${path}[${index}]`, entry, holes, reading));
  if (slots.length === 0 || entries.some(({ percent }) => percentToWeight(percent) === undefined)) return [];
  const sum = slots.reduce((total, { weight }) => total + weight, 0);
  if (sum === GRID) return aggregated(slots);
  reading.mistakes.add(path, `must sum to 100, got ${weightToPercent(sum)}.`);
  return [];
}

function readSlot(
  path: string,
  { variant = null, percent }: WeightedVariantInput,
  holes: boolean,
  reading: SettingsReading,
): Slot {
  const weight = percentToWeight(readPercent(`${path}.percent`, percent, reading.mistakes)) ?? 0;
  if (variant === null && holes) return { variant, weight };
  return { variant: readVariant(`${path}.variant`, variant, reading), weight };
}

/** Each variant once, with the sum of its weights, in order of first appearance. */
export function aggregated(slots: readonly Slot[]): Slot[] {
  const weights = new Map<string | null, number>();
  for (const { variant, weight } of slots) weights.set(variant, (weights.get(variant) ?? 0) + weight);
  return [...weights].map(([variant, weight]) => ({ variant, weight }));
}

/** A serve as `readServe` reads it: what is read can be sent back. */
export interface WrittenServe {
  readonly variant: string | null;
  readonly split: readonly { readonly variant: string | null; readonly percent: number }[] | null;
  readonly bucketBy: readonly string[] | null;
  readonly seed: string | null;
}

/** Shares have at most three decimals; those of a variant's slots are summed. */
export function writeServe(serve: Serve): WrittenServe {
  if ("variant" in serve) return { variant: serve.variant, split: null, bucketBy: null, seed: null };
  const sum = serve.split.reduce((total, { weight }) => total + weight, 0);
  const split = aggregated(serve.split).map(({ variant, weight }) => ({
    variant,
    percent: Math.round(weightToPercent(weight, sum) * 1_000) / 1_000,
  }));
  return { variant: null, split, bucketBy: serve.bucketBy, seed: serve.seed };
}
