/** Reads what a rule or the fallthrough serves: one variant, or a split. */
import { type Bucketed, MOST_BUCKETS, readBucketing } from "../bucketing/bucketing.js";
import type { Outcome } from "../resolution.js";
import { member, type Reading } from "./reading.js";

/** A compiled split: slot i holds the buckets from the previous bound up to, not including, `bounds[i]`. */
export interface CompiledSplit {
  readonly bucketing: Bucketed;
  readonly buckets: number;
  readonly bounds: readonly number[];
  /** Undefined is a hole. */
  readonly outcomes: readonly (Outcome | undefined)[];
}

/** A compiled Serve. */
export type Served =
  { readonly outcome: Outcome; readonly split?: never } | { readonly split: CompiledSplit };

/** What a serve may name, and how it is seeded. */
export interface ServeScope {
  readonly outcomes: ReadonlyMap<string, Outcome>;
  readonly flagKey: string;
  /** Whether a split may have holes: in a rule, not in the fallthrough. */
  readonly holes: boolean;
}

/** Undefined when something is wrong. */
export function readServe(
  definition: unknown,
  path: string,
  scope: ServeScope,
  reading: Reading,
): Served | undefined {
  const serve = reading.object(definition, path);
  if (serve === undefined) return undefined;
  const { variant, split } = { variant: serve["variant"] ?? undefined, split: serve["split"] ?? undefined };
  if ((variant === undefined) === (split === undefined)) {
    reading.complain(
      path,
      `must have either variant or split, got ${variant === undefined ? "neither" : "both"}`,
    );
    return undefined;
  }
  if (split === undefined) {
    const outcome = readVariant(variant, member(path, "variant"), scope.outcomes, reading);
    return outcome && { outcome };
  }
  const bucketing = readBucketing(serve["bucketing"], member(path, "bucketing"), reading, scope.flagKey);
  const slots = readSlots(split, member(path, "split"), scope, reading);
  return bucketing && slots && { split: { bucketing, ...slots } };
}

/** The outcome of a variant of this flag, by its key. */
export function readVariant(
  key: unknown,
  path: string,
  outcomes: ReadonlyMap<string, Outcome>,
  reading: Reading,
): Outcome | undefined {
  const outcome = typeof key === "string" ? outcomes.get(key) : undefined;
  if (outcome === undefined) reading.refuse(path, "a variant of this flag", key);
  return outcome;
}

function readSlots(
  definition: unknown,
  path: string,
  scope: ServeScope,
  reading: Reading,
): Omit<CompiledSplit, "bucketing"> | undefined {
  const slots = reading.list(definition, path);
  if (slots.length === 0) reading.refuse(path, "a list of at least one slot", definition);
  const bounds: number[] = [];
  const outcomes: (Outcome | undefined)[] = [];
  let buckets = 0;
  for (const [index, item] of slots.entries()) {
    const at = `${path}[${index}]`;
    const slot = reading.object(item, at);
    if (slot === undefined) continue;
    const hole = scope.holes && (slot["variant"] === null || slot["variant"] === undefined);
    outcomes.push(hole ? undefined : readVariant(slot["variant"], `${at}.variant`, scope.outcomes, reading));
    buckets += reading.integer(slot["weight"], `${at}.weight`, 1, MOST_BUCKETS) ?? 0;
    bounds.push(buckets);
  }
  if (buckets > MOST_BUCKETS) {
    reading.complain(path, `must have weights that sum to at most ${MOST_BUCKETS}, got ${buckets}`);
  }
  return bounds.length > 0 && buckets <= MOST_BUCKETS ? { buckets, bounds, outcomes } : undefined;
}
