/** Talking to Halyard as any frontend would: queries over HTTP, live answers over graphql-ws, one normalised cache. */
import {
  ApolloClient,
  ApolloLink,
  gql,
  HttpLink,
  InMemoryCache,
  type TypedDocumentNode,
} from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { getMainDefinition } from "@apollo/client/utilities";
import { createClient } from "graphql-ws";
import type { Visitor } from "./users.js";

export interface Evaluation {
  readonly id: string;
  readonly key: string;
  readonly value: unknown;
  readonly variant: string | null;
  readonly reason: string;
}

interface EvaluationUpdate {
  readonly revision: string;
  readonly snapshot: boolean;
  readonly removed: readonly string[];
  readonly evaluations: readonly Evaluation[];
}

export type Context = Visitor["context"];

/** The current answers first, then every answer that changes for this visitor. */
const evaluationsOf: TypedDocumentNode<{ evaluations: EvaluationUpdate }, { context: Context }> = gql`
  subscription Evaluations($context: EvaluationContext!) {
    evaluations(context: $context) {
      revision
      snapshot
      removed
      evaluations {
        id
        key
        value
        variant
        reason
      }
    }
  }
`;

export type ConnectionState = "connecting" | "live" | "reconnecting" | "closed";

/** A WebSocket that nobody needs any more is closed with this code. */
const normalClosure = 1000;

/** Twice as long each time, at most 20 seconds: without an end to it, a page would wait for an hour after an hour's outage. */
async function retryWait(retries: number): Promise<void> {
  const seconds = Math.min(2 ** retries, 20) * (0.5 + Math.random() / 2);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** An Apollo Client whose subscriptions reconnect by themselves. */
export function connect(clientKey: string, onState: (state: ConnectionState) => void): ApolloClient {
  const socket = createClient({
    url: `${location.origin.replace(/^http/, "ws")}/graphql`,
    connectionParams: { authorization: `Bearer ${clientKey}` },
    retryAttempts: Infinity,
    retryWait,
    shouldRetry: () => true,
    on: {
      connecting: (isRetry) => onState(isRetry ? "reconnecting" : "connecting"),
      connected: () => onState("live"),
      closed: (event) => {
        const { code } = event as CloseEvent;
        onState(code === normalClosure ? "closed" : "reconnecting");
      },
    },
  });
  const http = new HttpLink({ uri: "/graphql", headers: { authorization: `Bearer ${clientKey}` } });
  const live = new GraphQLWsLink(socket);
  const isSubscription = ({ query }: ApolloLink.Operation): boolean => {
    const definition = getMainDefinition(query);
    return definition.kind === "OperationDefinition" && definition.operation === "subscription";
  };
  return new ApolloClient({ link: ApolloLink.split(isSubscription, live, http), cache: new InMemoryCache() });
}

/** Calls `show` with all of the visitor's flags, now and whenever one changes; returns how to stop. */
export function watch(
  client: ApolloClient,
  context: Context,
  show: (flags: ReadonlyMap<string, Evaluation>, changed: ReadonlySet<string>) => void,
  fail: (message: string) => void,
): () => void {
  const flags = new Map<string, Evaluation>();
  const subscription = client.subscribe({ query: evaluationsOf, variables: { context } }).subscribe({
    next: ({ data, error }) => {
      if (error) fail(error.message);
      if (!data) return;
      const { snapshot, removed, evaluations } = data.evaluations;
      if (snapshot) flags.clear();
      for (const evaluation of evaluations) flags.set(evaluation.key, evaluation);
      for (const key of removed) flags.delete(key);
      show(flags, new Set(snapshot ? [] : evaluations.map((evaluation) => evaluation.key)));
    },
    error: (error: Error) => fail(error.message),
  });
  return () => subscription.unsubscribe();
}
