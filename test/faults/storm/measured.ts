/** What the servers say of their own health. */
import type { Server } from "./server.js";

export interface Measured {
  /** Of the heap, bytes; the least of a few looks, which is nearest to what is really held. */
  readonly heap: number;
  /** Resident, bytes. */
  readonly memory: number;
  readonly descriptors: number;
  /** Timers, sockets and whatever else keeps the process going. */
  readonly resources: number;
}

const looks = 8;
const betweenLooksMs = 250;

export async function measure({ url }: Server): Promise<Measured> {
  const seen: Measured[] = [];
  for (let look = 0; look < looks; look += 1) {
    const response = await fetch(`${url}/metrics`);
    const text = await response.text();
    const figure = (name: string): number =>
      Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1] ?? Number.NaN);
    seen.push({
      heap: figure("nodejs_heap_size_used_bytes"),
      memory: figure("process_resident_memory_bytes"),
      descriptors: figure("process_open_fds"),
      resources: figure("nodejs_active_resources_total"),
    });
    await new Promise((resolve) => setTimeout(resolve, betweenLooksMs));
  }
  const least = (name: keyof Measured): number => Math.min(...seen.map((one) => one[name]));
  return {
    heap: least("heap"),
    memory: least("memory"),
    descriptors: least("descriptors"),
    resources: least("resources"),
  };
}
