/** The port through which instances know together who comes too often. */

/** So many a minute for each key. */
export interface Budget {
  /**
   * Spends `count` for `key`, one unless said otherwise, from memory and at once; at most a minute's worth, which is the most that there ever is.
   * Gives the milliseconds until there is so much again; 0: it was spent.
   * Other instances hear of it within about a second, where there are any and the bus carries; until then each decides by what it knows.
   */
  readonly spend: (key: string, count?: number) => number;
}

/** How long `key` has to wait after failures in a row, of which none counts any longer once an hour was quiet. */
export interface BackOff {
  readonly key: string;
  /** Failures that cost no wait. */
  readonly free: number;
  /** The wait after the first failure beyond these; every further one doubles it. */
  readonly firstMs: number;
  readonly longestMs: number;
}

/** The memory is bounded: what was not touched for longest is forgotten first. Nothing here rejects, or takes longer than half a second. */
export interface Limits {
  /** `perMinute` may be spent in one go and come back evenly; 0: as many as wanted. Budgets of one name share their keys. */
  readonly budget: (name: string, perMinute: number) => Budget;
  /**
   * Gives the milliseconds that are still to wait; 0: none, and the attempt counts as failed against every key until it is said to have
   * succeeded. Counting comes first, so that many attempts at once are no way around the wait.
   */
  readonly attempt: (backOffs: readonly BackOff[]) => Promise<number>;
  /** Forgets the failures of these keys. */
  readonly succeed: (keys: readonly string[]) => Promise<void>;
  /** Takes one attempt back that was counted and then never made. */
  readonly withdraw: (keys: readonly string[]) => Promise<void>;
  /** For 30 days. */
  readonly remember: (key: string) => Promise<void>;
  readonly knows: (key: string) => Promise<boolean>;
}

export const minuteMs = 60_000;
/** After so long without an attempt, failures no longer count. */
export const forgetFailuresMs = 3_600_000;
export const rememberMs = 30 * 24 * 3_600_000;
