/** Limits that all instances share through Redis; without it each goes on with what it knows itself. */
import type { Redis } from "ioredis";
import { z } from "zod";
import { withDeadline } from "../deadline.js";
import { type BackOff, forgetFailuresMs, type Limits, minuteMs, rememberMs } from "../limits/limits.js";
import { createLocalLimits } from "../limits/local-limits.js";
import { SharedBudget, type Share, shareEveryMs } from "../limits/shared-budget.js";
import { attemptScript, spendScript, withdrawScript } from "./redis-scripts.js";

const deadlineMs = 250; // whoever signs in waits for it
const mostOwedMs = 2 * minuteMs; // instances that each let a whole budget through before they heard of each other are forgiven the rest

export interface RedisLimits {
  readonly limits: Limits;
  readonly close: () => void;
}

type Client = Pick<Redis, "eval" | "set" | "exists" | "del">;

/** `now` gives epoch milliseconds: the instances' clocks must agree to within seconds. */
export function createRedisLimits(client: Client, now: () => number): RedisLimits {
  const budgets = new Map<string, SharedBudget>();
  const shares = createShares(client, now);
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
    limits: { budget, ...createSignIns(client, now) },
    close: () => clearInterval(timer),
  };
}

function createShares(client: Client, now: () => number): (name: string) => Share {
  const answer = z.array(z.coerce.number());
  return (name) => async (costs) => {
    const keys = costs.map(([key]) => `halyard:budget:${name}:${key}`);
    const values = [now(), mostOwedMs, ...costs.map(([, cost]) => cost)];
    return answer.parse(await inTime(client.eval(spendScript, keys.length, ...keys, ...values)));
  };
}

/** What is known here holds in any case; Redis adds what the others know. */
function createSignIns(client: Client, now: () => number): Omit<Limits, "budget"> {
  const local = createLocalLimits(now);
  const attemptThere = async (backOffs: readonly BackOff[]): Promise<number> => {
    const keys = backOffs.map(({ key }) => backOffKey(key));
    const rules = backOffs.flatMap(({ free, firstMs, longestMs }) => [free, firstMs, longestMs]);
    const asked = client.eval(attemptScript, keys.length, ...keys, now(), forgetFailuresMs, ...rules);
    return Number(await inTime(asked));
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
      await inTime(client.del(...keys.map(backOffKey))).catch(() => undefined);
    },
    withdraw: async (keys) => {
      await local.withdraw(keys);
      const asked = client.eval(withdrawScript, keys.length, ...keys.map(backOffKey));
      await inTime(asked).catch(() => undefined);
    },
    remember: async (key) => {
      await local.remember(key);
      await inTime(client.set(rememberedKey(key), 1, "PX", rememberMs)).catch(() => undefined);
    },
    knows: async (key) => {
      if (await local.knows(key)) return true;
      return inTime(client.exists(rememberedKey(key))).then(
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

async function inTime<T>(asked: Promise<T>): Promise<T> {
  return withDeadline(asked, deadlineMs, () => new Error("Redis did not answer in time"));
}
