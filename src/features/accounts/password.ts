/** Passwords: one at a time, so that a crowd at the door starves neither the thread pool nor the event loop. */
import { hash, verify } from "@node-rs/argon2";
import type { Mistakes } from "../../platform/input.js";
import { rateLimited } from "../../platform/problems.js";

export interface Passwords {
  /** argon2id, PHC string. Throws RATE_LIMITED when too many wait. */
  hash(password: string, source: string): Promise<string>;
  /**
   * Whether `password` is the one behind `stored`. Without a stored hash, and for what is no password at all, it takes as long and says no.
   * Throws RATE_LIMITED when too many wait.
   */
  verify(stored: string | null, password: string, source: string): Promise<boolean>;
}

export interface PasswordQueue {
  /** How many may wait, the one at work included. */
  readonly longest: number;
  /** How many of one source may, so that no single one fills the queue for all. */
  readonly longestOfOne: number;
  /** Told when somebody is sent away. */
  readonly full: () => void;
}

/** OWASP's first choice for argon2id, which is the library's default kind. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }; // KiB, passes, threads
const nobodysHash = `$argon2id$v=19$m=19456,t=2,p=1$${"A".repeat(22)}$${"A".repeat(43)}`;

const minLength = 8;
const maxLength = 128;
const defaultQueue: PasswordQueue = { longest: 100, longestOfOne: 25, full: () => undefined }; // at 15–40 ms each
const retryAfterMs = 5_000;

/** A queue of its own. A source is whatever those share who shall not keep others waiting: a network. */
export function createPasswords(options: Partial<PasswordQueue> = {}): Passwords {
  const { longest, longestOfOne, full } = { ...defaultQueue, ...options };
  const waitingOf = new Map<string, number>();
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  function count(source: string, change: 1 | -1): void {
    waiting += change;
    const ofSource = (waitingOf.get(source) ?? 0) + change;
    if (ofSource === 0) waitingOf.delete(source);
    else waitingOf.set(source, ofSource);
  }

  async function inTurn<T>(source: string, work: () => Promise<T>): Promise<T> {
    if (waiting >= longest || (waitingOf.get(source) ?? 0) >= longestOfOne) {
      full();
      throw rateLimited("sign-ins at once", retryAfterMs);
    }
    count(source, 1);
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    try {
      return await turn;
    } finally {
      count(source, -1);
    }
  }

  return {
    hash: async (password, source) => inTurn(source, async () => hash(password.normalize("NFKC"), cost)),
    verify: async (stored, password, source) => {
      const possible = stored !== null && lengthMistake(password) === null;
      const attempt = possible ? password.normalize("NFKC") : "";
      const matches = await inTurn(source, async () => verify(possible ? stored : nobodysHash, attempt));
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
