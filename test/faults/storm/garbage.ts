/** Has a server collect its garbage, so that what it still holds is what it holds on to. */
import { once } from "node:events";
import { WebSocket } from "ws";

const withinMs = 10_000;

/** `output` is what a server that was started with `--inspect` printed, the last time at its end. */
export async function collectGarbage(output: string): Promise<void> {
  const address = output.match(/(?<=Debugger listening on )ws:\S+/g)?.at(-1);
  if (address === undefined) throw new Error("The server does not say where it can be inspected.");
  const inspector = new WebSocket(address);
  const signal = AbortSignal.timeout(withinMs);
  try {
    await once(inspector, "open", { signal });
    inspector.send(JSON.stringify({ id: 1, method: "HeapProfiler.collectGarbage" }));
    await once(inspector, "message", { signal });
  } finally {
    inspector.terminate();
  }
}
