/** A line between a client and a server that a test can cut and slow in the ways in which lines are cut and slow. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type Filter, pump } from "./tcp-pump.js";

/** What the client says, or what the server says. */
export type Direction = "toServer" | "toClient";

export interface TcpProxy {
  readonly port: number;
  /** Swallows everything (in both directions unless told) while the connections stay open, as a firewall that lost its state does. */
  readonly blackHole: (...directions: readonly Direction[]) => void;
  /**
   * Of the next connection whose client says these words, one after the other, that direction goes dead at once: the last words themselves are
   * lost, or what is answered.
   */
  readonly loseAt: (direction: Direction, ...words: readonly string[]) => void;
  /** Ends every connection, and each new one at once, as a server that was stopped does. */
  readonly cut: () => void;
  /** Ends the connections that there are; new ones are let through. */
  readonly drop: () => void;
  /** From now on everything arrives that much later, in order. */
  readonly delay: (milliseconds: number) => void;
  /** Lets everything through again. Connections of which something was swallowed stay dead. */
  readonly heal: () => void;
  readonly close: () => Promise<void>;
}

interface Line {
  /** Directions that swallow; what was swallowed once is out of step for good. */
  readonly dead: Set<Direction>;
}

const both: readonly Direction[] = ["toServer", "toClient"];

/** `filter` gives each new connection a look at what the server says; see `Filter`. */
export async function openTcpProxy(
  target: { host: string; port: number },
  filter?: () => Filter,
): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const lines = new Set<Line>();
  let holes: readonly Direction[] = [];
  let isCut = false;
  let delayMs = 0;
  let trap: { readonly direction: Direction; readonly words: readonly string[] } | undefined;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  };
  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((client) => {
    keep(client);
    if (isCut) return void client.destroy();
    const upstream = connect(target);
    keep(upstream);
    const line: Line = { dead: new Set(holes) };
    lines.add(line);
    const flow = (direction: Direction) => ({
      swallows: () => line.dead.has(direction),
      delayMs: () => delayMs,
    });
    let said = 0;
    client.on("data", (chunk: Buffer) => {
      if (trap === undefined || !chunk.includes(trap.words[said] ?? "")) return;
      said += 1;
      if (said < trap.words.length) return;
      line.dead.add(trap.direction);
      trap = undefined;
    });
    pump(client, upstream, flow("toServer"));
    pump(upstream, client, flow("toClient"), filter?.());
    const end = (): void => {
      lines.delete(line);
      client.destroy();
      upstream.destroy();
    };
    client.on("close", end);
    upstream.on("close", () => {
      if (line.dead.has("toClient")) return; // not even the end is heard
      end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    blackHole: (...directions) => {
      holes = directions.length === 0 ? both : directions;
      for (const { dead } of lines) for (const direction of holes) dead.add(direction);
    },
    loseAt: (direction, ...words) => {
      trap = { direction, words };
    },
    cut: () => {
      isCut = true;
      destroyAll();
    },
    drop: destroyAll,
    delay: (milliseconds) => {
      delayMs = milliseconds;
    },
    heal: () => {
      holes = [];
      isCut = false;
      delayMs = 0;
    },
    close: async () => {
      destroyAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
