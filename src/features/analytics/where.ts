/** Where analytics look: pure. */

/** Environments of a project, by key. */
export interface Where {
  readonly project: string;
  readonly environments: readonly string[];
}

/** A flag in one environment, by key. */
export interface Spot {
  readonly project: string;
  readonly flag: string;
  readonly environment: string;
}
