/** One thing that goes wrong, and how it is put right again. */

/** What a fault strikes: two that strike the same are not done at once. */
export type Victim = "redis" | "postgres" | "servers" | "sockets" | "row";

export interface Fault {
  readonly name: string;
  readonly victims: readonly Victim[];
  readonly inject: () => Promise<void> | void;
  /** Afterwards all is as it was: what was ended is started, and ready. */
  readonly heal: () => Promise<void> | void;
}
