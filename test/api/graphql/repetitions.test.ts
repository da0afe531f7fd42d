/** Every mutation that can be repeated: what its repetition is answered, and that it does nothing. */
import {
  getNamedType,
  type GraphQLField,
  type GraphQLOutputType,
  type GraphQLSchema,
  isInputObjectType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildGraphQLSchema } from "../../../src/api/graphql/schema.js";
import { startServer, type TestServer } from "../../support/server.js";
import { recorded } from "../../support/tools.js";

/** Whatever hands out a secret, what takes no input, and what is tracked, which is known by ids of its own. */
const unrepeatable: ReadonlySet<string> = new Set([
  ...["beginTwoFactor", "changePassword", "confirmTwoFactor", "createApiKey", "disableTwoFactor", "login"],
  ...["logout", "logoutEverywhere", "refresh", "regenerateRecoveryCodes", "register", "rotateApiKey"],
  ...["rotateContextProofSecret", "stepUp", "track", "trackExposures"],
]);

/** Whatever makes something new, is about a caller's own credentials, or about what has no version. */
const unversioned: ReadonlySet<string> = new Set([
  ...[...unrepeatable].filter((name) => !name.startsWith("rotate")),
  ...["createEnvironment", "createFlag", "createProject", "createSegment", "createUser"],
  ...["createMetric", "createExperiment", "createExperimentTemplate", "createHoldout", "createLayer"],
  ...["eraseChanges", "revokeSession"],
]);

type Input = Readonly<Record<string, unknown>>;
type Answers = Readonly<Record<string, { readonly [member: string]: unknown } | undefined>>;
type Step = readonly [name: string, input: Input | ((answers: Answers) => Input | Promise<Input>)];

const email = "bob@example.com";
const secondPassword = "staple battery horse";
const checkout = { flagKey: "checkout" };
const here = { ...checkout, environment: "development" };
const buttons = { experiment: "buttons" };
const few = { holdout: "few", environment: "development" };
const primary = [{ metric: "orders", role: "PRIMARY" }];
const approved = [{ percent: 10, hold: { approval: true } }, { percent: 100 }];
const rolled = ({ startGuardedRollout }: Answers): Input => ({ id: startGuardedRollout?.["id"] });
const ruleOf = (id: string) => ({ id, serve: { variant: "on" } });
const ids = ["00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"] as const;

let server: TestServer;
let schema: GraphQLSchema;
beforeAll(async () => {
  server = await startServer();
  schema = await buildGraphQLSchema();
});
afterAll(async () => server.close());

/** In this order they make one story in which each finds what it needs. */
const story: readonly Step[] = [
  ["createProject", { key: "shop", name: "Shop" }],
  ["updateProject", { project: "shop", description: "Sells." }],
  ["deleteProject", { project: "shop" }],
  ["createEnvironment", { key: "qa" }],
  ["updateEnvironment", { environment: "qa", position: 0 }],
  ["deleteEnvironment", { environment: "qa" }],
  ["createSegment", { key: "staff", included: ["alice"] }],
  ["updateSegment", { segment: "staff", name: "Staff" }],
  ["changeSegmentMembers", { segment: "staff", add: ["bob"] }],
  ["deleteSegment", { segment: "staff" }],
  ["createMetric", { key: "orders", type: "COUNT" }],
  ["updateMetric", { metric: "orders", name: "Orders" }],
  ["archiveMetric", { metric: "orders" }],
  ["restoreMetric", { metric: "orders" }],
  ["createFlag", { key: "checkout" }],
  ["updateFlag", { ...checkout, description: "The new one." }],
  ["addVariant", { ...checkout, variant: { key: "maybe", value: true } }],
  ["updateVariant", { ...checkout, variant: "maybe", name: "Perhaps" }],
  ["removeVariant", { ...checkout, variant: "maybe" }],
  ["setFlagEnabled", { ...here, enabled: true }],
  ["setRollout", { ...here, percent: 10 }],
  ["setFallthrough", { ...here, serve: { variant: "off" } }],
  ["setTargets", { ...here, targets: [{ variant: "on", values: ["alice"] }] }],
  ["setPrerequisites", { ...here, prerequisites: [{ flagKey: "welcome", variants: ["on"] }] }],
  ["addRule", { ...here, rule: ruleOf(ids[0]) }],
  ["updateRule", { ...here, ruleId: ids[0], name: "All" }],
  ["updateFlagEnvironment", { ...here, rules: ids.map(ruleOf) }],
  ["reorderRules", { ...here, ruleIds: ids.toReversed() }],
  ["removeRule", { ...here, ruleId: ids[1] }],
  ["copyFlagEnvironment", { ...checkout, from: "development", to: "staging" }],
  ["startGuardedRollout", { ...here, variant: "on", guardrails: [{ metric: "orders" }], steps: approved }],
  ["pauseGuardedRollout", rolled],
  ["resumeGuardedRollout", rolled],
  ["approveStep", rolled],
  ["abortGuardedRollout", rolled],
  ["createLayer", { key: "page" }],
  ["updateLayer", { layer: "page", name: "Page" }],
  ["deleteLayer", { layer: "page" }],
  ["createHoldout", { key: "few", environment: "development", percent: 5 }],
  ["updateHoldout", { ...few, percent: 10 }],
  ["deleteHoldout", few],
  ["createExperimentTemplate", { key: "shop", settings: { metrics: primary } }],
  ["updateExperimentTemplate", { template: "shop", name: "Shop" }],
  ["deleteExperimentTemplate", { template: "shop" }],
  ["createExperiment", { key: "buttons", ...here, metrics: primary, traffic: 50 }],
  ["updateExperiment", { ...buttons, name: "Buttons" }],
  ["startExperiment", buttons],
  ["changeTraffic", { ...buttons, traffic: 60 }],
  ["pauseExperiment", buttons],
  ["resumeExperiment", buttons],
  ["stopExperiment", buttons],
  ["concludeExperiment", { ...buttons, variant: "on", text: "It is better." }],
  ["deleteExperiment", async () => ({ experiment: await newDraft() })],
  ["killFlag", checkout],
  ["revertChange", async () => ({ changeId: await lastChangeOf("checkout") })],
  ["archiveFlag", async () => ({ ...checkout, expectedVersion: await versionOf("checkout") })],
  ["restoreFlag", async () => ({ ...checkout, expectedVersion: await versionOf("checkout") })],
  ["eraseChanges", async () => ({ changeIds: [await lastChangeOf("checkout")] })],
  ["deleteFlag", checkout],
  ["createUser", { email, password: "correct horse battery" }],
  ["setUserRole", { email, role: "VIEWER" }],
  ["updateUser", { email, name: "Bob", newEmail: "robert@example.com" }],
  ["resetPassword", { email: "robert@example.com", newPassword: secondPassword }],
  ["revokeSession", async () => ({ id: await sessionOf("robert@example.com") })],
  ["resetTwoFactor", { email: "robert@example.com" }],
  ["deactivateUser", { email: "robert@example.com" }],
  ["reactivateUser", { email: "robert@example.com" }],
  ["eraseUser", { email: "robert@example.com" }],
  ["updateApiKey", async () => ({ id: await newKey(), name: "renamed" })],
  ["revokeApiKey", ({ updateApiKey }) => ({ id: updateApiKey?.["id"] })],
  ["updateSettings", { requireTwoFactor: true }],
];

async function ask<Data>(query: string, variables: Input = {}): Promise<Data> {
  const { data, errors } = await server.graphql<Data>(query, variables);
  expect(errors).toBeUndefined();
  if (data === undefined || data === null) throw new Error("No answer.");
  return data;
}

interface FlagNow {
  readonly flag: { readonly version: number; readonly lastChange: { readonly id: string } };
}

async function flagNow(key: string): Promise<FlagNow["flag"]> {
  const query = "query ($key: String!) { flag(key: $key) { version lastChange { id } } }";
  return (await ask<FlagNow>(query, { key })).flag;
}

async function lastChangeOf(flagKey: string): Promise<string> {
  return (await flagNow(flagKey)).lastChange.id;
}

async function versionOf(flagKey: string): Promise<number> {
  return (await flagNow(flagKey)).version;
}

async function sessionOf(user: string): Promise<string> {
  const input = { email: user, password: secondPassword };
  await ask("mutation ($input: LoginInput!) { login(input: $input) { expiresAt } }", { input });
  const query = "query ($user: String!) { sessions(email: $user) { nodes { id } } }";
  const { sessions } = await ask<{ sessions: { nodes: readonly { id: string }[] } }>(query, { user });
  return sessions.nodes[0]?.id ?? "";
}

async function newKey(): Promise<string> {
  const query = `mutation { createApiKey(input: { name: "new", kind: SERVER, environment: "development" }) { apiKey { id } } }`;
  return (await ask<{ createApiKey: { apiKey: { id: string } } }>(query)).createApiKey.apiKey.id;
}

async function newDraft(): Promise<string> {
  const input = { key: "draft", ...here, metrics: primary };
  await ask("mutation ($input: CreateExperimentInput!) { createExperiment(input: $input) { key } }", {
    input,
  });
  return "draft";
}

function mutations(): readonly GraphQLField<unknown, unknown>[] {
  return Object.values(schema.getMutationType()?.getFields() ?? {});
}

/** All members of a type, and those of what it leads to. */
function membersOf(type: GraphQLOutputType, deep = true): string {
  const named = getNamedType(type);
  if (!isObjectType(named)) return "";
  const members = Object.values(named.getFields()).filter(({ args }) => !args.some(isRequiredArgument));
  const written = members.map((member) => {
    if (isLeafType(getNamedType(member.type))) return member.name;
    return deep && member.name !== "history" ? `${member.name} ${membersOf(member.type, false)}` : "";
  });
  return `{ __typename ${written.join(" ")} }`;
}

async function send(name: string, input: Input) {
  const mutation = mutations().find((field) => field.name === name);
  const type = mutation?.args[0]?.type;
  if (mutation === undefined || type === undefined) throw new Error(`There is no ${name}.`);
  const query = `mutation ($input: ${String(type)}) { ${name}(input: $input) ${membersOf(mutation.type)} }`;
  return server.graphql<Record<string, Record<string, unknown>>>(query, { input });
}

/** Mutations whose input has that member. */
function mutationsWith(member: string): readonly string[] {
  const having = mutations().filter(({ args }) => {
    const input = args.map(({ type }) => getNamedType(type)).find(isInputObjectType);
    return input?.getFields()[member] !== undefined;
  });
  return having.map(({ name }) => name).toSorted();
}

it("every mutation can be repeated that hands out no secret, and no other", () => {
  const names = mutationsWith("idempotencyKey");
  const all = mutations().map(({ name }) => name);
  expect(names).toEqual(all.filter((name) => !unrepeatable.has(name)).toSorted());
  expect(story.map(([name]) => name).toSorted()).toEqual(names);
});

it("every mutation of what has a version takes the version that it builds on", () => {
  const all = mutations().map(({ name }) => name);
  expect(mutationsWith("expectedVersion")).toEqual(all.filter((name) => !unversioned.has(name)).toSorted());
});

/** Goes past versions, as it says. */
const emergency = "killFlag";

/** What builds on another version than the present one changes nothing. */
async function refusesVersion(name: string, input: Input): Promise<void> {
  const before = (await recorded(server.app.tools)).length;
  const { errors } = await send(name, input);
  expect(errors?.[0]?.extensions).toMatchObject({
    code: "CONFLICT",
    currentVersion: expect.any(Number) as number,
  });
  expect((await recorded(server.app.tools)).length).toBe(before);
}

describe("a repetition", () => {
  const answers: Record<string, { readonly [member: string]: unknown }> = {};

  it.each(story)("of %s is answered as the first attempt was, and does nothing", async (name, given) => {
    const input = typeof given === "function" ? await given(answers) : given;
    if (!unversioned.has(name) && name !== emergency)
      await refusesVersion(name, { ...input, expectedVersion: 9_999 });
    const keyed = { ...input, idempotencyKey: `${name}-1` };
    const first = await send(name, keyed);
    expect(first.errors).toBeUndefined();
    answers[name] = first.data?.[name] ?? {};
    const rows = (await recorded(server.app.tools)).length;
    expect(await send(name, keyed)).toEqual(first);
    const other = await send(name, { ...keyed, reason: "another input" });
    expect(other.errors?.map(({ extensions }) => extensions.code)).toEqual(["IDEMPOTENCY_KEY_REUSED"]);
    expect((await recorded(server.app.tools)).length).toBe(rows);
  });

  it("needs a key that can be printed", async () => {
    for (const idempotencyKey of ["", "a\u0007b", "x".repeat(256)]) {
      const { errors } = await send("createFlag", { key: "unfit", idempotencyKey });
      expect(errors?.[0]?.extensions).toMatchObject({
        code: "BAD_USER_INPUT",
        fields: [{ path: "input.idempotencyKey" }],
      });
    }
  });
});
