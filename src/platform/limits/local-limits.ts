/** Limits of a server that runs alone, and of one that has lost the others. */
import { type Budget, type Limits, rememberMs } from "./limits.js";
import { LocalBackOffs } from "./local-back-offs.js";
import { LocalBudget } from "./local-budget.js";
import { Recent } from "./recent.js";

const mostRemembered = 50_000;

/** `now` gives epoch milliseconds. */
export function createLocalLimits(now: () => number): Limits {
  const budgets = new Map<string, Budget>();
  const backOffs = new LocalBackOffs(now);
  const remembered = new Recent<number>(mostRemembered);
  return {
    budget: (name, perMinute) => {
      const budget = budgets.get(name) ?? new LocalBudget(perMinute, now);
      budgets.set(name, budget);
      return budget;
    },
    attempt: async (attempted) => Promise.resolve(backOffs.attempt(attempted)),
    succeed: async (keys) => Promise.resolve(backOffs.succeed(keys)),
    withdraw: async (keys) => Promise.resolve(backOffs.withdraw(keys)),
    remember: async (key) => Promise.resolve(remembered.set(key, now() + rememberMs)),
    knows: async (key) => Promise.resolve((remembered.get(key) ?? 0) > now()),
  };
}
