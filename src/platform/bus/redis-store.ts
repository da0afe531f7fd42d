/** What instances share through Redis beside doorbells and limits: values that any of them may lose and make again. */
import type { Redis } from "ioredis";
import type { SharedStore } from "./bus.js";
import type { Ask } from "./redis-asking.js";

const SMALL_DEADLINE_MS = 500;
/** For a value of some megabytes. */
const LARGE_DEADLINE_MS = 5_000;

export function createRedisStore(
  client: Pick<Redis, "getBuffer" | "set" | "pexpire">,
  ask: Ask,
): SharedStore {
  const keyOf = (name: string): string => `halyard:shared:${name}`;
  return {
    get: async (name) => ask(async () => client.getBuffer(keyOf(name)), LARGE_DEADLINE_MS),
    set: async (name, bytes, forMs) => {
      await ask(async () => client.set(keyOf(name), bytes, "PX", forMs), LARGE_DEADLINE_MS);
    },
    prolong: async (name, forMs) => {
      await ask(async () => client.pexpire(keyOf(name), forMs), SMALL_DEADLINE_MS);
    },
    claim: async (name, forMs) => {
      const claimed = await ask(
        async () => client.set(keyOf(name), "1", "PX", forMs, "NX"),
        SMALL_DEADLINE_MS,
      );
      return claimed === "OK";
    },
  };
}
