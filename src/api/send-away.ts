/** Sends clients away a slice at a time, so that they do not all come to the other instances at the same moment. */
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

const smallestSlice = 500;
const sliceEveryMs = 250;
const mostSlices = 32; // 8 seconds in all, however many there are
const soonestMs = 500;
const latestMs = 3_000;

/** Calls `close` for each, with the time after which that one may come back. Resolves when the last was told. */
export async function sendAway<Client>(
  clients: Iterable<Client>,
  close: (client: Client, retryInMs: number) => void,
): Promise<void> {
  const all = [...clients];
  const slice = Math.max(smallestSlice, Math.ceil(all.length / mostSlices));
  for (let start = 0; start < all.length; start += slice) {
    if (start > 0) await sleep(sliceEveryMs);
    for (const client of all.slice(start, start + slice)) close(client, randomInt(soonestMs, latestMs));
  }
}
