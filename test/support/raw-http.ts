/** HTTP as bytes on a socket, for requests that no client library would send. */
import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";

/** A socket to a server such as `http://127.0.0.1:4000`. */
export async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => resolve(socket));
    socket.on("error", reject);
  });
}

/** What the server says until it closes the connection, or has been silent for `patienceMs`. */
export async function answerTo(url: string, bytes: string | Buffer, patienceMs = 1_000): Promise<string> {
  const socket = await openSocket(url);
  const { told } = await sendAndListen(socket, bytes, patienceMs);
  return told;
}

/** What came back, and how many milliseconds after the first byte was sent the connection was closed or given up. */
export async function sendAndListen(
  socket: Socket,
  bytes: string | Buffer,
  patienceMs: number,
): Promise<{ told: string; afterMs: number; closed: boolean }> {
  const started = performance.now();
  socket.removeAllListeners("error");
  return new Promise((resolve) => {
    let told = "";
    const done = (closed: boolean): void => {
      socket.destroy();
      resolve({ told, afterMs: performance.now() - started, closed });
    };
    socket.on("data", (chunk: Buffer) => {
      told += chunk.toString("latin1");
    });
    socket.on("error", () => done(true));
    socket.on("close", () => done(true));
    socket.setTimeout(patienceMs, () => done(false));
    socket.write(bytes);
  });
}

/** Status of an answer as it came from the socket; 0 where there is none. */
export function statusIn(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);
}
