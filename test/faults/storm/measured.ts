/** What the servers say of their own health. */
import { setTimeout as sleep } from "node:timers/promises";
import { type Connections, connectionsOf } from "./connections.js";
import { collectGarbage } from "./garbage.js";
import type { Reachable, Server } from "./server.js";

/** What a server says of itself. */
export interface Said {
  /** Of the heap, bytes. */
  readonly heap: number;
  /** Resident, bytes. */
  readonly memory: number;
  readonly descriptors: number;
  /** Timers, sockets and whatever else keeps the process going. */
  readonly resources: number;
}

export interface Measured extends Said {
  readonly connections: Connections;
}

/** For what was let go of to be closed. */
const settlesMs = 200;

/** At rest: of its heap what is left once its garbage is collected. */
export async function measure(server: Server): Promise<Measured> {
  await collectGarbage(server.output);
  await sleep(settlesMs);
  return { ...(await look(server)), connections: await connectionsOf(server) };
}

/** As it is at this moment. */
export async function look({ url }: Reachable): Promise<Said> {
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
 * What a server that lived through the storm should not show: descriptors, timers or other resources that nobody gave back, and a heap that
 * went on growing. `heaps` were taken at even distances, under load; what is held is compared from the second quarter, when all is warm, to the last.
 */
export function leaks(before: Measured, after: Measured, heaps: readonly number[]): string[] {
  const found: string[] = [];
  for (const name of ["descriptors", "resources"] as const) {
    const [early, late] = [ownOf(before, name), ownOf(after, name)];
    if (late > early + spare)
      found.push(`${name} went from ${early} to ${late}, besides those of clients and to PostgreSQL`);
  }
  if (after.connections.postgresql > mostToPostgresql)
    found.push(`${after.connections.postgresql} connections to PostgreSQL are left`);
  if (heaps.length < enoughHeaps) return found;
  const { early, late } = growth(heaps);
  if (late > early * 1.2 + 10 * mebibyte) found.push(`the heap grew from ${early} to ${late} bytes`);
  if (after.heap > before.heap * 1.2 + 10 * mebibyte)
    found.push(`the heap at rest grew from ${before.heap} to ${after.heap} bytes`);
  return found;
}

/** Besides those that come and go with who is being served: connections of clients, and to PostgreSQL, of which a pool opens as many as it needs. */
function ownOf({ connections, ...said }: Measured, name: "descriptors" | "resources"): number {
  return said[name] - connections.clients - connections.postgresql;
}

/** The least of each quarter, for a heap rises until it is collected, and what is left then is what is held. Bytes. */
export function growth(heaps: readonly number[]): { readonly early: number; readonly late: number } {
  const quarter = Math.max(1, Math.floor(heaps.length / 4));
  return { early: Math.min(...heaps.slice(quarter, 2 * quarter)), late: Math.min(...heaps.slice(-quarter)) };
}

/** A timer that happens to run, a connection that is being renewed. */
const spare = 3;
/** Two pools: of ten, and of six for who must not wait. */
const mostToPostgresql = 16;
const enoughHeaps = 40;
const mebibyte = 1024 * 1024;
