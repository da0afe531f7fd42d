/** The one place that says yes or no: a use case asks here first and hands the proof on. */
import { forbidden, notFound, Problem, unauthenticated } from "../../platform/problems.js";
import { type Action, higher, reaches, ruleOf } from "./actions.js";
import type { ApiKeyIdentity, Caller, Identity, Role } from "./caller.js";

/** Where an action takes place, by project key; an environment only within its project. Nothing: the whole server. */
export type Place =
  | { readonly project?: string; readonly environment?: undefined }
  | { readonly project: string; readonly environment: { readonly key: string; readonly protected: boolean } };

const proof = Symbol("proof");

/** Proof that `caller` may do `action` at `place`; only `permit` and `permitSelf` make one. What writes asks for it, so forgetting does not compile. */
export interface Permit {
  readonly caller: Caller;
  readonly action: Action | "self";
  readonly place: Place;
  readonly [proof]: true;
}

/**
 * Decides whether the caller may do the action there.
 * Throws UNAUTHENTICATED for strangers, TWO_FACTOR_ENROLMENT_REQUIRED and STEP_UP_REQUIRED for users who must show a second factor,
 * NOT_FOUND where the caller has no right to know that the place exists, FORBIDDEN otherwise.
 */
export function permit(caller: Caller, action: Action, place: Place = {}): Permit {
  const problem = refusalOf(caller, action, place);
  if (problem !== null) throw problem;
  return { caller, action, place, [proof]: true };
}

/**
 * What `permit` asks of everybody, whatever they want: for look-ups and lists that then leave out what the caller may not see.
 * Throws UNAUTHENTICATED for strangers, and TWO_FACTOR_ENROLMENT_REQUIRED.
 */
export function refuseUnready({ identity }: Caller): void {
  const problem = unreadinessOf(identity);
  if (problem !== null) throw problem;
}

/** Whether `permit` would say yes, for lists that leave out what the caller may not see. */
export function isPermitted(caller: Caller, action: Action, place: Place = {}): boolean {
  return refusalOf(caller, action, place) === null;
}

/** What `permit` throws; null where it says yes. */
function refusalOf({ identity }: Caller, action: Action, place: Place): Problem | null {
  const { project, environment } = place;
  const unready = unreadinessOf(identity);
  if (unready !== null) return unready;
  if (project !== undefined && !seesProject(identity, project)) return notFound("Project", project);
  if (environment !== undefined && !seesEnvironment(identity, environment.key)) {
    return notFound("Environment", environment.key);
  }
  if (!allowed(identity, action, place)) return forbiddenTo(identity, action, place);
  return lacksStepUp(identity, action, place) ? stepUpFirst() : null;
}

function unreadinessOf(identity: Identity): Problem | null {
  if (identity.kind === "ANONYMOUS") return unauthenticated(identity.reason);
  return identity.kind === "USER" && identity.secondFactor === "MISSING" ? enrolFirst() : null;
}

/** As much of an environment as decides who may change what is in use there. */
export interface GuardedEnvironment {
  readonly key: string;
  readonly protected: boolean;
}

/**
 * For a change of what several environments of a project share: the keys of those where the caller may not, in the order given. Throws
 * STEP_UP_REQUIRED where the caller may everywhere, and nothing but a fresh second factor is missing.
 */
export function environmentsRefused(
  caller: Caller,
  action: Action,
  project: string,
  environments: readonly GuardedEnvironment[],
): readonly string[] {
  const refused: string[] = [];
  let stale: Problem | null = null;
  for (const environment of environments) {
    const problem = refusalOf(caller, action, { project, environment });
    if (problem?.code === "STEP_UP_REQUIRED") stale = problem;
    else if (problem !== null) refused.push(environment.key);
  }
  if (refused.length === 0 && stale !== null) throw stale;
  return refused;
}

/** Proof for what everyone may do to their own account, and for signing in; the use case has checked the credential itself. */
export function permitSelf(caller: Caller): Permit {
  return { caller, action: "self", place: {}, [proof]: true };
}

/** The role that counts at a place: the higher of the server-wide one and the project's; null when there is none. */
export function roleAt(identity: Identity, project?: string): Role | null {
  switch (identity.kind) {
    case "SYSTEM":
    case "CLI":
      return "ADMIN";
    case "USER":
      return project === undefined
        ? identity.role
        : higher(identity.role, identity.projectRoles.get(project) ?? null);
    case "API_KEY":
      return identity.project === null || identity.project === project ? identity.role : null;
    case "ANONYMOUS":
      return null;
  }
}

/** Whether the caller may know that the project exists. */
export function seesProject(identity: Identity, project: string): boolean {
  if (identity.kind === "API_KEY" && identity.project === project) return true;
  return roleAt(identity, project) !== null;
}

function seesEnvironment(identity: Identity, environment: string): boolean {
  return !isEvaluationKey(identity) || identity.environment === environment;
}

/** CLIENT and SERVER keys: they evaluate in one environment and have no role. */
export function isEvaluationKey(identity: Identity): identity is ApiKeyIdentity {
  return identity.kind === "API_KEY" && identity.keyKind !== "MANAGEMENT";
}

function allowed(identity: Identity, action: Action, place: Place): boolean {
  const rule = ruleOf(action);
  if (isEvaluationKey(identity)) {
    const reached = rule.anywhere === true || place.project !== undefined;
    return reached && rule.keys?.includes(identity.keyKind) === true;
  }
  const needed = place.environment?.protected === true ? (rule.protectedRole ?? rule.role) : rule.role;
  return reaches(rule.anywhere === true ? highestRole(identity) : roleAt(identity, place.project), needed);
}

function lacksStepUp(identity: Identity, action: Action, place: Place): boolean {
  if (identity.kind !== "USER" || identity.secondFactor !== "STALE") return false;
  const { stepUp } = ruleOf(action);
  return stepUp === "everywhere" || (stepUp === "where protected" && place.environment?.protected === true);
}

function enrolFirst(): Problem {
  const message = "This server asks everyone for a second factor: set one up with beginTwoFactor first.";
  return new Problem("TWO_FACTOR_ENROLMENT_REQUIRED", message);
}

function stepUpFirst(): Problem {
  const message = "This needs a fresh code of the second factor: call stepUp, then repeat it.";
  return new Problem("STEP_UP_REQUIRED", message);
}

function highestRole(identity: Identity): Role | null {
  if (identity.kind === "API_KEY") return identity.role;
  if (identity.kind !== "USER") return roleAt(identity);
  return [...identity.projectRoles.values()].reduce<Role | null>(higher, identity.role);
}

/** Whose it is instead, for whoever has put the wrong key in. */
function others({ keyKind }: ApiKeyIdentity, { role, keys = [] }: ReturnType<typeof ruleOf>): string {
  const kinds = keys.filter((kind) => kind !== keyKind).map((kind) => `${kind} keys`);
  const whose = role === null ? kinds : [...kinds, "MANAGEMENT keys", "users"];
  return whose.length === 0 ? "" : `, but for ${new Intl.ListFormat("en-GB").format(whose)}`;
}

function forbiddenTo(identity: Identity, action: Action, place: Place): Problem {
  const rule = ruleOf(action);
  if (isEvaluationKey(identity))
    return forbidden(`${action} is not for ${identity.keyKind} keys${others(identity, rule)}.`);
  const isProtected = place.environment?.protected === true;
  const needed = isProtected ? (rule.protectedRole ?? rule.role) : rule.role;
  if (needed === null) return forbidden(`${action} is for ${rule.keys?.join(" and ")} keys.`);
  const where = isProtected ? ` in the protected environment ${place.environment.key}` : "";
  return forbidden(`${action} needs the role ${needed}${where}.`);
}
