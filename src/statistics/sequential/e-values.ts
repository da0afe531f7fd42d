/** Evidence that may be looked at at any time and multiplied: in odds against "no difference", kept as logarithms. */
import { betaSf, logBetaDensity } from "../distributions/beta.js";
import { atLeast, between, countWithin } from "../ranges.js";
import type { Arms, Proportion } from "../samples.js";

export interface EValue {
  /** The natural logarithm of the e-value: above 0 speaks against the null hypothesis. */
  readonly logE: number;
  /** min(1, 1/e), valid at any time. */
  readonly pValue: number;
}

/** How events that are rare fell on two arms. One unit counts for one event at most. */
export interface EventSplit {
  readonly controlEvents: number;
  readonly treatmentEvents: number;
  /** s, the treatment's share of the units at risk, in (0, 1): under the null hypothesis its share of events. */
  readonly share: number;
  /** c, how tightly the alternatives Beta(cs, c(1 − s)) lie around s, above 0. */
  readonly concentration: number;
}

/** Units of one arm in one block, and those that did. */
type Counts = Pick<Proportion, "n" | "sum">;

export function evidenceOf(logE: number): EValue {
  return { logE, pValue: Math.min(1, Math.exp(-logE)) };
}

/**
 * The product of e-values of which each began when the one before had ended, as those of epochs do.
 * Source: Ramdas, Grünwald, Vovk and Shafer, "Game-theoretic statistics and safe anytime-valid inference",
 * Statistical Science 38 (2023).
 */
export function productOf(evalues: readonly EValue[]): EValue {
  return evidenceOf(evalues.reduce((sum, { logE }) => sum + logE, 0));
}

/**
 * Is the treatment's share of events another than its share of units? A beta-binomial mixture, as the ratio of what was
 * thought of s before and after the events.
 * Source: Robbins, "Statistical methods related to the law of the iterated logarithm", Annals of Mathematical
 * Statistics 41 (1970), the mixture for Bernoulli trials.
 */
export function splitEvidence(split: EventSplit): EValue {
  const { share, before, after } = beliefsOf(split);
  return evidenceOf(logBetaDensity(share, ...before) - logBetaDensity(share, ...after));
}

/**
 * Is the treatment's share of events above its share of units? The same mixture of the alternatives above s alone, an
 * e-value for every true share up to s.
 */
export function oneSidedSplitEvidence(split: EventSplit): EValue {
  const { share, before, after } = beliefsOf(split);
  return evidenceOf(logMillsRatio(share, ...after) - logMillsRatio(share, ...before));
}

/**
 * ln e after each of the blocks: what each arm is expected to do is learnt from the blocks before, so the first says
 * nothing. `smoothing` is added to what did and to what did not.
 * Source: Turner, Ly and Grünwald, "Generic e-variables for exact sequential k-sample tests that allow for optional
 * stopping", Journal of Statistical Planning and Inference 230 (2024), the 2 × 2 case.
 */
export function blockEvidence(blocks: readonly Arms<Counts>[], smoothing = 0.18): readonly number[] {
  between("smoothing", smoothing, 0, Infinity);
  const seen = { control: { n: 0, sum: 0 }, treatment: { n: 0, sum: 0 } };
  let logE = 0;
  return blocks.map(({ control, treatment }) => {
    countWithin("control.sum", control.sum, control.n);
    countWithin("treatment.sum", treatment.sum, treatment.n);
    const expected = {
      control: smoothed(seen.control, smoothing),
      treatment: smoothed(seen.treatment, smoothing),
    };
    const units = control.n + treatment.n;
    const common =
      units === 0 ? 0.5 : (control.n * expected.control + treatment.n * expected.treatment) / units;
    logE += logRatio(control, expected.control, common) + logRatio(treatment, expected.treatment, common);
    seen.control = { n: seen.control.n + control.n, sum: seen.control.sum + control.sum };
    seen.treatment = { n: seen.treatment.n + treatment.n, sum: seen.treatment.sum + treatment.sum };
    return logE;
  });
}

function smoothed({ n, sum }: Counts, smoothing: number): number {
  return (sum + smoothing) / (n + 2 * smoothing);
}

function logRatio({ n, sum }: Counts, expected: number, common: number): number {
  return sum * Math.log(expected / common) + (n - sum) * Math.log((1 - expected) / (1 - common));
}

/** The parameters of the beta distribution of the treatment's share of events, before them and after. */
function beliefsOf({ controlEvents, treatmentEvents, share, concentration }: EventSplit) {
  atLeast("controlEvents", controlEvents, 0);
  atLeast("treatmentEvents", treatmentEvents, 0);
  between("share", share, 0, 1);
  between("concentration", concentration, 0, Infinity);
  const [a, b] = [concentration * share, concentration * (1 - share)];
  return { share, before: [a, b], after: [a + treatmentEvents, b + controlEvents] } as const;
}

/** Below it a tail is no reliable double any more. */
const LEAST_TAIL = 1e-280;

/**
 * ln of P(X > s) over the density at s, X ~ Beta(a, b). Where the tail is too small for a double the ratio still is not:
 * without it, one quiet epoch would silence all later ones (Abramowitz & Stegun, 1964, 26.5.4).
 */
function logMillsRatio(s: number, a: number, b: number): number {
  const tail = betaSf(s, a, b);
  if (tail > LEAST_TAIL) return Math.log(tail) - logBetaDensity(s, a, b);
  let term = 1;
  let sum = 1;
  for (let n = 1; term > 1e-17 * sum; n += 1) {
    term *= ((a + b + n - 1) / (b + n)) * (1 - s);
    sum += term;
  }
  return Math.log((s * (1 - s) * sum) / b);
}
