/** Lets the protocol speak over one WebSocket: frames in, frames out, and no client's mistake in anybody's log but at debug. */
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { CloseCode, type Server as Protocol } from "graphql-ws";
import type { WebSocket } from "ws";
import type { Log } from "../../platform/log.js";
import { logBug } from "../http/failures.js";
import type { Line } from "./fan-out/line.js";
import { closeSocket, mostBufferedBytes } from "./socket-watch.js";

/** What the protocol is told of each connection. */
export interface SocketExtra {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  /** The same socket, as events are written to it. */
  readonly line: Line;
}

/** Connects an open socket, until it closes. */
export function connect(protocol: Protocol<SocketExtra>, extra: SocketExtra, log: Log): void {
  const { socket } = extra;
  socket.on("error", (error) =>
    log.debug({ err: error }, "A WebSocket broke, or its client broke the rules."),
  );
  const transport = {
    protocol: socket.protocol,
    send: async (text: string) => send(socket, text),
    close: (code: number, reason: string) => closeSocket(socket, code, reason),
    onMessage: (hear: (text: string) => Promise<void>) => {
      socket.on("message", (data: Buffer) => {
        hear(data.toString()).catch((error: unknown) => fail(socket, error, log));
      });
    },
  };
  const closed = protocol.opened(transport, extra);
  socket.once("close", (code, reason) => {
    closed(code, reason.toString()).catch((error: unknown) => logBug(log, error, randomUUID()));
  });
}

/** Resolves when the text has left for the network. Who does not read is not listened to either, so that questions cannot pile up answers. */
async function send(socket: WebSocket, text: string): Promise<void> {
  if (socket.readyState !== socket.OPEN) return;
  await new Promise<void>((resolve) => {
    socket.send(text, () => {
      if (socket.bufferedAmount <= mostBufferedBytes) socket.resume();
      resolve(); // where it failed, the socket is closing, and whoever speaks on it learns that from there
    });
    if (socket.bufferedAmount > mostBufferedBytes) socket.pause();
  });
}

function fail(socket: WebSocket, error: unknown, log: Log): void {
  const isMisplaced = error instanceof Error && error.message.startsWith("Unexpected message of type");
  if (isMisplaced) return closeSocket(socket, CloseCode.BadRequest, "Invalid message received");
  const errorId = logBug(log, error, randomUUID());
  return closeSocket(socket, CloseCode.InternalServerError, `Something went wrong: ${errorId}`);
}
