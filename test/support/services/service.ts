/** What the tests need of a server that was started for them, or found. */
import { type AddressInfo, createServer } from "node:net";
import type { Blow } from "./own-process.js";

export interface Service {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** One that a test may mistreat. */
export interface OwnService extends Service {
  /** Starts it again at the same address. */
  readonly start: () => Promise<void>;
  /** Strikes it and all that it forked; after SIGKILL it is gone. */
  readonly strike: (blow: Blow) => Promise<void>;
}

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
