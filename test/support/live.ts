/** A subscriber on the real WebSocket, read one event at a time. */
import { type Client, createClient } from "graphql-ws";
import { type ClientOptions, WebSocket } from "ws";

/** What the server sent for one event. */
export interface LiveEvent<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[];
}

export interface LiveSubscription<Data> {
  /** The next event; rejects when none comes within `withinMs`, and when the server ended the subscription with errors. */
  readonly next: (withinMs?: number) => Promise<LiveEvent<Data>>;
  /** Events that came and were not read. */
  readonly pending: () => number;
  readonly stop: () => void;
}

/** A graphql-ws client of a server such as `http://127.0.0.1:4000`; `upgrade` says how it opens the socket: headers, certificates. */
export function liveClient(
  url: string,
  credential: string | null,
  params: Record<string, unknown> = {},
  upgrade: ClientOptions = {},
): Client {
  const Socket = class extends WebSocket {
    constructor(address: string, protocol: string) {
      super(address, protocol, upgrade);
    }
  };
  return createClient({
    url: `${url.replace(/^http/, "ws")}/graphql`,
    webSocketImpl: Socket,
    connectionParams: { ...(credential !== null && { authorization: `Bearer ${credential}` }), ...params },
    retryAttempts: 0,
    lazyCloseTimeout: 0,
  });
}

/** What ended a subscription; `errors` are the server's, where it sent any. */
export class SubscriptionEnded extends Error {
  constructor(readonly errors: unknown) {
    super(`The subscription ended: ${JSON.stringify(errors)}`);
  }
}

/** Subscribes; events queue up until they are read. */
export function subscribe<Data = Record<string, unknown>>(
  client: Client,
  query: string,
  variables: Record<string, unknown> = {},
): LiveSubscription<Data> {
  const events: LiveEvent<Data>[] = [];
  let failure: Error | undefined;
  let wake = (): void => undefined;
  const stop = client.subscribe<Data>(
    { query, variables },
    {
      next: (event) => {
        events.push(event as LiveEvent<Data>);
        wake();
      },
      error: (error) => {
        failure = new SubscriptionEnded(error);
        wake();
      },
      complete: () => {
        failure ??= new Error("The subscription is complete.");
        wake();
      },
    },
  );
  const next = async (withinMs = 5_000): Promise<LiveEvent<Data>> => {
    const deadline = setTimeout(() => {
      failure ??= new Error(`No event within ${withinMs} ms.`);
      wake();
    }, withinMs);
    try {
      while (events.length === 0) {
        if (failure !== undefined) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return events.shift() ?? {};
    } finally {
      clearTimeout(deadline);
    }
  };
  return { next, pending: () => events.length, stop };
}
