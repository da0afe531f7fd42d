/** Every operation × everybody who may call × a place that is protected or not: each is answered what the permissions table says. */
import type { GraphQLSchema } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildGraphQLSchema } from "../../src/api/graphql/schema.js";
import { type Operation, operationsOf } from "./operations.js";
import { openWorld, samplesOf, topicOf, type World } from "./world.js";
import { tell, askOfrep, askSocket } from "./verdict-doors.js";
import { type Caller, callers, mayChange, populate, type Populated } from "./verdict-callers.js";
import { type Aim, expectedOutcome, type Outcome } from "./verdict-model.js";
import { inOrder, isOwnAccount, verdicts } from "./verdicts.js";

const aims: readonly Aim[] = [
  { project: "default", environment: { key: "development", protected: false } },
  { project: "default", environment: { key: "production", protected: true } },
];

let schema: GraphQLSchema;
let populated: Populated;
beforeAll(async () => {
  schema = await buildGraphQLSchema();
  populated = await populate();
});

/** Last comes what ends the caller's own sessions, and what it ends them with at the very last. */
function operationsFor({ environment }: Aim, caller: Caller): readonly Operation[] {
  const topic = topicOf(environment.key as "development" | "production", populated.ids);
  const newcomer = { "RegisterInput.email": `newcomer-${callers.indexOf(caller)}@example.com` };
  const endsSessions = ({ title }: Operation): number =>
    caller.subject.kind === "user" && isOwnAccount(title)
      ? 1 + Number(title.startsWith("mutation logout"))
      : 0;
  return operationsOf(schema, { ...samplesOf(topic), ...newcomer }, false).sort(
    (a, b) => endsSessions(a) - endsSessions(b) || inOrder(a, b),
  );
}

/** Everything that the caller is answered, by title and door. */
async function answersTo(
  world: World,
  { credential, user }: Caller,
  operations: readonly Operation[],
): Promise<Record<string, Outcome>> {
  const secret = credential(populated);
  const got = {
    ...(await askOfrep(world.url, secret, operations)),
    ...(await askSocket(world.url, secret, operations)),
  };
  for (const operation of operations.filter(({ isSubscription }) => !isSubscription)) {
    const isOwn = user !== undefined && isOwnAccount(operation.title);
    got[operation.title] = (await tell(world, isOwn ? await world.signIn(user) : secret, operation)).outcome;
  }
  return got;
}

/** What the same answers should be. OFREP tells strangers no reason. */
function expectedFor(
  answers: readonly string[],
  { subject, otherwise }: Caller,
  aim: Aim,
): Record<string, Outcome> {
  return Object.fromEntries(
    answers.map((answer) => {
      const [title = "", door] = answer.split(" over ");
      const verdict = verdicts[title];
      if (verdict === undefined) return [answer, "a verdict"];
      const outcome = expectedOutcome(subject, verdict, aim, otherwise[title] ?? "ok");
      return [answer, door === "OFREP" ? outcome.replace(/ .*/, "") : outcome];
    }),
  );
}

it("is there for every operation, and for nothing else", () => {
  const titles = operationsOf(schema, samplesOf(topicOf("development", populated.ids)), true).map(
    ({ title }) => title,
  );
  expect(Object.keys(verdicts).sort()).toEqual(titles.sort());
});

describe.each(aims)("aimed at $environment.key", (aim) => {
  /** For those who may change nothing. */
  let shared: World;
  beforeAll(async () => {
    shared = await openWorld(populated);
  });
  afterAll(async () => shared.close());

  it.each(callers.map((caller) => [caller.title, caller] as const))(
    "is the table's for %s",
    async (_title, caller) => {
      const world = mayChange(caller) ? await openWorld(populated) : shared;
      try {
        const got = await answersTo(world, caller, operationsFor(aim, caller));
        expect(got).toEqual(expectedFor(Object.keys(got), caller, aim));
      } finally {
        if (world !== shared) await world.close();
      }
    },
    120_000, // a hundred operations, on a busy machine
  );
});
