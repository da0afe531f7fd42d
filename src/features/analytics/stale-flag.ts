/** Which flags have outlived their use, why that is thought, and what to do about it. Pure. */
import type { FlagKind } from "../flags/index.js";
import type { FlagHolder } from "../projects/index.js";

export const Staleness = {
  NEVER_EVALUATED: "NEVER_EVALUATED",
  UNUSED: "UNUSED",
  ONE_SIDED: "ONE_SIDED",
  OLD: "OLD",
} as const;
export type Staleness = (typeof Staleness)[keyof typeof Staleness];

/** Kinds of flags that are meant to go one day; the others are never stale for their age, nor for always answering the same. */
export const passingKinds: readonly FlagKind[] = ["RELEASE", "EXPERIMENT"];

/** What is known of a flag that is stale in an environment. */
export interface StaleFacts {
  readonly project: string;
  readonly flag: string;
  readonly environment: string;
  readonly kind: FlagKind;
  readonly staleness: Staleness;
  readonly createdAt: Date;
  /** Since when an evaluation would have been counted there; null: nothing was ever counted on this server. */
  readonly countedSince: Date | null;
  readonly lastEvaluatedAt: Date | null;
  /** Answered last; empty: none. */
  readonly variant: string | null;
  /** ONE_SIDED: how often it was evaluated in the days that are looked at. */
  readonly count: number;
  /** ONE_SIDED: when it last answered something else; null: never since it is counted. */
  readonly otherAt: Date | null;
}

export interface StaleFlag extends StaleFacts {
  /** One sentence, with numbers. */
  readonly reason: string;
  /** One sentence: what to do. */
  readonly suggestion: string;
  /** Since when it is so. */
  readonly since: Date;
}

/** What staleness is judged by. */
export interface Judging {
  /** Those that were looked at before `now`. */
  readonly days: number;
  /** Epoch milliseconds. */
  readonly now: number;
  /** What has the flag under way in another environment. */
  readonly holder?: FlagHolder | undefined;
}

export function explainStaleness(facts: StaleFacts, { days, now, holder }: Judging): StaleFlag {
  const since = sinceOf(facts);
  const age = Math.floor((now - since.getTime()) / 86_400_000);
  const on = `${since.toISOString().slice(0, 10)} (${plural(age, "day")} ago)`;
  const { reason, suggestion } = wordsOf(facts, on, days);
  return { ...facts, reason, suggestion: holder === undefined ? suggestion : leaveTo(holder), since };
}

function sinceOf({ staleness, createdAt, countedSince, lastEvaluatedAt, otherAt }: StaleFacts): Date {
  switch (staleness) {
    case "NEVER_EVALUATED":
      return countedSince ?? createdAt;
    case "UNUSED":
      return lastEvaluatedAt ?? createdAt;
    case "ONE_SIDED":
      return otherAt ?? countedSince ?? createdAt;
    case "OLD":
      return createdAt;
  }
}

type Words = Pick<StaleFlag, "reason" | "suggestion">;

/** `on` says since when it is so. */
function wordsOf({ staleness, kind, variant, count }: StaleFacts, on: string, days: number): Words {
  switch (staleness) {
    case "NEVER_EVALUATED":
      return {
        reason: `It was never evaluated here since ${on}.`,
        suggestion: "Ask for it in the code, or archive it.",
      };
    case "UNUSED":
      return {
        reason: `It was last evaluated here on ${on}.`,
        suggestion: "Make sure that no code asks for it any more, then archive it.",
      };
    case "ONE_SIDED":
      return {
        reason: `All ${plural(count, "evaluation")} of the last ${plural(days, "day")} ${answered(variant)}, as since ${on}, and its settings did not change.`,
        suggestion: takeOut(variant),
      };
    case "OLD":
      return {
        reason: `It is a flag of the kind ${kind}, which is meant to go, and was made on ${on}.`,
        suggestion:
          kind === "EXPERIMENT"
            ? "Decide for a variant, put it in the place of the flag in the code, then archive the flag."
            : "Bring the release to its end, take the flag out of the code, then archive it.",
      };
  }
}

function leaveTo({ name, status, environment }: FlagHolder): string {
  return `Leave it as long as ${name} is ${status} in ${environment}, and look again when that has ended.`;
}

function answered(variant: string | null): string {
  return variant === null || variant === "" ? "gave no value" : `answered ${JSON.stringify(variant)}`;
}

function takeOut(variant: string | null): string {
  const what =
    variant === null || variant === ""
      ? "the default that callers fall back to"
      : `the value of ${JSON.stringify(variant)}`;
  return `Put ${what} in the place of the flag in the code, then archive the flag.`;
}

function plural(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}
