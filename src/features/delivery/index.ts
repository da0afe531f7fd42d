/** Doorway of the delivery room. */
export type { AnsweredQuestion, OnAnswered } from "./answered.js";
export { AnswerWatch, type Audience, catchUp, mayHear } from "./answer-watch.js";
export type { EvaluateArguments } from "./asker.js";
export { createDelivery, type Delivery, type DeliveryOptions, type DeliveryTools } from "./delivery.js";
export { evaluate, evaluateAll, type EvaluationSet, explain, type ExplainedEvaluation } from "./evaluate.js";
export { type Evaluation, evaluationId } from "./evaluation.js";
export { EvaluationResolver } from "./evaluation.resolver.js";
export { ended, type Feed } from "./feed.js";
export { FlagChangeResolver } from "./flag-change.resolver.js";
export { type FlagChange, flagChanges } from "./flag-changes.js";
export type { EvaluationUpdate } from "./live-answers.js";
export { liveEvaluations } from "./live-evaluations.js";
export { permitPlace, type PlaceArguments, type PlaceKeys } from "./place.js";
export { type RequestAttributes, requestAttributes, type RequestFacts } from "./request-attributes.js";
export { RulesetResolver } from "./ruleset.resolver.js";
export { liveRuleset, ruleset, type RulesetUpdate } from "./ruleset.js";
export { serverInfo, type ServerStatus } from "./server-status.js";
export { ServerStatusResolver } from "./server-status.resolver.js";
