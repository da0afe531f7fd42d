/** What belongs to another project is told in the words of what does not exist. */
import type { GraphQLSchema } from "graphql";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildGraphQLSchema } from "../../src/api/graphql/schema.js";
import { type Operation, operationsOf } from "./operations.js";
import { tell } from "./verdict-doors.js";
import { isOpen, isOwnAccount } from "./verdicts.js";
import { nobodysId, openWorld, prepareWorld, samplesOf, topicOf, type Topic, type World } from "./world.js";

let schema: GraphQLSchema;
let world: World;
let here: Topic;
let foreigner: string;
beforeAll(async () => {
  schema = await buildGraphQLSchema();
  const prepared = await prepareWorld();
  world = await openWorld(prepared);
  here = topicOf("development", prepared.ids);
  foreigner = await world.signIn("foreign");
});
afterAll(async () => world.close());

/** Without what the caller itself sent. */
function namesless(message: string): string {
  const { project, keyId, changeId, sessionId } = here;
  const sent = [project, "nowhere", keyId, changeId, sessionId, nobodysId];
  return sent.reduce((text, name) => text.replaceAll(name, "…"), message);
}

async function told(operation: Operation): Promise<readonly string[]> {
  const { outcome, message } = await tell(world, foreigner, operation);
  return [operation.title, outcome, namesless(message)];
}

it.each([
  ["everything given", false],
  ["only what is required given", true],
])("is indistinguishable from what is absent, %s", async (_how, minimal) => {
  const nowhere = { project: "nowhere", keyId: nobodysId, changeId: nobodysId, sessionId: nobodysId };
  const keyed = (topic: typeof here) => ({ ...samplesOf(topic), idempotencyKey: "a-key-of-their-own" });
  const absent = operationsOf(schema, keyed({ ...here, ...nowhere }), minimal);
  let compared = 0;
  for (const [index, operation] of operationsOf(schema, keyed(here), minimal).entries()) {
    const counterpart = absent[index];
    if (counterpart === undefined || isOwnAccount(operation.title) || isOpen(operation.title)) continue;
    expect(await told(operation)).toEqual(await told(counterpart));
    compared += 1;
  }
  expect(compared).toBeGreaterThan(60);
});
