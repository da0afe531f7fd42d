/** What the servers say of their own health. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Reachable } from "./server.js";

export interface Measured {
  /** Of the heap, bytes; the least of a few looks, which is nearest to what is really held. */
  readonly heap: number;
  /** Resident, bytes. */
  readonly memory: number;
  readonly descriptors: number;
  /** Timers, sockets and whatever else keeps the process going. */
  readonly resources: number;
}

const looks = 5;
const betweenLooksMs = 100;

/** Takes half a second. */
export async function measure(server: Reachable): Promise<Measured> {
  const seen: Measured[] = [];
  for (let count = 0; count < looks; count += 1) {
    seen.push(await look(server));
    await sleep(betweenLooksMs);
  }
  const least = (name: keyof Measured): number => Math.min(...seen.map((one) => one[name]));
  return {
    heap: least("heap"),
    memory: least("memory"),
    descriptors: least("descriptors"),
    resources: least("resources"),
  };
}

/** As it is at this moment. */
export async function look({ url }: Reachable): Promise<Measured> {
  const response = await fetch(`${url}/metrics`);
  const text = await response.text();
  const figure = (name: string): number =>
    Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1] ?? Number.NaN);
  return {
    heap: figure("nodejs_heap_size_used_bytes"),
    memory: figure("process_resident_memory_bytes"),
    descriptors: figure("process_open_fds"),
    resources: figure("nodejs_active_resources_total"),
  };
}

/**
 * What a server that lived through the storm should not show: descriptors or resources that nobody gave back, and a heap that went on growing.
 * `heaps` were taken at even distances, under load; what is held is compared from the second quarter, when all is warm, to the last.
 */
export function leaks(before: Measured, after: Measured, heaps: readonly number[]): string[] {
  const found: string[] = [];
  for (const name of ["descriptors", "resources"] as const) {
    if (after[name] > before[name] + spare) found.push(`${name} went from ${before[name]} to ${after[name]}`);
  }
  if (heaps.length < enoughHeaps) return found;
  const { early, late } = growth(heaps);
  if (late > early * 1.2 + 10 * mebibyte) found.push(`the heap grew from ${early} to ${late} bytes`);
  return found;
}

/** The least of each quarter, for a heap rises until it is collected, and what is left then is what is held. Bytes. */
export function growth(heaps: readonly number[]): { readonly early: number; readonly late: number } {
  const quarter = Math.max(1, Math.floor(heaps.length / 4));
  return { early: Math.min(...heaps.slice(quarter, 2 * quarter)), late: Math.min(...heaps.slice(-quarter)) };
}

/** The pool to PostgreSQL has up to ten connections more than at the start, and each its timers. */
const spare = 20;
const enoughHeaps = 40;
const mebibyte = 1024 * 1024;
