/** Whatever splits units and measures them: an experiment, or a guarded rollout. */

/** A run of buckets of a trial's split; null: a hole, whose units take no part. */
export interface TrialSlot {
  readonly variant: string | null;
  readonly weight: number;
}
