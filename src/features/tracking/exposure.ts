/** That a unit saw what a trial chose for it. */

/** Ready to be stored: of whom it was, nothing is left but the unit. */
export interface Exposure {
  /** Id of the trial. */
  readonly trial: string;
  /** Hexadecimal; see `unitOf`. */
  readonly unit: string;
  readonly bucket: number;
  /** What it saw. */
  readonly variant: string;
  readonly epoch: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Attribute path → value. */
  readonly slice: Readonly<Record<string, string>> | null;
}

/** An exposure, and what its trial's slots say of it. */
export interface JudgedExposure extends Exposure {
  /** The unit's bucket has another variant, in the epoch that it was served. */
  readonly conflicted: boolean;
  /** Its bucket was given to another variant since. */
  readonly departed: boolean;
}

/** What was tracked, ready to be stored. */
export interface MetricEvent {
  /** The client's own. */
  readonly id: string;
  /** Key of a metric, which may not exist. */
  readonly metric: string;
  /** Hexadecimal; see `unitOf`. */
  readonly unit: string;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly value: number;
}
