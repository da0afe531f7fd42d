/** A WebSocket that says exactly what a test makes it say, and remembers what it was told. */
import { WebSocket } from "ws";

export interface Frame {
  readonly id?: string;
  readonly type: string;
  readonly payload?: unknown;
}

export interface Closing {
  readonly code: number;
  readonly reason: string;
}

export interface FrameSocket {
  readonly socket: WebSocket;
  /** Text goes out as it is, everything else as JSON. */
  readonly say: (...messages: readonly unknown[]) => void;
  /** The next frame that fits and was not waited for yet. */
  readonly frame: (fits: (frame: Frame) => boolean, withinMs?: number) => Promise<Frame>;
  readonly closed: (withinMs?: number) => Promise<Closing>;
}

/** Resolves once it is open; `init` is the payload of `connection_init`, after which the acknowledgement was heard. */
export async function openFrames(
  url: string,
  init?: Readonly<Record<string, unknown>>,
  protocols: readonly string[] = ["graphql-transport-ws"],
): Promise<FrameSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/graphql`, [...protocols]);
  const heard: Frame[] = [];
  let closing: Closing | undefined;
  let wake = (): void => undefined;
  socket.on("open", () => wake());
  socket.on("message", (data: Buffer) => {
    heard.push(JSON.parse(data.toString()) as Frame);
    wake();
  });
  socket.on("error", () => undefined);
  socket.on("close", (code, reason) => {
    closing = { code, reason: reason.toString() };
    wake();
  });
  const until = async <T>(look: () => T | undefined, what: string, withinMs: number): Promise<T> => {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (Date.now() >= deadline) throw new Error(`${what} did not come within ${withinMs} ms.`);
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, Math.min(50, withinMs));
      });
    }
  };
  const say: FrameSocket["say"] = (...messages) => {
    for (const message of messages)
      socket.send(typeof message === "string" ? message : JSON.stringify(message));
  };
  const frame: FrameSocket["frame"] = async (fits, withinMs = 5_000) =>
    until(
      () => {
        const at = heard.findIndex(fits);
        return at < 0 ? undefined : heard.splice(at, 1)[0];
      },
      "A frame",
      withinMs,
    );
  const closed: FrameSocket["closed"] = async (withinMs = 10_000) =>
    until(() => closing, "The end", withinMs);
  await until(() => (socket.readyState === WebSocket.CONNECTING ? undefined : true), "The opening", 5_000);
  if (init !== undefined) {
    say({ type: "connection_init", payload: init });
    await frame(({ type }) => type === "connection_ack");
  }
  return { socket, say, frame, closed };
}

/** `connection_init` of a credential. */
export function bearer(credential: string): Readonly<Record<string, unknown>> {
  return { authorization: `Bearer ${credential}` };
}
