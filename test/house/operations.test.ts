/** Every operation of the schema, asked by those who may not: nobody learns or changes what is not theirs, and nothing breaks. */
import { randomBytes } from "node:crypto";
import type { GraphQLSchema } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildGraphQLSchema } from "../../src/api/graphql/schema.js";
import { liveClient, subscribe } from "../support/live.js";
import type { TestServer } from "../support/server.js";
import { type Operation, operationsOf, type Samples, withEachLeaf } from "./operations.js";
import { makeWorld, nobodysId, password, samplesAt, type World } from "./world.js";

/** `ok`, `null`, or the error's code. */
type Outcome = string;

/** What a CLIENT key, a user of another project and a VIEWER of the project get; strangers get UNAUTHENTICATED. */
type Verdict = readonly [client: Outcome, foreign: Outcome, viewer: Outcome];

const evaluation: Verdict = ["ok", "NOT_FOUND", "ok"];
const reading: Verdict = ["FORBIDDEN", "NOT_FOUND", "ok"];
/** A look-up of a single thing says nothing of what the caller may not see. */
const lookup: Verdict = ["FORBIDDEN", "null", "ok"];
const configuring: Verdict = ["FORBIDDEN", "NOT_FOUND", "FORBIDDEN"];
/** Of the whole server: there is nothing to be found, so nothing is hidden. */
const administering: Verdict = ["FORBIDDEN", "FORBIDDEN", "FORBIDDEN"];
/** For people about their own account. */
const own: Verdict = ["FORBIDDEN", "ok", "ok"];
/** For everyone, strangers too. */
const open = "open";

const verdicts: Readonly<Record<string, Verdict | typeof open>> = {
  "query apiKeys": configuring,
  "query auditEvents": reading,
  "query environment": lookup,
  "query environments": reading,
  "query evaluate": evaluation,
  "query evaluateAll": evaluation,
  "query explain": reading,
  "query flag": lookup,
  "query flags": reading,
  "query me": ["null", "ok", "ok"],
  "query project": lookup,
  "query projects": ["FORBIDDEN", "ok", "ok"],
  "query ruleset": reading,
  "query segment": lookup,
  "query segments": reading,
  "query serverInfo": ["FORBIDDEN", "ok", "ok"],
  "query users": administering,

  "mutation addRule": configuring,
  "mutation addVariant": configuring,
  "mutation archiveFlag": configuring,
  "mutation changePassword": own,
  "mutation changeSegmentMembers": configuring,
  "mutation copyFlagEnvironment": configuring,
  "mutation createApiKey": configuring,
  "mutation createEnvironment": configuring,
  "mutation createFlag": configuring,
  "mutation createProject": administering,
  "mutation createSegment": configuring,
  "mutation createUser": administering,
  "mutation deactivateUser": administering,
  "mutation deleteEnvironment": configuring,
  "mutation deleteFlag": configuring,
  "mutation deleteProject": configuring,
  "mutation deleteSegment": configuring,
  "mutation killFlag": configuring,
  "mutation login": open,
  "mutation logout": own,
  "mutation logoutEverywhere": own,
  "mutation reactivateUser": administering,
  "mutation refresh": open,
  "mutation register": open,
  "mutation removeRule": configuring,
  "mutation removeVariant": configuring,
  "mutation reorderRules": configuring,
  "mutation resetPassword": administering,
  "mutation restoreFlag": configuring,
  "mutation revertChange": ["NOT_FOUND", "NOT_FOUND", "FORBIDDEN"], // a key that reads no audit log knows no change
  "mutation revokeApiKey": configuring,
  "mutation rotateApiKey": configuring,
  "mutation setFallthrough": configuring,
  "mutation setFlagEnabled": configuring,
  "mutation setPrerequisites": configuring,
  "mutation setRollout": configuring,
  "mutation setTargets": configuring,
  "mutation setUserRole": administering,
  "mutation updateApiKey": configuring,
  "mutation updateEnvironment": configuring,
  "mutation updateFlag": configuring,
  "mutation updateFlagEnvironment": configuring,
  "mutation updateProject": configuring,
  "mutation updateRule": configuring,
  "mutation updateSegment": configuring,
  "mutation updateUser": administering,
  "mutation updateVariant": configuring,

  "subscription evaluations": evaluation,
  "subscription flagChanges": reading,
  "subscription ruleset": reading,
};

let server: TestServer;
let schema: GraphQLSchema;
let here: Samples;
const tokens: Record<"foreign" | "viewer", string> = { foreign: "", viewer: "" };

beforeAll(async () => {
  schema = await buildGraphQLSchema();
  ({ server, here } = await makeWorld());
  tokens.foreign = await signIn("foreign");
  tokens.viewer = await signIn("viewer");
});
afterAll(async () => server.close());

async function signIn(name: string): Promise<string> {
  const { data } = await server.graphql<{ login: { accessToken: string } }>(
    `mutation { login(input: { email: "${name}@example.com", password: "${password}" }) { accessToken } }`,
  );
  return data?.login.accessToken ?? "";
}

interface Answer {
  readonly outcome: Outcome;
  /** The error's reason, where it has one. */
  readonly reason: unknown;
  readonly message: string;
}

async function ask(operation: Operation, credential: string | null): Promise<Answer> {
  const { data, errors } = operation.isSubscription
    ? await firstEvent(operation, credential)
    : await server.graphql(operation.document, operation.variables, credential);
  const [error] = errors ?? [];
  if (error !== undefined) {
    const { code, reason } = error.extensions ?? {};
    return { outcome: String(code), reason, message: error.message };
  }
  const isNull = Object.values(data ?? {})[0] === null;
  return { outcome: isNull ? "null" : "ok", reason: undefined, message: "" };
}

/** A subscription that begins with silence was not refused. */
async function firstEvent(operation: Operation, credential: string | null) {
  const client = liveClient(server.url, credential);
  try {
    return await subscribe(client, operation.document, operation.variables).next(300);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("No event"))
      return { data: {}, errors: undefined };
    throw error;
  } finally {
    await client.dispose();
  }
}

async function outcomes(
  credential: string | null | (() => Promise<string>),
  wanted: (verdict: Verdict, title: string) => Outcome | undefined,
): Promise<{ readonly got: Record<string, Outcome>; readonly expected: Record<string, Outcome> }> {
  const got: Record<string, Outcome> = {};
  const expected: Record<string, Outcome> = {};
  for (const operation of operationsOf(schema, here, true)) {
    const verdict = verdicts[operation.title];
    if (verdict === undefined || verdict === open) continue;
    const outcome = wanted(verdict, operation.title);
    if (outcome === undefined) continue;
    expected[operation.title] = outcome;
    const sent = typeof credential === "function" ? await credential() : credential;
    got[operation.title] = (await ask(operation, sent)).outcome;
  }
  return { got, expected };
}

it("has a verdict on every operation, and on nothing else", () => {
  const titles = operationsOf(schema, here, true).map(({ title }) => title);
  expect(Object.keys(verdicts).sort()).toEqual(titles.sort());
});

describe("an operation", () => {
  it.each([
    ["without a credential", null, "MISSING"],
    ["with one that means nothing", "hal_client_nothing", "INVALID"],
  ])("%s is UNAUTHENTICATED", async (_how, credential, reason) => {
    for (const operation of operationsOf(schema, here, true)) {
      if (verdicts[operation.title] === open) continue;
      expect([operation.title, await ask(operation, credential)]).toEqual([
        operation.title,
        { outcome: "UNAUTHENTICATED", reason, message: expect.any(String) as string },
      ]);
    }
  });

  it("that is open to strangers does not ask for a credential", async () => {
    const answers: Record<string, unknown> = {};
    for (const operation of operationsOf(schema, here, true)) {
      if (verdicts[operation.title] !== open) continue;
      const { outcome, reason } = await ask(operation, null);
      answers[operation.title] = [outcome, reason];
    }
    expect(answers).toEqual({
      "mutation login": ["ok", undefined],
      "mutation refresh": ["UNAUTHENTICATED", "INVALID"], // the token, not the caller
      "mutation register": ["ok", undefined],
    });
  });

  it("by a CLIENT key evaluates, and nothing else", async () => {
    const key = server.key("CLIENT", "development");
    const { got, expected } = await outcomes(key, ([client]) => client);
    expect(got).toEqual(expected);
  });

  it("by a VIEWER reads, and changes nothing", async () => {
    const { got, expected } = await outcomes(tokens.viewer, ([, , viewer], title) =>
      isOwnChange(title) ? undefined : viewer,
    );
    expect(got).toEqual(expected);
  });

  it("by a user of another project finds nothing", async () => {
    const { got, expected } = await outcomes(tokens.foreign, ([, foreign], title) =>
      isOwnChange(title) ? undefined : foreign,
    );
    expect(got).toEqual(expected);
  });

  it("by a user of another project is told the same of what is foreign as of what is absent", async () => {
    const nowhere = samplesAt("nowhere", nobodysId, nobodysId);
    const absent = operationsOf(schema, nowhere, true);
    for (const [index, operation] of operationsOf(schema, here, true).entries()) {
      const counterpart = absent[index];
      if (counterpart === undefined || isOwnChange(operation.title)) continue;
      if (verdicts[operation.title] === open) continue;
      const told = [await ask(operation, tokens.foreign), await ask(counterpart, tokens.foreign)];
      const [foreign, missing] = told.map(({ outcome, message }) => [
        operation.title,
        outcome,
        namesless(message),
      ]);
      expect(foreign).toEqual(missing);
    }
  });

  it("on one's own account is the account's alone", async () => {
    const { got, expected } = await outcomes(
      async () => signIn("viewer"),
      ([, , viewer], title) => (isOwnChange(title) ? viewer : undefined),
    );
    expect(got).toEqual(expected);
  });
});

function isOwnChange(title: string): boolean {
  return verdicts[title] === own;
}

/** Without what the caller itself sent. */
function namesless(message: string): string {
  const sent = [here["id"], here["changeId"], nobodysId, "default", "nowhere"].map(String);
  return sent.reduce((text, name) => text.replaceAll(name, "…"), message);
}

/** What takes something away comes last, in an order that leaves the next one something to work on. */
const order = [
  ...["revertChange", "", "removeRule", "removeVariant", "archiveFlag", "restoreFlag", "deleteFlag"],
  ...[
    "deleteSegment",
    "revokeApiKey",
    "deleteEnvironment",
    "deactivateUser",
    "reactivateUser",
    "deleteProject",
  ],
];

function rank({ title }: Operation): number {
  const index = order.indexOf(title.replace("mutation ", ""));
  return index === -1 ? order.indexOf("") : index;
}

describe("an administrator", () => {
  const worlds: World[] = [];
  afterAll(async () => {
    for (const world of worlds) await world.server.close();
  });

  async function everyOperation(): Promise<[World, Operation[]]> {
    const world = await makeWorld();
    worlds.push(world);
    const operations = operationsOf(schema, world.here, false).filter(
      ({ title, isSubscription }) => !isSubscription && !isOwnChange(title),
    );
    return [world, operations.sort((a, b) => rank(a) - rank(b))];
  }

  it("gets what they ask for", async () => {
    const [world, operations] = await everyOperation();
    const refused: Record<string, unknown> = {};
    for (const { title, document, variables } of operations) {
      const { errors } = await world.server.graphql(document, variables);
      if (errors !== undefined) refused[title] = errors[0]?.extensions;
    }
    expect(refused).toEqual({
      "mutation refresh": expect.objectContaining({ code: "UNAUTHENTICATED", reason: "INVALID" }) as unknown,
    });
  });

  describe("who sends nonsense in the place of one value after the other", () => {
    let world: World;
    let operations: readonly Operation[];
    beforeAll(async () => {
      [world, operations] = await everyOperation();
    });

    it.each([
      ["a NUL", "a\u0000b"],
      ["half a character", "\ud800"],
      ["a long text", randomBytes(5_000).toString("hex")],
      ["a large number", 2_147_483_647],
      ["a negative number", -1],
      ["a deep list", deep(100)],
    ])("is told so: %s", async (_what, nonsense) => {
      const broken: string[] = [];
      for (const { title, document, variables } of operations) {
        for (const changed of withEachLeaf(variables, nonsense)) {
          const { errors } = await world.server.graphql(document, changed.variables as typeof variables);
          if (errors?.[0]?.extensions.code !== "INTERNAL_SERVER_ERROR") continue;
          broken.push(`${title} ${changed.path}`);
        }
      }
      expect(broken).toEqual([]);
    });
  });
});

function deep(levels: number): unknown {
  return levels === 0 ? "bottom" : [deep(levels - 1)];
}
