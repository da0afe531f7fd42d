/** Doorway of the rollouts room. */
export { findRepeatedRollout } from "./find-repeated-rollout.js";
export { keepRollouts } from "./keep-rollouts.js";
export { rolloutsHolding } from "./rollout-holders.js";
export { GuardedRolloutResolver } from "./rollout.resolver.js";
export {
  FlagEnvironmentRolloutResolver,
  GuardedRolloutFieldResolver,
  RolloutGuardrailResolver,
} from "./rollout-fields.resolver.js";
