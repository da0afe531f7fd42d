/** What every operation of the schema asks of whoever calls it: the one list to add a new operation to. */
import type { Action } from "../../src/features/permissions/index.js";

/** Where an action takes place. `in use`: in every environment where the thing is in use, the strictest counts. */
export type Where = "server" | "project" | "environment" | "in use";

/** What an operation asks of whoever calls it. */
export type Verdict =
  /** Nothing: it is for strangers too. */
  | { readonly kind: "open" }
  /** To be signed in: it is about one's own account. */
  | { readonly kind: "own account" }
  /** A credential: keys, which are nobody, are answered null. */
  | { readonly kind: "oneself" }
  /** A role anywhere: the list holds what may be seen. */
  | { readonly kind: "list of what is seen" }
  /** A key that evaluates: it takes place where the key is, and is for nobody else. */
  | { readonly kind: "own place"; readonly action: Action }
  | PermittedVerdict;

/** A right of the permissions table. */
export interface PermittedVerdict {
  readonly kind: "permitted";
  readonly action: Action;
  readonly where: Where;
  /** How what the caller may not know of is told. */
  readonly hidden: "NOT_FOUND" | "null";
  /** What one must be allowed besides, so as to know of the thing at all. */
  readonly known?: Action;
  /** The environment that it reads first, where that is another. */
  readonly source?: string;
  /** To users without the right it is as if there were nothing. */
  readonly unknownToUsers?: true;
  /** The right is asked for in the project before the environment is looked for: a key that may nowhere learns so. */
  readonly projectFirst?: true;
}

const open: Verdict = { kind: "open" };
const ownAccount: Verdict = { kind: "own account" };

function at(action: Action, where: Where): PermittedVerdict {
  return { kind: "permitted", action, where, hidden: "NOT_FOUND" };
}

/** In an environment whose answers are read from memory. */
function live(action: Action): PermittedVerdict {
  return { ...at(action, "environment"), projectFirst: true };
}

/** A look-up of a single thing says nothing of what the caller may not see. */
function lookup(action: Action, where: Where): PermittedVerdict {
  return { ...at(action, where), hidden: "null" };
}

const queries: Readonly<Record<string, Verdict>> = {
  "query anomalies": at("analytics:read", "environment"),
  "query apiKeys": at("apiKey:read", "project"),
  "query auditEvents": at("audit:read", "project"),
  "query auditVerification": at("audit:verify", "server"),
  "query clients": at("analytics:read", "environment"),
  "query environment": lookup("environment:read", "environment"),
  "query environments": at("environment:read", "project"),
  "query evaluate": live("evaluation:evaluate"),
  "query evaluateAll": live("evaluation:evaluate"),
  "query explain": live("evaluation:explain"),
  "query flag": lookup("flag:read", "project"),
  "query flagAnalytics": at("analytics:read", "environment"),
  "query flags": at("flag:read", "project"),
  "query me": { kind: "oneself" },
  "query metric": lookup("metric:read", "project"),
  "query metrics": at("metric:read", "project"),
  "query experiment": lookup("experiment:read", "project"),
  "query experimentExport": lookup("experiment:read", "project"),
  "query experiments": at("experiment:read", "project"),
  "query experimentTemplate": lookup("experiment:read", "project"),
  "query experimentTemplates": at("experiment:read", "project"),
  "query holdout": lookup("experiment:read", "environment"),
  "query holdouts": at("experiment:read", "environment"),
  "query layer": lookup("experiment:read", "project"),
  "query layers": at("experiment:read", "project"),
  "query guardedRollout": lookup("rollout:read", "project"),
  "query guardedRollouts": at("rollout:read", "project"),
  "query planExperiment": at("experiment:read", "environment"),
  "query project": lookup("project:read", "project"),
  "query projects": { kind: "list of what is seen" },
  "query ruleset": live("ruleset:read"),
  "query segment": lookup("segment:read", "project"),
  "query segments": at("segment:read", "project"),
  "query securityEvents": at("security:read", "server"),
  "query serverInfo": at("server:read", "server"),
  "query sessions": at("user:read", "server"), // the sample's are somebody else's
  "query settings": at("settings:read", "server"),
  "query staleFlags": at("analytics:read", "environment"),
  "query unknownFlags": at("analytics:read", "environment"),
  "query users": at("user:read", "server"),
};

const subscriptions: Readonly<Record<string, Verdict>> = {
  "subscription experimentResults": at("experiment:read", "project"),
  "subscription evaluations": live("evaluation:evaluate"),
  "subscription flagChanges": live("flag:watch"),
  "subscription ruleset": live("ruleset:read"),
};

const accountMutations: Readonly<Record<string, Verdict>> = {
  "mutation login": open,
  "mutation refresh": open,
  "mutation register": open,

  "mutation beginTwoFactor": ownAccount,
  "mutation changePassword": ownAccount,
  "mutation confirmTwoFactor": ownAccount,
  "mutation disableTwoFactor": ownAccount,
  "mutation logout": ownAccount,
  "mutation logoutEverywhere": ownAccount,
  "mutation regenerateRecoveryCodes": ownAccount,
  "mutation stepUp": ownAccount,

  "mutation createUser": at("user:manage", "server"),
  "mutation deactivateUser": at("user:manage", "server"),
  "mutation eraseChanges": at("audit:erase", "server"),
  "mutation eraseUser": at("user:manage", "server"),
  "mutation reactivateUser": at("user:manage", "server"),
  "mutation resetPassword": at("user:manage", "server"),
  "mutation resetTwoFactor": at("user:manage", "server"),
  "mutation revokeSession": { ...at("user:manage", "server"), unknownToUsers: true }, // likewise
  "mutation setUserRole": at("user:manage", "server"),
  "mutation updateUser": at("user:manage", "server"),

  "mutation createApiKey": at("apiKey:manage", "project"),
  "mutation revokeApiKey": at("apiKey:manage", "project"),
  "mutation rotateApiKey": at("apiKey:manage", "project"),
  "mutation updateApiKey": at("apiKey:manage", "project"),
};

const projectMutations: Readonly<Record<string, Verdict>> = {
  "mutation updateSettings": at("settings:update", "server"),

  "mutation createProject": at("project:create", "server"),
  "mutation deleteProject": at("project:delete", "project"),
  "mutation updateProject": at("project:update", "project"),

  "mutation createEnvironment": at("environment:create", "project"),
  "mutation deleteEnvironment": at("environment:delete", "environment"),
  "mutation rotateContextProofSecret": at("environment:update", "environment"),
  "mutation updateEnvironment": at("environment:update", "environment"),

  "mutation changeSegmentMembers": at("segment:update", "in use"),
  "mutation createSegment": at("segment:create", "project"),
  "mutation deleteSegment": at("segment:delete", "project"),
  "mutation updateSegment": at("segment:update", "in use"),
};

const metricMutations: Readonly<Record<string, Verdict>> = {
  "mutation archiveMetric": at("metric:archive", "project"),
  "mutation createMetric": at("metric:create", "project"),
  "mutation restoreMetric": at("metric:archive", "project"),
  "mutation updateMetric": at("metric:update", "project"),
  "mutation track": { kind: "own place", action: "tracking:track" },
  "mutation trackExposures": { kind: "own place", action: "tracking:track" },
};

/** In the environment of an experiment, which is looked for in its project. */
const run: Verdict = { ...at("experiment:run", "environment"), projectFirst: true };

const experimentMutations: Readonly<Record<string, Verdict>> = {
  "mutation changeTraffic": run,
  "mutation concludeExperiment": run,
  "mutation createExperiment": at("experiment:create", "environment"),
  "mutation deleteExperiment": at("experiment:update", "project"), // the samples are drafts
  "mutation pauseExperiment": run,
  "mutation resumeExperiment": run,
  "mutation startExperiment": run,
  "mutation stopExperiment": run,
  "mutation updateExperiment": at("experiment:update", "project"),

  "mutation createExperimentTemplate": at("experiment:create", "project"),
  "mutation deleteExperimentTemplate": at("experiment:update", "project"),
  "mutation updateExperimentTemplate": at("experiment:update", "project"),
  "mutation createHoldout": at("experiment:run", "environment"),
  "mutation deleteHoldout": at("experiment:run", "environment"),
  "mutation updateHoldout": at("experiment:run", "environment"),
  "mutation createLayer": at("experiment:create", "project"),
  "mutation deleteLayer": at("experiment:update", "project"),
  "mutation updateLayer": at("experiment:update", "project"),
};

/** In the environment of a rollout, whose project is asked about first. */
const roll: Verdict = { ...at("rollout:run", "environment"), projectFirst: true };

const rolloutMutations: Readonly<Record<string, Verdict>> = {
  "mutation abortGuardedRollout": roll,
  "mutation approveStep": { ...roll, action: "rollout:approve" },
  "mutation pauseGuardedRollout": roll,
  "mutation resumeGuardedRollout": roll,
  "mutation startGuardedRollout": at("rollout:run", "environment"),
};

const flagMutations: Readonly<Record<string, Verdict>> = {
  "mutation addVariant": at("flag:update", "project"), // served nowhere yet
  "mutation archiveFlag": at("flag:archive", "in use"),
  "mutation createFlag": at("flag:configure", "in use"), // the sample begins enabled
  "mutation deleteFlag": at("flag:delete", "in use"),
  "mutation killFlag": at("flag:kill", "project"),
  "mutation removeVariant": at("flag:update", "project"),
  "mutation restoreFlag": at("flag:archive", "in use"),
  "mutation revertChange": { ...at("flag:configure", "in use"), known: "audit:read" },
  "mutation updateFlag": at("flag:update", "in use"),
  "mutation updateVariant": at("flag:update", "in use"),

  "mutation addRule": at("flag:configure", "environment"),
  "mutation copyFlagEnvironment": { ...at("flag:configure", "environment"), source: "development" },
  "mutation removeRule": at("flag:configure", "environment"),
  "mutation reorderRules": at("flag:configure", "environment"),
  "mutation setFallthrough": at("flag:configure", "environment"),
  "mutation setFlagEnabled": at("flag:configure", "environment"),
  "mutation setPrerequisites": at("flag:configure", "environment"),
  "mutation setRollout": at("flag:configure", "environment"),
  "mutation setTargets": at("flag:configure", "environment"),
  "mutation updateFlagEnvironment": at("flag:configure", "environment"),
  "mutation updateRule": at("flag:configure", "environment"),
};

/** By title, such as `mutation setFlagEnabled`. */
export const verdicts: Readonly<Record<string, Verdict>> = {
  ...queries,
  ...subscriptions,
  ...accountMutations,
  ...projectMutations,
  ...flagMutations,
  ...metricMutations,
  ...experimentMutations,
  ...rolloutMutations,
};

/** Whether it is for signed-in people, about their own account. */
export function isOwnAccount(title: string): boolean {
  return verdicts[title]?.kind === "own account";
}

/** Whether it is open to strangers. */
export function isOpen(title: string): boolean {
  return verdicts[title]?.kind === "open";
}

/** Before others touch what it is about. */
const first = new Set(["revertChange", "revokeSession"]);

/** What takes something away comes last, in an order that leaves the next one something to work on. */
const last = [
  ...["addRule", "reorderRules", "removeRule", "addVariant", "removeVariant"],
  ...[
    "copyFlagEnvironment",
    "updateEnvironment",
    "restoreFlag",
    "archiveFlag",
    "archiveMetric",
    "deleteFlag",
    "deleteSegment",
  ],
  ...["revokeApiKey", "deactivateUser", "reactivateUser", "eraseUser", "deleteEnvironment", "deleteProject"],
];

function rank({ title }: { readonly title: string }): number {
  const name = title.replace("mutation ", "");
  return first.has(name) ? -1 : last.indexOf(name) + 1;
}

/** Compares operations so that, one after the other in that order, each finds what it needs. */
export function inOrder(a: { readonly title: string }, b: { readonly title: string }): number {
  return rank(a) - rank(b);
}
