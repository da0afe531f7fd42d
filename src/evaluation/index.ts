/** The doorway of the rules engine: definitions in, answers out, nothing else. */
export { evaluate, evaluateAll, type EvaluationOptions, explain } from "./evaluate.js";
export { apply, compile, type Snapshot } from "./snapshot.js";
export {
  changedFlags,
  definitions,
  deltaBetween,
  flagDefinitions,
  mentionedAttributes,
  nextChange,
  segmentDefinitions,
  turningFlags,
} from "./changes.js";
export { checkCondition, checkFlag, checkSegment, checkServe } from "./check.js";
export type { DefinitionProblem, FlagReference, References } from "./definitions/reading.js";
export { findCycle, nodeOf, referencedNodes, referencesOf } from "./references.js";
export { bucketOf } from "./bucketing/algorithms.js";
export { bucketingValue } from "./bucketing/bucketing.js";
export { GRID, percentToWeight, weightToPercent } from "./bucketing/percent.js";
export { reslot } from "./bucketing/reslot.js";
export { readInstant } from "./operators/dates.js";
export { compilePattern, LARGEST_PATTERN, patternParts } from "./operators/pattern.js";
export {
  EvaluationErrorCode,
  EvaluationReason,
  flagNotFound,
  type Participation,
  type Resolution,
} from "./resolution.js";
export { type Explanation, type ExplanationStep, ExplanationStepKind } from "./explanation.js";
export { BucketingAlgorithm, ConditionOperator, FlagType } from "./model.js";
export type {
  Bucketing,
  BucketTest,
  Clause,
  Condition,
  EvaluationContext,
  Experiment,
  Flag,
  Prerequisite,
  Rule,
  Ruleset,
  RulesetDelta,
  RulesetKeys,
  RulesetPart,
  Segment,
  Serve,
  Slot,
  Split,
  Target,
  Variant,
} from "./model.js";
