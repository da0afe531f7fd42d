/** The bus of a server that runs alone. */
import type { Log } from "../log.js";
import type { Bus, Doorbell } from "./bus.js";
import { Listeners } from "./listeners.js";
import { createLocalLimits } from "../limits/local-limits.js";

/** `now` gives epoch milliseconds. Always up, so that `onReady` never calls. */
export function openInProcessBus(log: Log, now: () => number): Bus {
  const rings = new Listeners<[Doorbell]>(log);
  const since = now();
  return {
    limits: createLocalLimits(now),
    shared: null,
    ring: async (doorbell) => {
      await Promise.resolve(); // nobody hears before the caller's own turn is over, just as over the network
      rings.tell(doorbell);
    },
    onRing: (listener) => rings.add(listener),
    onReady: () => () => {},
    status: () => ({ kind: "in-process", up: true, since, failures: 0, breaker: "closed" }),
    close: async () => {
      rings.clear();
      await Promise.resolve();
    },
  };
}
