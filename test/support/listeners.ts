/** Counts who listens in a hub: what is shared and what is never let go of shows there. */
import type { Delivery } from "../../src/features/delivery/index.js";

/** How many listen, of all that begin after this call, in all environments. */
export function countListeners({ hub }: Delivery): () => number {
  const listening = new Set<object>();
  const listen = hub.listen.bind(hub);
  hub.listen = (place, wake) => {
    const listener = {};
    listening.add(listener);
    const stop = listen(place, wake);
    return () => {
      listening.delete(listener);
      stop();
    };
  };
  return () => listening.size;
}
