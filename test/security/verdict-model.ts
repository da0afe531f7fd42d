/** Who may what, worked out a second time from the permissions table alone: what the server answers must be this. */
import { type Action, type ApiKeyKind, Role, ruleOf } from "../../src/features/permissions/index.js";
import type { PermittedVerdict, Verdict, Where } from "./verdicts.js";

/** `ok`, `null`, or the error's code; for UNAUTHENTICATED with the reason. */
export type Outcome = string;

/** As much of a caller as decides. */
export type Subject =
  | { readonly kind: "stranger"; readonly reason: "MISSING" | "INVALID" | "EXPIRED" | "REVOKED" }
  | {
      readonly kind: "user";
      readonly role: Role | null;
      readonly projectRoles: Readonly<Record<string, Role>>;
      /** Has a second factor and has not shown it lately. */
      readonly stale?: true;
    }
  /** A CLIENT or SERVER key. */
  | {
      readonly kind: "evaluator";
      readonly keyKind: ApiKeyKind;
      readonly project: string;
      readonly environment: string;
    }
  /** A MANAGEMENT key; null: of the whole server. */
  | { readonly kind: "manager"; readonly role: Role; readonly project: string | null };

/** The place that the operations are aimed at. */
export interface Aim {
  readonly project: string;
  readonly environment: { readonly key: string; readonly protected: boolean };
}

/** What the subject is answered. `otherwise` is what follows where nothing forbids it. */
export function expectedOutcome(subject: Subject, verdict: Verdict, aim: Aim, otherwise: Outcome): Outcome {
  if (verdict.kind === "open") return otherwise;
  if (subject.kind === "stranger") return `UNAUTHENTICATED ${subject.reason}`;
  switch (verdict.kind) {
    case "own account":
      return subject.kind === "user" ? otherwise : "FORBIDDEN";
    case "oneself":
      return subject.kind === "user" ? otherwise : "null";
    case "list of what is seen":
      return subject.kind === "evaluator" ? "FORBIDDEN" : otherwise;
    case "own place": {
      const isIts = subject.kind === "evaluator" && ruleOf(verdict.action).keys?.includes(subject.keyKind);
      return isIts === true ? otherwise : "FORBIDDEN";
    }
    case "permitted":
      return permitted(subject, verdict, aim, otherwise);
  }
}

type Known = Exclude<Subject, { readonly kind: "stranger" }>;

function permitted(subject: Known, verdict: PermittedVerdict, aim: Aim, otherwise: Outcome): Outcome {
  const { action, where, hidden, known, source } = verdict;
  if (
    verdict.projectFirst === true &&
    sees(subject, "project", aim) &&
    !has(subject, action, "project", aim)
  ) {
    return "FORBIDDEN";
  }
  const seen = source === undefined ? aim : { ...aim, environment: { key: source, protected: false } };
  if (!sees(subject, where, seen)) return hidden;
  if (known !== undefined && !has(subject, known, "project", aim)) return hidden;
  if (!has(subject, action, where, aim)) {
    return verdict.unknownToUsers === true && subject.kind === "user" ? hidden : "FORBIDDEN";
  }
  return lacksStepUp(subject, action, where, aim) ? "STEP_UP_REQUIRED" : otherwise;
}

/** Of the whole server everybody knows. */
function sees(subject: Known, where: Where, { project, environment }: Aim): boolean {
  if (where === "server") return true;
  switch (subject.kind) {
    case "user":
      return subject.role !== null || Object.hasOwn(subject.projectRoles, project);
    case "manager":
      return subject.project === null || subject.project === project;
    case "evaluator":
      if (subject.project !== project) return false;
      return where !== "environment" || subject.environment === environment.key;
  }
}

function has(subject: Known, action: Action, where: Where, aim: Aim): boolean {
  const rule = ruleOf(action);
  if (subject.kind === "evaluator") {
    const isWithinReach = where !== "server" || rule.anywhere === true;
    return isWithinReach && rule.keys?.includes(subject.keyKind) === true;
  }
  const needed = isProtected(where, aim) ? (rule.protectedRole ?? rule.role) : rule.role;
  return (
    needed !== null &&
    rolesThatCount(subject, where, aim, rule.anywhere === true).some(
      (role) => ladder.indexOf(role) >= ladder.indexOf(needed),
    )
  );
}

/** From the lowest to the highest. */
const ladder = [Role.VIEWER, Role.DEVELOPER, Role.MANAGER, Role.ADMIN];

function rolesThatCount(
  subject: Exclude<Known, { readonly kind: "evaluator" }>,
  where: Where,
  { project }: Aim,
  anywhere: boolean,
): readonly Role[] {
  const ofServer = subject.kind === "user" ? subject.role : subject.project === null ? subject.role : null;
  const ofProjects: Readonly<Record<string, Role>> =
    subject.kind === "user"
      ? subject.projectRoles
      : subject.project === null
        ? {}
        : { [subject.project]: subject.role };
  const local = Object.entries(ofProjects)
    .filter(([key]) => anywhere || (where !== "server" && key === project))
    .map(([, role]) => role);
  return ofServer === null ? local : [ofServer, ...local];
}

function isProtected(where: Where, { environment }: Aim): boolean {
  return (where === "environment" || where === "in use") && environment.protected;
}

function lacksStepUp(subject: Known, action: Action, where: Where, aim: Aim): boolean {
  if (subject.kind !== "user" || subject.stale !== true) return false;
  const { stepUp } = ruleOf(action);
  return stepUp === "everywhere" || (stepUp === "where protected" && isProtected(where, aim));
}
