/** One question at each door that takes it, and the answer in few words. */
import type { Operation } from "./operations.js";
import type { World } from "./world.js";
import { liveClient, type LiveSubscription, subscribe, SubscriptionEnded } from "../support/live.js";
import type { Outcome } from "./verdict-model.js";

interface Told {
  readonly data?: Readonly<Record<string, unknown>> | null | undefined;
  readonly errors?: readonly { readonly extensions?: Readonly<Record<string, unknown>> }[] | undefined;
}

/** Over HTTP, with the words of the first error. */
export async function tell(
  { graphql }: World,
  credential: string | null,
  { document, variables }: Operation,
): Promise<{ readonly outcome: Outcome; readonly message: string }> {
  const told = await graphql(document, variables, credential);
  return { outcome: outcomeOf(told), message: told.errors?.[0]?.message ?? "" };
}

/** Subscriptions, by title, and queries as `query flag over WebSocket`: one after the other. */
export async function askSocket(
  url: string,
  credential: string | null,
  operations: readonly Operation[],
): Promise<Record<string, Outcome>> {
  const client = liveClient(url, credential);
  try {
    const got: Record<string, Outcome> = {};
    for (const { title, isSubscription, document, variables } of operations) {
      if (title.startsWith("mutation ")) continue;
      const name = isSubscription ? title : `${title} over WebSocket`;
      got[name] = await firstEvent(subscribe<Told["data"]>(client, document, variables));
    }
    return got;
  } finally {
    await client.dispose();
  }
}

async function firstEvent(subscription: LiveSubscription<Told["data"]>): Promise<Outcome> {
  try {
    return outcomeOf(await subscription.next());
  } catch (error) {
    if (error instanceof SubscriptionEnded) return outcomeOf({ errors: error.errors as Told["errors"] });
    throw error;
  } finally {
    subscription.stop();
  }
}

function outcomeOf({ data, errors }: Told): Outcome {
  const [error] = errors ?? [];
  if (error !== undefined) {
    const { code, reason } = error.extensions ?? {};
    return typeof reason === "string" ? `${String(code)} ${reason}` : String(code);
  }
  return Object.values(data ?? {})[0] === null ? "null" : "ok";
}

const paths: Readonly<Record<string, (variables: Operation["variables"]) => string>> = {
  "query evaluate": ({ flagKey }) => `/flags/${String(flagKey)}`,
  "query evaluateAll": () => "/flags",
};

/** What evaluates, as `query evaluate over OFREP`. OFREP has no reasons: those of strangers are told as the other doors tell them. */
export async function askOfrep(
  url: string,
  credential: string | null,
  operations: readonly Operation[],
): Promise<Record<string, Outcome>> {
  const got: Record<string, Outcome> = {};
  for (const { title, variables } of operations) {
    const path = paths[title]?.(variables);
    if (path === undefined) continue;
    const place = `project=${String(variables["project"])}&environment=${String(variables["environment"])}`;
    const response = await fetch(`${url}/ofrep/v1/evaluate${path}?${place}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(credential !== null && { authorization: `Bearer ${credential}` }),
      },
      body: JSON.stringify({ context: { targetingKey: "user-1" } }),
    });
    await response.arrayBuffer();
    got[`${title} over OFREP`] = statuses[response.status] ?? String(response.status);
  }
  return got;
}

const statuses: Readonly<Record<number, Outcome>> = {
  200: "ok",
  401: "UNAUTHENTICATED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
};
