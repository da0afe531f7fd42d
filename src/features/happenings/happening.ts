/** What a server does or notices without anybody asking, for whoever passes it on: decisions, alarms and anomalies. Pure. */

/** An automatic action on an experiment or guarded rollout, or an alarm about one (its action is ALARM). What it changed is in the ledger, too. */
export interface DecisionDetails {
  readonly kind: "DECISION";
  /** Id of the decision, which keeps what it was made from. */
  readonly decision: string;
  /** Id of the experiment or rollout. */
  readonly trial: string;
  /** Such as PROMOTED, ROLLED_BACK, ALARM. */
  readonly action: string;
}

/** An hour in which a flag was evaluated, or a metric came in, far more or far less often than usual, or a rate changed. */
export interface AnomalyDetails {
  readonly kind: "ANOMALY";
  /** Id of the anomaly, which has its figures. */
  readonly anomaly: string;
  /** Key; null: it is about a metric alone. */
  readonly flag: string | null;
  /** Key; null: it is about a flag alone. */
  readonly metric: string | null;
  readonly direction: "LOW" | "HIGH";
}

export type HappeningDetails = DecisionDetails | AnomalyDetails;

export interface NewHappening {
  readonly at: Date;
  /** Key. */
  readonly project: string;
  /** Key. */
  readonly environment: string;
  readonly details: HappeningDetails;
  /** In plain sentences. */
  readonly summary: string;
}

export interface Happening extends NewHappening {
  /** Grows in the order in which things became so: whoever has read up to one has missed nothing before it. */
  readonly seq: number;
}
