/** Nonsense in the place of every value of every operation, one after the other: it is refused, and nothing breaks. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildGraphQLSchema } from "../../src/api/graphql/schema.js";
import { type Operation, operationsOf, withEachLeaf } from "./operations.js";
import { inOrder, isOwnAccount } from "./verdicts.js";
import { openWorld, prepareWorld, samplesOf, topicOf, type World } from "./world.js";

let world: World;
let admin: string;
let operations: readonly Operation[];
beforeAll(async () => {
  const prepared = await prepareWorld();
  ({ admin } = prepared);
  world = await openWorld(prepared);
  operations = operationsOf(
    await buildGraphQLSchema(),
    samplesOf(topicOf("development", prepared.ids)),
    false,
  )
    .filter(({ title, isSubscription }) => !isSubscription && !isOwnAccount(title))
    .sort(inOrder);
});
afterAll(async () => world.close());

it.each([
  ["a NUL", "a\u0000b"],
  ["half a character", "\ud800"],
  ["half a character among others", "旣\udfdaᨘ"],
  ["a long text", randomBytes(5_000).toString("hex")],
  ["a large number", 2_147_483_647],
  ["a negative number", -1],
  ["a deep list", deep(100)],
])("%s is no bug", async (_what, nonsense) => {
  const broken: string[] = [];
  for (const { title, document, variables } of operations) {
    for (const changed of withEachLeaf(variables, nonsense)) {
      const { errors } = await world.graphql(document, changed.variables as typeof variables, admin);
      if (errors?.[0]?.extensions.code === "INTERNAL_SERVER_ERROR") broken.push(`${title} ${changed.path}`);
    }
  }
  expect(broken).toEqual([]);
});

function deep(levels: number): unknown {
  return levels === 0 ? "bottom" : [deep(levels - 1)];
}
