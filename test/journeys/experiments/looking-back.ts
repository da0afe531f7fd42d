/** What is left of a decision: the experiment's course, its log, from which it can be worked out again, and the audit log. */
import { isDeepStrictEqual } from "node:util";
import { replayDecision } from "../../../src/features/experiments/unattended/decide-inputs.js";
import { oneSidedSplitEvidence } from "../../../src/statistics/index.js";
import type { Claims } from "./claims.js";
import { ask } from "./clients.js";
import { control, treatment } from "./scene.js";

export interface Course {
  readonly status: string;
  readonly conclusion: {
    readonly variant: string | null;
    readonly automatic: boolean;
    readonly text: string;
  } | null;
  readonly decisions: { readonly nodes: readonly Decision[] };
}

export interface Decision {
  readonly action: string;
  readonly summary: string;
  readonly inputs: Inputs;
}

/** What of the inputs is looked at here. */
interface Inputs {
  readonly decided: object;
  readonly metrics: readonly { readonly id: string; readonly key: string }[];
  readonly epochs: readonly {
    readonly slots: readonly { readonly variant: string; readonly weight: number }[];
  }[];
  readonly sums: {
    readonly exposures: readonly {
      readonly variant: string;
      readonly n: number;
      readonly conflicted: number;
    }[];
    readonly metrics: readonly {
      readonly metric: string;
      readonly variant: string;
      readonly nonzero: number;
    }[];
  };
}

export interface Entry {
  readonly kind: string;
  readonly actor: { readonly kind: string; readonly name: string };
  /** Of what Halyard does by itself, the name of the chore. */
  readonly requestId: string | null;
  readonly reason: string | null;
  readonly after: unknown;
}

/** Newest decisions first. */
export async function readCourse(url: string, admin: string, key: string): Promise<Course> {
  const query = `query ($key: String!) { experiment(key: $key) {
    status conclusion { variant automatic text } decisions { nodes { action summary inputs } } } }`;
  return (await ask<{ experiment: Course }>(url, admin, query, { key })).experiment;
}

/** What Halyard did by itself to the flag and the experiment of that key, as the audit log has it, newest first. */
export async function readLedger(url: string, admin: string, key: string): Promise<readonly Entry[]> {
  const query = `query ($key: String!) { auditEvents(filter: { subject: $key }) {
    nodes { kind actor { kind name } requestId reason after } } }`;
  const { auditEvents } = await ask<{ auditEvents: { nodes: readonly Entry[] } }>(url, admin, query, { key });
  return auditEvents.nodes.filter(({ actor }) => actor.kind === "SYSTEM");
}

/** Its inputs lead to the same decision again. */
export function claimReplay(claims: Claims, { action, inputs }: Decision): void {
  const again = replayDecision(inputs);
  const found = again.filter((one) => isDeepStrictEqual(one, inputs.decided));
  claims.same(`what ${action} comes to when it is worked out again`, found, [inputs.decided]);
}

/** ln e of a metric's events, worked out from the counts that a decision was made from; of a split in halves. */
export function logEvidenceOf({ inputs }: Decision, key: string): number {
  const id = inputs.metrics.find((metric) => metric.key === key)?.id;
  const eventsOf = (variant: string): number =>
    inputs.sums.metrics
      .filter((sum) => sum.metric === id && sum.variant === variant)
      .reduce((sum, { nonzero }) => sum + nonzero, 0);
  const counts = { controlEvents: eventsOf(control), treatmentEvents: eventsOf(treatment) };
  return oneSidedSplitEvidence({ ...counts, share: 0.5, concentration: 50 }).logE;
}

/** What would have been decided of the same outcomes if nobody had been in a wrong variant, and the shares had been meant to be as they came. */
export function decidedIfHonest({ inputs }: Decision): readonly object[] {
  const { exposures } = inputs.sums;
  const all = exposures.reduce((sum, { n }) => sum + n, 0);
  const came = exposures.filter(({ variant }) => variant === control).reduce((sum, { n }) => sum + n, 0);
  const weight = Math.round((came / all) * 100_000);
  const slots = [
    { variant: control, weight },
    { variant: treatment, weight: 100_000 - weight },
  ];
  return replayDecision({
    ...inputs,
    epochs: inputs.epochs.map((epoch) => ({ ...epoch, slots })),
    sums: { ...inputs.sums, exposures: exposures.map((sum) => ({ ...sum, conflicted: 0 })) },
  });
}
