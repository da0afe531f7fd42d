/** What has a flag under way, and needs it and the place where it stands: experiments and guarded rollouts, which are later rooms. */
import type { Database, Transaction } from "../../platform/database/index.js";
import { conflict, quote } from "../../platform/problems.js";

/** Something that shows people variants of a flag in an environment, or is going to. */
export interface FlagHolder {
  readonly environment: string;
  readonly flag: string;
  /** As messages call it: `experiment "new-price"`. */
  readonly name: string;
  /** Such as RUNNING or PAUSED. */
  readonly status: string;
  /** Keys of the variants that it shows. */
  readonly variants: readonly string[];
  /** false: it has not shown them yet, so that their values mean nothing to it. */
  readonly hasBegun: boolean;
  /** It awaits its conclusion and needs no place any more. */
  readonly hasEnded: boolean;
}

/** Where holders are looked for; absent: everywhere in the project. */
export interface HolderPlace {
  readonly project: string;
  readonly environment?: string;
  readonly flag?: string;
}

/** Something whose audience asks for variants of a flag: before it starts and while it is paused, no rule of a flag does. */
export interface FlagAsker {
  /** As messages call it. */
  readonly name: string;
  /** Keys of the variants that it asks for. */
  readonly variants: readonly string[];
}

/** What the rooms of experiments and rollouts tell; the composition root supplies it. */
export interface HolderTools {
  readonly flagHolders: (database: Database, place: HolderPlace) => Promise<readonly FlagHolder[]>;
  readonly flagAskers: (database: Database, project: string, flag: string) => Promise<readonly FlagAsker[]>;
  /** Lets nothing begin in the project until the transaction ends. Taken before every other lock. */
  readonly lockHolders: (tx: Transaction, project: string) => Promise<void>;
}

const mostNamed = 5;

/** Throws CONFLICT naming what is under way there. `subject` is what cannot go: `Environment "staging"`. */
export async function refuseHeld(
  { flagHolders }: Pick<HolderTools, "flagHolders">,
  tx: Transaction,
  place: HolderPlace,
  subject: string,
): Promise<void> {
  const holders = (await flagHolders(tx, place)).filter(({ hasEnded }) => !hasEnded);
  if (holders.length === 0) return;
  const named = holders.slice(0, mostNamed).map(describeHolder).join(", ");
  const more = holders.length > mostNamed ? ` and ${holders.length - mostNamed} more` : "";
  throw conflict(
    `${subject} is in use by ${named}${more}: end ${holders.length === 1 ? "that" : "them"} first.`,
  );
}

/** `experiment "new-price" (RUNNING on flag "checkout" in staging)`. */
export function describeHolder({ name, status, flag, environment }: FlagHolder): string {
  return `${name} (${status} on flag ${quote(flag)} in ${environment})`;
}
