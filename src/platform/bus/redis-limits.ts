/** Limits that all instances share through Redis; without it each goes on with what it knows itself. */
import type { Redis } from "ioredis";
import { z } from "zod";
import { type BackOff, forgetFailuresMs, type Limits, minuteMs, rememberMs } from "../limits/limits.js";
import { createLocalLimits } from "../limits/local-limits.js";
import { SharedBudget, type Share, shareEveryMs } from "../limits/shared-budget.js";
import type { Ask } from "./redis-asking.js";
import { attemptScript, spendScript, withdrawScript } from "./redis-scripts.js";

const deadlineMs = 250; // whoever signs in waits for it
const mostOwedMs = 2 * minuteMs; // instances that each let a whole budget through before they heard of each other are forgiven the rest

export interface RedisLimits {
  readonly limits: Limits;
  readonly close: () => void;
}

type Client = Pick<Redis, "eval" | "set" | "exists" | "del">;
type InTime = <T>(call: () => Promise<T>) => Promise<T>;

/** `now` gives epoch milliseconds: the instances' clocks must agree to within seconds. */
export function createRedisLimits(client: Client, ask: Ask, now: () => number): RedisLimits {
  const inTime: InTime = async (call) => ask(call, deadlineMs);
  const budgets = new Map<string, SharedBudget>();
  const shares = createShares(client, inTime, now);
  let sharing = false;

  async function shareAll(): Promise<void> {
    if (sharing) return;
    sharing = true;
    for (const [name, budget] of budgets) await budget.share(shares(name)).catch(() => undefined);
    sharing = false;
  }

  const timer = setInterval(() => void shareAll(), shareEveryMs).unref();
  const budget = (name: string, perMinute: number): SharedBudget => {
    const shared = budgets.get(name) ?? new SharedBudget(perMinute, now);
    budgets.set(name, shared);
    return shared;
  };
  return {
    limits: { budget, ...createSignIns(client, inTime, now) },
    close: () => clearInterval(timer),
  };
}

function createShares(client: Client, inTime: InTime, now: () => number): (name: string) => Share {
  const answer = z.array(z.coerce.number());
  return (name) => async (costs) => {
    const keys = costs.map(([key]) => `halyard:budget:${name}:${key}`);
    const values = [now(), mostOwedMs, ...costs.map(([, cost]) => cost)];
    return answer.parse(await inTime(async () => client.eval(spendScript, keys.length, ...keys, ...values)));
  };
}

/** What is known here holds in any case; Redis adds what the others know. */
function createSignIns(client: Client, inTime: InTime, now: () => number): Omit<Limits, "budget"> {
  const local = createLocalLimits(now);
  const attemptThere = async (backOffs: readonly BackOff[]): Promise<number> => {
    const keys = backOffs.map(({ key }) => backOffKey(key));
    const rules = backOffs.flatMap(({ free, firstMs, longestMs }) => [free, firstMs, longestMs]);
    const values = [...keys, now(), forgetFailuresMs, ...rules];
    return Number(await inTime(async () => client.eval(attemptScript, keys.length, ...values)));
  };
  return {
    attempt: async (backOffs) => {
      const wait = await local.attempt(backOffs);
      if (wait > 0) return wait;
      const there = await attemptThere(backOffs).catch(() => 0);
      if (there > 0) await local.withdraw(backOffs.map(({ key }) => key));
      return there;
    },
    succeed: async (keys) => {
      await local.succeed(keys);
      await inTime(async () => client.del(...keys.map(backOffKey))).catch(() => undefined);
    },
    withdraw: async (keys) => {
      await local.withdraw(keys);
      const counted = keys.map(backOffKey);
      const asked = inTime(async () => client.eval(withdrawScript, counted.length, ...counted));
      await asked.catch(() => undefined);
    },
    remember: async (key) => {
      await local.remember(key);
      const asked = inTime(async () => client.set(rememberedKey(key), 1, "PX", rememberMs));
      await asked.catch(() => undefined);
    },
    knows: async (key) => {
      if (await local.knows(key)) return true;
      return inTime(async () => client.exists(rememberedKey(key))).then(
        (found) => found === 1,
        () => false,
      );
    },
  };
}

function backOffKey(key: string): string {
  return `halyard:back-off:${key}`;
}

function rememberedKey(key: string): string {
  return `halyard:remembered:${key}`;
}
