/** The doorway of the statistics: sums in, estimates and decisions out; no data, no clock, no chance. */
export {
  correlationOf,
  type CountForecast,
  type CountJudgement,
  type CountObservation,
  dispersionOf,
  isAlarm,
  judgeCount,
  type RateAlarm,
  type RateWatch,
  type WatchedHour,
  watchRate,
} from "./anomalies.js";
export { type BanditStep, type Batch, batchedLeastSquares, nextWeights } from "./bandit.js";
export { chancesOfMeans, chancesOfRates, compareRates, type RateComparison } from "./bayesian/best.js";
export { type BetaDistribution, betaInterval, betaPosterior } from "./bayesian/beta-posterior.js";
export {
  type EffectJudgement,
  type Estimate,
  judgeEffect,
  type NormalDistribution,
  normalPosterior,
} from "./bayesian/normal-posterior.js";
export { type Cuped, cuped } from "./fixed/cuped.js";
export { miettinenNurminenInterval, newcombeInterval, wilsonInterval } from "./fixed/intervals.js";
export { deltaLift, type DeltaLift, fiellerLift, type FiellerLift, lift, type Lift } from "./fixed/lift.js";
export { type ArmEstimate, estimateMean, studentTest, type WelchTest, welchTest } from "./fixed/means.js";
export { type NonInferiority, nonInferiority, nonInferiorityByShare } from "./fixed/non-inferiority.js";
export { compareProportions, type ProportionTest } from "./fixed/proportions.js";
export { estimateRatio } from "./fixed/ratio.js";
export { combineStrata } from "./fixed/strata.js";
export { type ZTest, zTest } from "./fixed/z-test.js";
export {
  benjaminiHochberg,
  benjaminiYekutieli,
  bonferroni,
  eBenjaminiHochberg,
  holm,
} from "./multiplicity.js";
export {
  type Baseline,
  type Demands,
  detectableAfter,
  type Duration,
  durationOf,
  inflationOf,
  type Looking,
  minimumDetectableDifference,
  minimumDetectableLift,
  powerOfZ,
  sampleSizeForMeans,
  sampleSizeForRates,
  type Traffic,
} from "./planning.js";
export {
  type Assignment,
  type SampleRatioEvidence,
  type SampleRatioTest,
  testSampleRatio,
  watchSampleRatio,
} from "./sample-ratio.js";
export type {
  Arms,
  Comparison,
  CovariateSums,
  Interval,
  Mean,
  PairSums,
  Proportion,
  Sample,
} from "./samples.js";
export { boundBeyond, leastShare, mirrored, type Size } from "./sequential/beyond.js";
export {
  decide,
  type Decision,
  decisionArm,
  type DecisionArm,
  type DecisionPlan,
} from "./sequential/decision.js";
export {
  type EValue,
  type EventSplit,
  oneSidedSplitEvidence,
  productOf,
  splitEvidence,
} from "./sequential/e-values.js";
export {
  type Bounds,
  courseAfterLook,
  courseAtStart,
  groupSequentialBounds,
  type GroupSequentialPlan,
  type Look,
  type RunningState,
  runningState,
  type RunningTest,
  type SequentialCourse,
  type Spending,
} from "./sequential/group-sequential.js";
export type { AnytimeInterval } from "./sequential/confidence-sequence.js";
export {
  type AutomaticAction,
  type AutomaticDecision,
  decidePromotion,
  type GuardrailEvidence,
  type MetricEvidence,
  type Obstacle,
  type PromotionLook,
  type TreatmentEvidence,
  type TreatmentStanding,
} from "./sequential/promotion.js";
