/** What an experiment that is let decide does at a look, by the rule that those who watch it see. Pure. */
import { decideAutomatically } from "../analysis/automatic.js";
import { type AnalysisInput, type MeasuredLook, measuring } from "../analysis/frame.js";
import type { AutomaticResult } from "../analysis/results.js";
import { atOnce } from "../analysis/steps.js";
import type { Arm } from "../experiment.js";
import { nextArms } from "./optimise.js";

/**
 * SAMPLE_RATIO: units were not shared out by the weights. CONFLICTS: units were seen in variants that are not theirs. GUARDRAIL: one is breached,
 * and nothing is rolled back by itself.
 */
export type AlarmKind = "SAMPLE_RATIO" | "CONFLICTS" | "GUARDRAIL";

export interface Alarm {
  readonly action: "ALARM";
  readonly kind: AlarmKind;
}

/** What changes an experiment. INCONCLUSIVE: its end came, and no treatment was promoted. */
export type Act =
  | { readonly action: "PROMOTED"; readonly variant: string }
  | { readonly action: "ROLLED_BACK"; readonly variants: readonly string[] }
  | { readonly action: "INCONCLUSIVE" }
  | { readonly action: "OPTIMISED"; readonly before: readonly Arm[]; readonly after: readonly Arm[] };

export type Decided = Act | Alarm;

/** Everything that the look asks for: alarms, whether or not they were raised before, and at most one act, which is the last. */
export function decisionsOf({ look, frame, measured }: MeasuredLook): readonly Decided[] {
  const automatic = decideAutomatically(frame, measured);
  const alarms = alarmsOf(look, automatic);
  const act = endOf(look, automatic) ?? stepOf(look, automatic);
  return act === null ? alarms : [...alarms, act];
}

/** `decisionsOf`, measured without a pause. */
export function decisionsAt(look: AnalysisInput): readonly Decided[] {
  return decisionsOf(atOnce(measuring(look)));
}

/** null: nothing is to be done at this look. */
export function actOf(seen: MeasuredLook): Act | null {
  const last = decisionsOf(seen).at(-1);
  return last === undefined || last.action === "ALARM" ? null : last;
}

function alarmsOf({ experiment }: AnalysisInput, { obstacles, rollBack }: AutomaticResult): Alarm[] {
  const kinds: readonly (readonly [AlarmKind, boolean])[] = [
    ["SAMPLE_RATIO", obstacles.includes("SAMPLE_RATIO")],
    ["CONFLICTS", obstacles.includes("CONFLICTS")],
    ["GUARDRAIL", rollBack.length > 0 && !experiment.rollsBackAutomatically],
  ];
  return kinds.flatMap(([kind, stands]) => (stands ? [{ action: "ALARM", kind }] : []));
}

/** Where shares move by outcomes nobody is promoted: the bounds that promotion asks for hold for shares that were fixed beforehand. */
function endOf({ experiment }: AnalysisInput, { promote, rollBack, obstacles }: AutomaticResult): Act | null {
  const { promotesAutomatically, rollsBackAutomatically, optimises } = experiment;
  if (promotesAutomatically && !optimises && promote !== null)
    return { action: "PROMOTED", variant: promote };
  if (rollsBackAutomatically && rollBack.length > 0) return { action: "ROLLED_BACK", variants: rollBack };
  if (promotesAutomatically && obstacles.includes("ENDED")) return { action: "INCONCLUSIVE" };
  return null;
}

/** Shares move by outcomes, so not where those cannot be trusted; nor at the end. */
function stepOf(look: AnalysisInput, { obstacles }: AutomaticResult): Act | null {
  const { optimises, status, arms: before } = look.experiment;
  const isHeldUp = obstacles.some((obstacle) => obstacle !== "RUNTIME");
  if (!optimises || status !== "RUNNING" || isHeldUp) return null;
  const after = nextArms(look);
  return after === null ? null : { action: "OPTIMISED", before, after };
}
