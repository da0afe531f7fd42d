/** Knows which requests are being answered, so that the server closes after the last of them and not in its midst. */
import type { Server, ServerResponse } from "node:http";

export interface RequestsInFlight {
  /** Resolves when none is left, or after `withinMs`. */
  readonly finished: (withinMs: number) => Promise<void>;
}

/** Watches from now on. */
export function watchRequests(server: Server): RequestsInFlight {
  const open = new Set<ServerResponse>();
  let emptied = (): void => undefined;
  server.on("request", (_request, response) => {
    open.add(response);
    response.once("close", () => {
      open.delete(response);
      if (open.size === 0) emptied();
    });
  });
  return {
    finished: async (withinMs) => {
      if (open.size === 0) return;
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        emptied = resolve;
        timer = setTimeout(resolve, withinMs);
      });
      clearTimeout(timer);
    },
  };
}
