/** Passwords: one at a time, so that a crowd at the door starves neither the thread pool nor the event loop. */
import { hash, verify } from "@node-rs/argon2";
import type { Mistakes } from "../../platform/input.js";
import { Problem } from "../../platform/problems.js";

export interface Passwords {
  /** argon2id, PHC string. Throws RATE_LIMITED when too many wait. */
  hash(password: string): Promise<string>;
  /**
   * Whether `password` is the one behind `stored`. Without a stored hash, and for what is no password at all, it takes as long and says no.
   * Throws RATE_LIMITED when too many wait.
   */
  verify(stored: string | null, password: string): Promise<boolean>;
}

/** OWASP's first choice for argon2id, which is the library's default kind. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }; // KiB, passes, threads
const nobodysHash = `$argon2id$v=19$m=19456,t=2,p=1$${"A".repeat(22)}$${"A".repeat(43)}`;

const minLength = 8;
const maxLength = 128;
const defaultQueue = 100; // at 15–40 ms each
const retryAfterSeconds = 5;

/** A queue of its own; whoever would be the one after `longestQueue` is sent away. */
export function createPasswords(longestQueue = defaultQueue): Passwords {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (waiting >= longestQueue) {
      throw new Problem("RATE_LIMITED", "Too many sign-ins at once: try again shortly.", {
        retryAfterSeconds,
      });
    }
    waiting += 1;
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      waiting -= 1;
    }
  }

  return {
    hash: async (password) => inTurn(async () => hash(password.normalize("NFKC"), cost)),
    verify: async (stored, password) => {
      const possible = stored !== null && lengthMistake(password) === null;
      const attempt = possible ? password.normalize("NFKC") : "";
      const matches = await inTurn(async () => verify(possible ? stored : nobodysHash, attempt));
      return possible && matches;
    },
  };
}

/** A new password: 8–128 characters after NFKC. The message never repeats it. */
export function newPassword(path: string, value: unknown, mistakes: Mistakes): string {
  const mistake = typeof value === "string" ? lengthMistake(value) : "must be a string.";
  if (mistake !== null) mistakes.add(path, mistake);
  return mistake === null ? String(value) : "";
}

/** NFKC composes at most four code points, of two units each, into one: what is longer than that is too long in any case. */
function lengthMistake(password: string): string | null {
  const length =
    password.length > maxLength * 8 ? password.length : Array.from(password.normalize("NFKC")).length;
  if (length >= minLength && length <= maxLength) return null;
  return `must be ${minLength} to ${maxLength} characters long, got ${length}.`;
}
