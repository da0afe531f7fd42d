/** What is kept of a user's second factor, and what those who use it wrongly are told. */
import { badField, conflict, type Problem } from "../../platform/problems.js";

/** How a user proves the second factor, as it is stored. */
export interface StoredFactor {
  /** Encrypted; null where none was begun. */
  readonly secret: string | null;
  /** Since when signing in needs a code; null: it does not, and the secret, if there is one, still has to be proved. */
  readonly since: Date | null;
  /** Time step of the last code that was taken. */
  readonly lastStep: number | null;
}

/** A code of the second factor; where it is proved already, or a recovery code. */
export interface CodeInput {
  readonly code: string;
}

/** A second factor that a first code proved. */
export interface ProvedFactor extends StoredFactor {
  readonly secret: string;
  readonly since: Date;
}

export function isProved(factor: StoredFactor | null): factor is ProvedFactor {
  return factor !== null && factor.secret !== null && factor.since !== null;
}

/** No second factor at all. */
export const noFactor: StoredFactor = { secret: null, since: null, lastStep: null };

/** How long a code that was shown counts as fresh. */
export const stepUpLifeMs = 900_000; // 15 minutes

/** What the encrypted secret is bound to: another user's is unreadable in its place. */
export function totpPurpose(userId: string): string {
  return `totp secret of ${userId}`;
}

export function hasNoFactor(): Problem {
  return conflict("This account has no second factor: set one up with beginTwoFactor and confirmTwoFactor.");
}

/** Says nothing of what was typed. */
export function wrongCode(): Problem {
  return badField("input.code", "is wrong, or was used before.");
}
