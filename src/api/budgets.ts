/** How much each credential may ask for in a minute, the same at every door; decided from memory. */
import type { Caller } from "../features/permissions/index.js";
import type { Limits } from "../platform/limits/limits.js";
import type { RateLimitSettings } from "../platform/config.js";
import type { Metrics } from "../platform/metrics.js";
import { networkOf } from "../platform/addresses.js";
import { rateLimited } from "../platform/problems.js";

export type Purpose = "evaluation" | "management";

export interface Budgets {
  /** Spends so many of the caller's, one unless said otherwise. Throws RATE_LIMITED when not as much is left. */
  readonly spend: (caller: Caller, purpose: Purpose, count?: number) => void;
}

interface BudgetTools {
  readonly limits: Limits;
  readonly metrics: Pick<Metrics, "countRateLimited">;
}

export function createBudgets(tools: BudgetTools, settings: RateLimitSettings): Budgets {
  const budgets = {
    evaluation: tools.limits.budget("evaluation", settings.evaluation),
    management: tools.limits.budget("management", settings.management),
  };
  return {
    spend: (caller, purpose, count = 1) => {
      const wait = budgets[purpose].spend(spenderOf(caller), count);
      if (wait === 0) return;
      tools.metrics.countRateLimited(purpose);
      throw rateLimited(purpose === "evaluation" ? "evaluations" : "requests", wait);
    },
  };
}

/** Whose share it is. CLIENT keys are public: whoever copies one spends their own address's budget, and nobody else's. */
export function spenderOf({ identity, ip }: Caller): string {
  if (identity.kind === "USER") return identity.id;
  if (identity.kind !== "API_KEY") return networkOf(ip);
  return identity.keyKind === "CLIENT" ? `${identity.id} ${networkOf(ip)}` : identity.id;
}

const evaluations: ReadonlySet<string> = new Set([
  ...["evaluate", "evaluateAll", "explain", "ruleset", "track", "trackExposures"],
]);

/** What a field of Query, Mutation or Subscription spends; a subscription once, when it begins. */
export function purposeOf(type: string, field: string): Purpose {
  return type === "Subscription" || evaluations.has(field) ? "evaluation" : "management";
}

/** Where the batches stand that are stored entry by entry. */
const batches: ReadonlyMap<string, string> = new Map([
  ["track", "events"],
  ["trackExposures", "exposures"],
]);

/**
 * How many a field spends with those arguments. What a CLIENT key sends to be stored counts entry by entry: anybody can send it, and as much
 * as fits.
 */
export function countOf({ identity }: Caller, field: string, args: unknown): number {
  const batch = batches.get(field);
  if (batch === undefined || identity.kind !== "API_KEY" || identity.keyKind !== "CLIENT") return 1;
  const { input } = args as { readonly input?: Readonly<Record<string, unknown>> };
  const list = input?.[batch];
  return Array.isArray(list) ? Math.max(1, list.length) : 1;
}
