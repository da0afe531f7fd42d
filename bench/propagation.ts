/** From the sending of a toggle to its arrival at a subscriber of the same instance, over HTTP and WebSocket. */
import { liveClient, subscribe } from "../test/support/live.js";
import { askGraphQL } from "../test/support/graphql-client.js";
import { type Figure, figureOf, type Round } from "./figure.js";
import { startBuiltServer } from "./server.js";

const toggles = 100;
const subscription = `subscription {
  evaluations(context: { targetingKey: "user-1" }) { evaluations { key value } }
}`;
const mutation = `mutation ($enabled: Boolean!) {
  setFlagEnabled(input: { flagKey: "welcome", environment: "development", enabled: $enabled }) { version }
}`;

export async function propagationBench(): Promise<readonly Figure[]> {
  const server = await startBuiltServer();
  const client = liveClient(server.url, server.key("client_development"));
  const live = subscribe(client, subscription);
  await live.next();
  const rounds: Round[] = [];
  for (let toggle = 0; toggle < toggles; toggle += 1) {
    const started = performance.now();
    const arrival = live.next().then(() => performance.now() - started);
    await askGraphQL(server.url, mutation, { enabled: toggle % 2 === 1 }, server.key("management"));
    rounds.push({ reference: performance.now() - started, value: await arrival });
  }
  await client.dispose();
  await server.stop();
  return [figureOf("toggle → local subscriber, embedded", "ms", "the mutation's own answer", rounds)];
}
