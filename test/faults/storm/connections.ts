/** Whom a process talks to over TCP, as Linux itself tells: no server is asked what it holds. */
import { readdir, readFile, readlink } from "node:fs/promises";
import type { Server } from "./server.js";

export interface Connections {
  /** Of its clients. */
  readonly clients: number;
  readonly postgresql: number;
  readonly redis: number;
  /** Whatever else it opened. */
  readonly others: number;
}

const established = "01";

/** Established ones only. */
export async function connectionsOf({ pid, port, postgres, redis }: Connected): Promise<Connections> {
  const own = await socketsOf(pid);
  const table = `${await readFile(`/proc/${pid}/net/tcp`, "utf8")}\n${await readFile(`/proc/${pid}/net/tcp6`, "utf8")}`;
  const counts = { clients: 0, postgresql: 0, redis: 0, others: 0 };
  for (const line of table.split("\n")) {
    const [, local = "", remote = "", state, , , , , , inode = ""] = line.trim().split(/\s+/);
    if (state !== established || !own.has(inode)) continue;
    const kind =
      portOf(local) === port
        ? "clients"
        : portOf(remote) === postgres.port
          ? "postgresql"
          : portOf(remote) === redis.port
            ? "redis"
            : "others";
    counts[kind] += 1;
  }
  return counts;
}

type Connected = Pick<Server, "pid" | "port" | "postgres" | "redis">;

/** Their inodes. */
async function socketsOf(pid: number): Promise<ReadonlySet<string>> {
  const folder = `/proc/${pid}/fd`;
  const links = (await readdir(folder)).map(
    async (name) => await readlink(`${folder}/${name}`).catch(() => ""),
  );
  const inodes = (await Promise.all(links)).map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? "");
  return new Set(inodes);
}

/** Of an address as the kernel writes it: `0100007F:1F90`. */
function portOf(address: string): number {
  return Number.parseInt(address.split(":")[1] ?? "", 16);
}
