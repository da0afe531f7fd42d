/** What a look at a running experiment decides by itself: promote a treatment, roll some back, end without an answer, or wait. */
import { atLeast, between, countWithin } from "../ranges.js";
import { type Assignment, watchSampleRatio } from "../sample-ratio.js";
import type { Arms } from "../samples.js";
import { boundBeyond, mirrored, type Size } from "./beyond.js";
import type { DecisionArm } from "./decision.js";
import { type EventSplit, oneSidedSplitEvidence, productOf } from "./e-values.js";

/** What a metric says of one treatment. */
export interface MetricEvidence {
  readonly epochs: readonly Arms<DecisionArm>[];
  /** Where the metric ought to go. */
  readonly direction: "increase" | "decrease";
  /** σ², the variance that was planned for one unit's outcome, above 0. */
  readonly plannedVariance: number;
  /** N*; 5 000 if not given. */
  readonly plannedUnits?: number;
}

/** A metric that must not get worse. */
export interface GuardrailEvidence extends MetricEvidence {
  /** The harm from which on a treatment is not promoted, 0 or more. */
  readonly margin: Size;
  /** Where events are counted, how they fell by epoch: they raise the alarm then, since they need no normal sums. */
  readonly events?: readonly EventSplit[];
  /**
   * Whether one unit can have several of these events: they may rise among units that have some already, of which the split knows nothing, so the
   * bound of harm raises the alarm, too, and each of the two has half the chance.
   */
  readonly repeats?: boolean;
}

export interface TreatmentEvidence {
  /** w, the treatment's planned share of its and the control's units, in (0, 1). */
  readonly share: number;
  readonly primary: MetricEvidence;
  readonly guardrails: readonly GuardrailEvidence[];
}

export interface PromotionLook {
  readonly treatments: readonly TreatmentEvidence[];
  /** The chance of ever promoting a treatment that should not be, over all treatments, in (0, ½). */
  readonly alpha: number;
  /** The gain in the primary metric that a promotion asks for. */
  readonly minEffect: Size;
  /** Units by arm, the control among them, and their weights: epoch by epoch. */
  readonly assignment: readonly Assignment[];
  /** Units that were seen in another variant than their own. */
  readonly conflictedUnits: number;
  /** Since the start, from 0. */
  readonly days: number;
  /** Before which nothing is promoted; 1 if not given. */
  readonly minimumWeeks?: number;
  /** Whether the end date has passed. */
  readonly ended: boolean;
}

/** What holds up the promotion of every treatment. */
export type Obstacle = "sample-ratio" | "conflicts" | "runtime" | "ended";

export interface TreatmentStanding {
  /** Of the gain in the primary metric, in its unit, valid at every look and for all treatments together. */
  readonly lowerBound: number;
  readonly beatsMinimum: boolean;
  /** Guardrails whose harm is not proven to be below the margin, by index. */
  readonly unproven: readonly number[];
  /** Guardrails that ask for a rollback, by index. */
  readonly alarms: readonly number[];
}

/** Treatments are named by their index. */
export type AutomaticAction =
  | { readonly action: "promote"; readonly treatment: number }
  | { readonly action: "roll-back"; readonly treatments: readonly number[] }
  | { readonly action: "inconclusive" }
  | { readonly action: "wait" };

export interface AutomaticDecision {
  readonly decided: AutomaticAction;
  readonly standings: readonly TreatmentStanding[];
  readonly obstacles: readonly Obstacle[];
}

/** The chance that a guardrail ever asks for the rollback of a treatment that does no harm. */
const ALARM_ALPHA = 0.01;

/** Below this p the units were not shared out by their weights. */
const LEAST_SAMPLE_RATIO_P = 0.001;

/** From this share of conflicted units on the assignment is broken. */
const CONFLICTS_ALLOWED = 0.01;

/**
 * Promotes where the gain is above `minEffect` and the harm of every guardrail below its margin, each proven at α/K for
 * K treatments; of several, the one with the largest lower bound. All of it must hold at once, so a treatment with one
 * flaw is promoted no more often than its proof errs, and guardrails need no correction for their number. An alarm rolls
 * back its own treatment alone, whatever obstacles there are.
 * What is a share of the control's value is judged by `boundBeyond`, so that the doubt of that value counts.
 * Source: Berger, "Multiparameter hypothesis testing and acceptance sampling", Technometrics 24 (1982), the
 * intersection–union test; the bounds are those of `decide`.
 */
export function decidePromotion(look: PromotionLook): AutomaticDecision {
  check(look);
  const standings = look.treatments.map((treatment) => standingOf(treatment, look));
  const obstacles = obstaclesOf(look);
  return { decided: actionOf(standings, obstacles), standings, obstacles };
}

function actionOf(standings: readonly TreatmentStanding[], obstacles: readonly Obstacle[]): AutomaticAction {
  const best = obstacles.length === 0 ? largestPromotable(standings) : undefined;
  if (best !== undefined) return { action: "promote", treatment: standings.indexOf(best) };
  const harmful = standings.flatMap(({ alarms }, treatment) => (alarms.length > 0 ? [treatment] : []));
  if (harmful.length > 0) return { action: "roll-back", treatments: harmful };
  return { action: obstacles.includes("ended") ? "inconclusive" : "wait" };
}

function largestPromotable(standings: readonly TreatmentStanding[]): TreatmentStanding | undefined {
  return standings
    .filter(({ beatsMinimum, unproven, alarms }) => beatsMinimum && unproven.length + alarms.length === 0)
    .toSorted((one, other) => other.lowerBound - one.lowerBound)[0];
}

function standingOf(
  { share, primary, guardrails }: TreatmentEvidence,
  { alpha, minEffect, treatments }: PromotionLook,
): TreatmentStanding {
  const shared = alpha / treatments.length;
  const gainBeyond = (metric: MetricEvidence, size: Size) =>
    boundOf({ what: "gain", beyond: size }, metric, share, shared);
  return {
    lowerBound: gainBeyond(primary, 0),
    beatsMinimum: gainBeyond(primary, minEffect) > 0,
    unproven: indicesOf(guardrails, (guardrail) => !(gainBeyond(guardrail, less(guardrail.margin)) > 0)),
    alarms: indicesOf(guardrails, (guardrail) => isHarmful(guardrail, share)),
  };
}

function isHarmful(guardrail: GuardrailEvidence, share: number): boolean {
  const { events, repeats = false, direction } = guardrail;
  const isFarOff = (alpha: number) => boundOf({ what: "harm", beyond: 0 }, guardrail, share, alpha) > 0;
  if (events === undefined) return isFarOff(ALARM_ALPHA);
  const alpha = repeats ? ALARM_ALPHA / 2 : ALARM_ALPHA;
  const splits = events.map((split) => towardsHarm(split, direction));
  const { logE } = productOf(splits.map(oneSidedSplitEvidence));
  return logE >= -Math.log(alpha) || (repeats && isFarOff(alpha));
}

/** Events of the treatment that ought to be many are missing where the control has more than its share. */
function towardsHarm(split: EventSplit, direction: MetricEvidence["direction"]): EventSplit {
  if (direction === "decrease") return split;
  const { controlEvents, treatmentEvents, share, concentration } = split;
  return {
    controlEvents: treatmentEvents,
    treatmentEvents: controlEvents,
    share: 1 - share,
    concentration,
  };
}

function less(size: Size): Size {
  return typeof size === "number" ? -size : { share: -size.share };
}

/** The one-sided lower bound of how much better, or how much worse, the treatment is than by `beyond`. */
function boundOf(
  { what, beyond }: { readonly what: "gain" | "harm"; readonly beyond: Size },
  metric: MetricEvidence,
  share: number,
  alpha: number,
): number {
  const isUp = (what === "gain") === (metric.direction === "increase");
  return boundBeyond(isUp ? metric.epochs : mirrored(metric.epochs), beyond, { ...metric, share, alpha });
}

function obstaclesOf(look: PromotionLook): Obstacle[] {
  const units = look.assignment.reduce((sum, { counts }) => sum + counts.reduce((all, n) => all + n, 0), 0);
  countWithin("conflictedUnits", look.conflictedUnits, units);
  const obstacles: readonly (readonly [Obstacle, boolean])[] = [
    ["sample-ratio", watchSampleRatio(look.assignment).pValue < LEAST_SAMPLE_RATIO_P],
    ["conflicts", units > 0 && look.conflictedUnits >= CONFLICTS_ALLOWED * units],
    ["runtime", look.days < 7 * (look.minimumWeeks ?? 1)],
    ["ended", look.ended],
  ];
  return obstacles.flatMap(([obstacle, stands]) => (stands ? [obstacle] : []));
}

function indicesOf<One>(all: readonly One[], wanted: (one: One) => boolean): number[] {
  return all.flatMap((one, index) => (wanted(one) ? [index] : []));
}

function check({ treatments, alpha, minEffect, days, minimumWeeks = 1 }: PromotionLook): void {
  atLeast("treatments.length", treatments.length, 1);
  between("alpha", alpha, 0, 0.5);
  between("minEffect", numberOf(minEffect), -Infinity, Infinity);
  atLeast("days", days, 0);
  atLeast("minimumWeeks", minimumWeeks, 0);
  for (const { guardrails } of treatments)
    guardrails.forEach(({ margin }, index) => atLeast(`guardrails[${index}].margin`, numberOf(margin), 0));
}

function numberOf(size: Size): number {
  return typeof size === "number" ? size : size.share;
}
