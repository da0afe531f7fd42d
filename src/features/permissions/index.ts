/** Doorway of the permissions room. */
export { type Action, actions, reaches, ruleOf } from "./actions.js";
export {
  type Actor,
  ActorKind,
  actorOf,
  type ApiKeyIdentity,
  ApiKeyKind,
  type Caller,
  cliCaller,
  type IdempotencyClaim,
  type Identity,
  isUndecided,
  Role,
  type SecondFactor,
  systemCaller,
  type UserIdentity,
} from "./caller.js";
export {
  environmentsRefused,
  type GuardedEnvironment,
  isEvaluationKey,
  isPermitted,
  type Permit,
  permit,
  permitSelf,
  type Place,
  refuseUnready,
  roleAt,
  seesProject,
} from "./permit.js";
export type { RequestContext } from "./request.js";
