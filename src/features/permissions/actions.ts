/** The permissions table: every action of the house, who may do it, and where it takes place. */
import { ApiKeyKind, Role } from "./caller.js";

interface Rule {
  /** The lowest role that may; null: none, it is for keys alone. */
  readonly role: Role | null;
  /** The lowest role that may where the environment is protected; the same as `role` when absent. */
  readonly protectedRole?: Role;
  /** A role in any one project is enough, since the answer belongs to no project. */
  readonly anywhere?: true;
  /** Where users with a second factor must have shown it lately. */
  readonly stepUp?: "everywhere" | "where protected";
  /** Kinds of API key that may without a role. */
  readonly keys?: readonly ApiKeyKind[];
}

const evaluators = [ApiKeyKind.CLIENT, ApiKeyKind.SERVER] as const;

/** One row an action, `noun:verb`. Use cases name the action; nothing else decides who may do what. */
export const actions = {
  "evaluation:evaluate": { role: Role.VIEWER, keys: evaluators },
  "evaluation:explain": { role: Role.VIEWER, keys: [ApiKeyKind.SERVER] },
  "ruleset:read": { role: Role.VIEWER, keys: [ApiKeyKind.SERVER] },
  "flag:watch": { role: Role.VIEWER, keys: [ApiKeyKind.SERVER] },

  "project:read": { role: Role.VIEWER },
  "project:create": { role: Role.ADMIN },
  "project:update": { role: Role.ADMIN },
  "project:delete": { role: Role.ADMIN, stepUp: "everywhere" },

  "environment:read": { role: Role.VIEWER },
  "environment:create": { role: Role.MANAGER },
  "environment:update": { role: Role.MANAGER, stepUp: "where protected" },
  "environment:delete": { role: Role.MANAGER, stepUp: "where protected" },

  "segment:read": { role: Role.VIEWER },
  "segment:create": { role: Role.DEVELOPER },
  "segment:update": {
    role: Role.DEVELOPER,
    protectedRole: Role.MANAGER,
    stepUp: "where protected",
  },
  "segment:delete": { role: Role.MANAGER, stepUp: "where protected" },

  "flag:read": { role: Role.VIEWER },
  "flag:create": { role: Role.DEVELOPER },
  "flag:update": {
    role: Role.DEVELOPER,
    protectedRole: Role.MANAGER,
    stepUp: "where protected",
  },
  "flag:configure": {
    role: Role.DEVELOPER,
    protectedRole: Role.MANAGER,
    stepUp: "where protected",
  },
  "flag:kill": { role: Role.DEVELOPER },
  "flag:archive": { role: Role.MANAGER, stepUp: "where protected" },
  "flag:delete": { role: Role.MANAGER, stepUp: "where protected" },

  "metric:read": { role: Role.VIEWER },
  "metric:create": { role: Role.DEVELOPER },
  "metric:update": { role: Role.DEVELOPER },
  "metric:archive": { role: Role.MANAGER },

  "experiment:read": { role: Role.VIEWER },
  "experiment:create": { role: Role.DEVELOPER },
  "experiment:update": { role: Role.DEVELOPER },
  "experiment:run": {
    role: Role.DEVELOPER,
    protectedRole: Role.MANAGER,
    stepUp: "where protected",
  },

  "rollout:read": { role: Role.VIEWER },
  "rollout:run": {
    role: Role.DEVELOPER,
    protectedRole: Role.MANAGER,
    stepUp: "where protected",
  },
  "rollout:approve": { role: Role.MANAGER, stepUp: "where protected" },

  "analytics:read": { role: Role.VIEWER },

  "tracking:track": { role: null, keys: evaluators },

  "audit:read": { role: Role.VIEWER },
  "audit:verify": { role: Role.ADMIN },
  "audit:erase": { role: Role.ADMIN, stepUp: "everywhere" },
  "apiKey:read": { role: Role.MANAGER },
  "apiKey:manage": { role: Role.MANAGER, stepUp: "everywhere" },
  "user:read": { role: Role.ADMIN },
  "user:manage": { role: Role.ADMIN, stepUp: "everywhere" },
  "settings:read": { role: Role.ADMIN },
  "settings:update": { role: Role.ADMIN, stepUp: "everywhere" },
  "security:read": { role: Role.ADMIN },
  "server:read": { role: Role.VIEWER, anywhere: true, keys: [ApiKeyKind.SERVER] },
} as const satisfies Record<string, Rule>;

export type Action = keyof typeof actions;

/** The rule of an action, in its widest type. */
export function ruleOf(action: Action): Rule {
  return actions[action];
}

const ranks: Record<Role, number> = { VIEWER: 0, DEVELOPER: 1, MANAGER: 2, ADMIN: 3 };

/** Whether `role` is `needed` or higher; null is lower than every role, and nobody has what no role reaches. */
export function reaches(role: Role | null, needed: Role | null): boolean {
  return role !== null && needed !== null && ranks[role] >= ranks[needed];
}

/** The higher of two roles; null is the lowest. */
export function higher(a: Role | null, b: Role | null): Role | null {
  if (a === null || b === null) return a ?? b;
  return ranks[a] >= ranks[b] ? a : b;
}
