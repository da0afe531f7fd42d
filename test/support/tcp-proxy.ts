/** A line between a client and a server that a test can cut in the ways in which lines are cut. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface TcpProxy {
  readonly port: number;
  /** Swallows everything in both directions while the connections stay open, as a firewall that lost its state does. */
  readonly blackHole: () => void;
  /** Ends every connection, and each new one at once, as a server that was stopped does. */
  readonly cut: () => void;
  /** Lets new connections through. Those that were swallowed stay dead. */
  readonly heal: () => void;
  readonly close: () => Promise<void>;
}

export async function openTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let swallows = false;
  let isCut = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    if (isCut) return void client.destroy();
    if (swallows) return void client.resume();
    const upstream = connect(target);
    keep(upstream);
    client.pipe(upstream);
    upstream.pipe(client);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    blackHole: () => {
      swallows = true;
      for (const socket of sockets) socket.unpipe().resume();
    },
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    heal: () => {
      swallows = false;
      isCut = false;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
