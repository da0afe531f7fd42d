/** The way to PostgreSQL: TCP, and TLS where the URL asks for it, all within one deadline. */
import { once } from "node:events";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

export interface Address {
  readonly host: string;
  readonly port: number;
  /** The driver's reading of `sslmode`: false is plain, and everything that is not in `unverified` is verified. */
  readonly ssl: unknown;
}

/** What PostgreSQL calls encrypted but not verified; the first two make do without encryption. */
const optional = new Set<unknown>(["allow", "prefer"]);
const unverified = new Set<unknown>([...optional, "require"]);

/** PostgreSQL's question before TLS: the length 8 and the code 80877103. It is answered by one byte. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** The server does not speak TLS, or not as the URL asks for it. */
class InsecureServer extends Error {
  override readonly name = "InsecureServer";
}

/** Whether the way was refused for want of security; the chain of causes is followed. */
export function isInsecure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error instanceof InsecureServer || isInsecure(error.cause);
}

/** A socket on which PostgreSQL's protocol can begin. It never lacks a listener for its errors. */
export async function dial(address: Address, deadlineMs: number): Promise<Socket> {
  const socket = connect({ host: address.host, port: address.port });
  const closed = new AbortController();
  socket.on("error", () => {});
  socket.once("close", () => closed.abort(new Error("the server closed the connection")));
  const late = new Error(`not connected within ${deadlineMs} ms`);
  const timer = setTimeout(() => socket.destroy(late), deadlineMs);
  try {
    await once(socket, "connect", { signal: closed.signal });
    return address.ssl === false ? socket : await secure(socket, address, closed.signal);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function secure(socket: Socket, { host, ssl }: Address, signal: AbortSignal): Promise<Socket> {
  const answered = once(socket, "data", { signal });
  socket.write(SSL_REQUEST);
  const [answer] = (await answered) as [Buffer];
  // Exactly one byte: more would have been slipped in by somebody else.
  if (answer.toString() !== "S") {
    if (answer.toString() === "N" && optional.has(ssl)) return socket;
    throw new InsecureServer("the server does not offer TLS");
  }
  const secured = connectTls({
    socket,
    host,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    rejectUnauthorized: !unverified.has(ssl),
  });
  secured.on("error", () => {});
  try {
    await once(secured, "secureConnect", { signal });
  } catch (error) {
    const isUnverified = Boolean(secured.authorizationError);
    throw isUnverified ? new InsecureServer("the server cannot be verified", { cause: error }) : error;
  }
  return secured;
}
