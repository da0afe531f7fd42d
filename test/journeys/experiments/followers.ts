/** Somebody whose answer is pushed to them, by each of the two processes. */
import { liveClient, subscribe } from "../../support/live.js";
import type { Stage } from "./stage.js";

interface Pushed {
  readonly evaluations: { readonly evaluations: readonly { readonly variant: string }[] };
}

export interface Followers {
  /** Of each process, the variant that is pushed next; rejects when one pushes nothing for so long. */
  readonly next: (withinMs?: number) => Promise<string[]>;
  /** How many pushes nobody read. */
  readonly pending: () => number;
  readonly leave: () => Promise<void>;
}

export function follow({ urls, client: key }: Stage, flagKey: string, who: string): Followers {
  const query = `subscription ($who: String!, $flags: [String!]) {
    evaluations(flagKeys: $flags, context: { targetingKey: $who }) { evaluations { variant } } }`;
  const clients = urls.map((url) => liveClient(url, key));
  const lives = clients.map((client) => subscribe<Pushed>(client, query, { who, flags: [flagKey] }));
  return {
    next: async (withinMs) =>
      Promise.all(
        lives.map(async (live) => {
          const { data, errors } = await live.next(withinMs).catch((error: unknown) => {
            throw new Error(`Nothing more was pushed of ${flagKey}.`, { cause: error });
          });
          return data?.evaluations.evaluations[0]?.variant ?? JSON.stringify(errors);
        }),
      ),
    pending: () => lives.reduce((sum, live) => sum + live.pending(), 0),
    leave: async () => void (await Promise.all(clients.map(async (client) => client.dispose()))),
  };
}
