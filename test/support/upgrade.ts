/** The opening of a WebSocket, looked at from outside. */
import { WebSocket } from "ws";

/** Status that a server such as `http://127.0.0.1:4000` gives to an upgrade with these headers: 101 where it is let in. */
export async function upgradeStatus(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const address = `${url.replace(/^http/, "ws")}/graphql`;
    const socket = new WebSocket(address, "graphql-transport-ws", { headers });
    socket.on("unexpected-response", (request, response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("open", () => {
      resolve(101);
      socket.close();
    });
  });
}
