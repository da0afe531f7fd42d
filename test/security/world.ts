/** A server with something of everything, and what to call each of those things by; made once, and copied for whoever changes it. */
import { createApp } from "../../src/app.js";
import { type ApiKeyKind, type Role, systemCaller } from "../../src/features/permissions/index.js";
import { firstStart } from "../../src/cli/first-start.js";
import { readConfig } from "../../src/platform/config.js";
import { openInMemory } from "../../src/platform/database/embedded.js";
import { type Answer, askGraphQL } from "../support/graphql-client.js";
import { testSecretKey } from "../support/server.js";
import { service } from "../support/services.js";
import { silentLog } from "../support/silent-log.js";
import type { Samples } from "./operations.js";
import { rolloutFurniture, rolloutQuery, rolloutSamples } from "./rollout-world.js";
import { readFile } from "node:fs/promises";

/** Of every user. */
export const password = "correct horse battery";
/** An id of nothing. */
export const nobodysId = "00000000-0000-4000-8000-000000000000";

/** What the samples are to be about. */
export interface Topic {
  readonly project: string;
  readonly environment: "development" | "production";
  readonly flagKey: string;
  readonly segment: string;
  readonly keyId: string;
  readonly changeId: string;
  readonly sessionId: string;
  readonly rolloutId: string;
}

/** Values for every argument of every operation. They differ from what stands there, so that a change is one. */
export function samplesOf(topic: Topic): Samples {
  const { project, environment, flagKey, segment, keyId, changeId, sessionId, rolloutId } = topic;
  const clause = { attribute: "country", operator: "IN", values: ["DE"], ignoreCase: true };
  const bucket = { fromPercent: 0, toPercent: 50.5, bucketBy: ["targetingKey"], seed: "seed-1" };
  const isProtected = environment === "production";
  return {
    ...{ project, "project.key": project, environment, "environment.key": environment },
    "restoreFlag.input": { project, flagKey: isProtected ? "retired" : "shelved" },
    "eraseUser.input": { email: "frank@example.com", reason: "Because." },
    "killFlag.input": { project, flagKey: "doomed" },
    ...{ flagKey, "flag.key": flagKey, enabledIn: environment, subject: flagKey },
    ...{ metric: "revenue", "metric.key": "revenue", "UpdateMetricInput.metric": "orders" },
    ...{ "CreateMetricInput.type": "SUM", "UpdateMetricInput.type": "SUM" },
    ...{ unit: "EUR", cap: 99.5, numerator: null, denominator: null },
    ...{ "TrackEventInput.id": "event-1", "TrackEventInput.unit": "user-1", "TrackEventInput.value": 1 },
    ...{ "TrackExposureInput.unit": "user-1", experiment: nobodysId },
    ...experimentSamples(environment),
    ...rolloutSamples(rolloutId),
    PlanExperimentInput: {
      ...{ project, environment, baseline: { rate: 0.1 }, minimumDetectableEffect: 0.05, unitsPerDay: 1000 },
      ...{ arms: 2, traffic: 50, alpha: 0.05, power: 0.8, mode: "ANYTIME", varianceReduction: 0.3 },
    },
    ...{ segment, "segment.key": segment, "SegmentRefInput.segment": "spare", usesSegment: segment },
    ...{
      "ConditionInput.segment": "beta",
      id: keyId,
      "RevokeSessionInput.id": sessionId,
      changeId,
      changeIds: changeId,
      checkpoints: `halyard-checkpoint.v1.1.1.${"0".repeat(64)}.2026-01-01T00:00:00Z.nobody.${"A".repeat(86)}`,
      actorId: nobodysId,
    },
    ...{ ruleId: "rule-1", ruleIds: "rule-1", from: "development", copyFrom: "development" },
    ...{ "flagAnalytics.from": "2026-01-01T00:00:00Z", "flagAnalytics.to": "2026-01-08T00:00:00Z" },
    "anomalies.from": "2026-01-01T00:00:00Z",
    ...{ to: isProtected ? "production" : "staging", flagKeys: flagKey, kinds: "flag.created" },
    ...{ key: "thing-1", name: "Thing", description: "A thing.", reason: "Because.", tags: "checkout" },
    ...{ email: "carol@example.com", newEmail: "carol@example.com", owner: "carol@example.com" },
    ...{ "CreateUserInput.email": "dave@example.com", "RegisterInput.email": "erin@example.com" },
    ...{ password, currentPassword: password, newPassword: password, otp: "000000", code: "000000" },
    ...{
      refreshToken: "nothing",
      "FlagFilter.kinds": ["RELEASE"],
      "SecurityEventFilter.kinds": null,
      "CreateApiKeyInput.role": null,
      idempotencyKey: null, // one of them would answer for the next operation
    },
    ...{ "RuleInput.id": "rule-1", variant: "on", offVariant: "off", rest: "off" },
    ...{ "RemoveVariantInput.variant": "spare", "CreateFlagInput.variants": null },
    VariantInput: { key: "spare", name: "Spare", value: true },
    ServeInput: { split: [{ variant: "on", percent: 100 }], bucketBy: ["plan"], seed: "seed-1" },
    "AddRuleInput.rule": { id: "rule-2", serve: { variant: "on" } },
    GateInput: { percent: 50.125, bucketBy: ["plan"], seed: "seed-1" },
    ...{ percent: 50.125, bucketBy: "plan" },
    PrerequisiteInput: { flagKey: "payments", variants: ["on"] },
    ConditionInput: {
      all: [
        { any: [clause, { not: { segment: "beta" } }, { bucket }] },
        { not: { attribute: "plan", operator: "EXISTS" } },
      ],
    },
    ...{ attribute: "country", values: "DE", included: "user-1", excluded: "user-2", add: "user-3" },
    ...{ remove: "user-4", search: "e", targetingKey: "user-1", attributes: { plan: "pro" }, proof: null },
    ...{ value: false, defaultValue: false, valueSchema: { type: "boolean" }, flagKeyPattern: "^[a-z]" },
    ...{ startsAt: "2026-01-01T00:00:00Z", endsAt: "2099-01-01T00:00:00Z", DateTime: "2026-01-01T00:00:00Z" },
    ...{ expiresAt: "2099-01-01T00:00:00Z", "AuditFilter.subject": null, Boolean: true, Int: 1 },
    ...{ protected: isProtected, requireExpectedVersion: false, requireTwoFactor: false },
    ...{ ip: "192.0.2.1", expectedVersion: null, after: null, before: null, "flags.last": null },
    ...{ "ReorderRulesInput.ruleIds": ["rule-2", "rule-1"], since: null, "flagChanges.since": "nothing" },
  };
}

/** Each operation on an experiment has one of its own in each environment. */
function experimentSamples(environment: Topic["environment"]): Samples {
  const ref = (deed: string) => ({ project: "default", experiment: `${deed}-${environment}` });
  const metrics = [
    { metric: "visits", role: "PRIMARY" },
    { metric: "errors", role: "GUARDRAIL", margin: 0.05 },
  ];
  const refs = ["start", "pause", "resume", "stop", "delete"].map((deed) => [
    `${deed}Experiment.input`,
    { ...ref(deed), reason: "Because." },
  ]);
  const arms = [
    { variant: "on", percent: 50 },
    { variant: "off", percent: 50 },
  ];
  const inputs = ["CreateExperimentInput", "UpdateExperimentInput", "ExperimentTemplateSettingsInput"];
  const settings = Object.fromEntries(
    inputs.flatMap((input) => [
      [`${input}.metrics`, metrics],
      [`${input}.arms`, arms],
    ]),
  ) as Samples;
  return {
    ...(Object.fromEntries(refs) as Samples),
    "changeTraffic.input": { ...ref("traffic"), traffic: 75 },
    "concludeExperiment.input": { ...ref("conclude"), variant: "on", text: "Because." },
    ...{
      "experiment.key": `start-${environment}`,
      "experimentExport.key": `start-${environment}`,
      "experimentResults.key": `start-${environment}`,
      "UpdateExperimentInput.experiment": `update-${environment}`,
    },
    ...settings,
    ExperimentLayerInput: { layer: "line", fromPercent: 0, toPercent: 50 },
    ...{ hypothesis: "It is better.", control: "on", traffic: 50, alpha: 0.05, minimumEffect: 0.01 },
    optimises: false, // or nothing is promoted
    ...{ plannedUnits: 5_000, minimumRuntimeDays: 14, slices: "country", "layer.key": "line", layer: "line" },
    "deleteLayer.input": { project: "default", layer: "spare-line" },
    ...{ "UpdateLayerInput.layer": "spare-line-2", "holdout.key": "held", holdout: "held" },
    "deleteHoldout.input": { project: "default", environment, holdout: "spare-held" },
    "UpdateHoldoutInput.percent": 5,
    "CreateHoldoutInput.percent": 5,
    ...{ "experimentTemplate.key": "standard", template: "standard" },
    "deleteExperimentTemplate.input": { project: "default", template: "spare-template" },
  };
}

/** What of the world is told apart by an id. */
interface Ids {
  /** A SERVER key of development. */
  readonly key: string;
  /** A change of `welcome` in development, and one of `checkout` in production. */
  readonly change: Readonly<Record<"development" | "production", string>>;
  /** Carol's. */
  readonly session: string;
  /** The guarded rollout under way in an environment. */
  readonly rollout: Readonly<Record<"development" | "production", string>>;
}

/**
 * Of the project `default`: `welcome` and the segment `staff` are in use in development alone, `checkout` and `vip` in production too, which
 * is protected; so was `retired` before it was archived, and `shelved` in development alone.
 */
export function topicOf(
  environment: "development" | "production",
  { key, change, session, rollout }: Ids,
): Topic {
  const [flagKey, segment] =
    environment === "development" ? (["welcome", "staff"] as const) : (["checkout", "vip"] as const);
  const ids = {
    keyId: key,
    changeId: change[environment],
    sessionId: session,
    rolloutId: rollout[environment],
  };
  return { project: "default", environment, flagKey, segment, ...ids };
}

/** A running copy of the world. */
export interface World {
  readonly url: string;
  readonly graphql: <Data = Record<string, unknown>>(
    query: string,
    variables: Readonly<Record<string, unknown>>,
    credential: string | null,
  ) => Promise<Answer<Data>>;
  /** Signs one of the world's users in; gives the access token. */
  readonly signIn: (name: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** The world at rest. */
export interface PreparedWorld {
  readonly dump: Blob;
  readonly ids: Ids;
  /** Secret of a MANAGEMENT key, ADMIN of the whole server. */
  readonly admin: string;
  /** Secret of a CLIENT or SERVER key of the project `default`. */
  readonly key: (kind: ApiKeyKind, environment: string) => string;
}

/** A user of the world, by the first part of the e-mail address. */
export interface Inhabitant {
  readonly name: string;
  readonly role: Role | null;
  readonly projectRoles: Readonly<Record<string, Role>>;
}

/** Four who are none of the server's ADMINs: of another project, reading, one to be changed, and one to be erased. */
export const inhabitants: readonly Inhabitant[] = [
  { name: "foreign", role: null, projectRoles: { other: "ADMIN" } },
  { name: "viewer", role: null, projectRoles: { default: "VIEWER" } },
  { name: "carol", role: null, projectRoles: { default: "VIEWER" } },
  { name: "frank", role: null, projectRoles: {} },
];

const settings = {
  ...{ NODE_ENV: "test", PORT: "0", SECRET_KEY: testSecretKey, ALLOW_SIGNUP: "true" },
  ...{ RATE_LIMIT_EVALUATION: "0", RATE_LIMIT_MANAGEMENT: "0", RATE_LIMIT_SIGN_IN: "0" },
};

/** Makes the world; `furnish` may add to it before it is laid to rest. */
export async function prepareWorld(
  furnish: (world: World, admin: string) => Promise<void> = async () => undefined,
): Promise<PreparedWorld> {
  const { dump: empty } = await service("pglite");
  const database = await openInMemory(new Blob([await readFile(empty)]));
  const config = readConfig(settings);
  const app = await createApp(config, { log: silentLog, database });
  try {
    const made = await firstStart(app.tools, systemCaller("first-start"), config);
    const key = (kind: ApiKeyKind, environment: string | null): string =>
      made?.keys.find((one) => one.kind === kind && one.environment === environment)?.secret ?? "";
    const admin = key("MANAGEMENT", null);
    const world = livingWorld(await app.listen(), app.close);
    const ids = await build(world, admin);
    await furnish(world, admin);
    await database.database.execute("checkpoint"); // so that no copy has anything to recover
    return { dump: await database.dump(), ids, admin, key };
  } finally {
    await app.close();
  }
}

/** Wakes a copy; what happens in it stays in it. */
export async function openWorld({ dump }: Pick<PreparedWorld, "dump">): Promise<World> {
  const database = openInMemory(dump);
  const app = await createApp(readConfig(settings), { log: silentLog, database });
  return livingWorld(await app.listen(), app.close);
}

function livingWorld(url: string, close: () => Promise<void>): World {
  const graphql: World["graphql"] = async (query, variables, credential) =>
    askGraphQL(url, query, variables, credential);
  const signIn = async (name: string): Promise<string> => {
    const { data } = await graphql<{ login: { accessToken: string } }>(
      "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }",
      { input: { email: `${name}@example.com`, password } },
      null,
    );
    if (!data) throw new Error(`${name} cannot sign in.`);
    return data.login.accessToken;
  };
  return { url, graphql, signIn, close };
}

/** What an access token says. */
export function claimsOf(token: string): { readonly sub: string; readonly sid: string } {
  const [, claims = ""] = token.split(".");
  return JSON.parse(Buffer.from(claims, "base64url").toString()) as ReturnType<typeof claimsOf>;
}

/** Sends one mutation, which must succeed, and gives its answer. */
export async function make<Data = unknown>(
  { graphql }: Pick<World, "graphql">,
  admin: string,
  mutation: string,
  variables: Readonly<Record<string, unknown>> = {},
): Promise<Data> {
  const { data, errors } = await graphql<Data>(`mutation ${mutation}`, variables, admin);
  if (errors !== undefined || !data) throw new Error(`${mutation}: ${JSON.stringify(errors)}`);
  return data;
}

const rule1 = 'rule: { id: "rule-1", serve: { variant: "on" } }';
const environmentKeys = ["development", "production"] as const;

/** What each operation on an experiment finds, and what was done to it before. */
const deeds = {
  start: [],
  update: [],
  delete: [],
  pause: ["start"],
  traffic: ["start"],
  stop: ["start"],
  conclude: ["start"],
  resume: ["start", "pause"],
} as const;

function experiments(): readonly string[] {
  const metrics = 'metrics: [{ metric: "visits", role: PRIMARY }]';
  return Object.entries(deeds).flatMap(([deed, done]) => [
    `{ createFlag(input: { key: "lab-${deed}" }) { key } }`,
    ...environmentKeys.flatMap((environment) => {
      const key = `${deed}-${environment}`;
      const place = `flagKey: "lab-${deed}", environment: "${environment}"`;
      return [
        `{ createExperiment(input: { key: "${key}", ${place}, ${metrics}, traffic: 50 }) { key } }`,
        ...done.map((verb) => `{ ${verb}Experiment(input: { experiment: "${key}" }) { key } }`),
      ];
    }),
  ]);
}

const laboratory = [
  ...["visits", "errors"].map((key) => `{ createMetric(input: { key: "${key}", type: COUNT }) { key } }`),
  ...["line", "spare-line", "spare-line-2"].map(
    (key) => `{ createLayer(input: { key: "${key}", attribute: "country" }) { key } }`,
  ),
  ...experiments(),
  ...environmentKeys.flatMap((environment) =>
    ["held", "spare-held"].map(
      (key) =>
        `{ createHoldout(input: { key: "${key}", environment: "${environment}", percent: 1 }) { key } }`,
    ),
  ),
  ...["standard", "spare-template"].map(
    (key) => `{ createExperimentTemplate(input: { key: "${key}", settings: { traffic: 10 } }) { key } }`,
  ),
];

const furniture = [
  '{ createProject(input: { key: "other" }) { key } }',
  '{ updateEnvironment(input: { environment: "production", requireExpectedVersion: false, expectedVersion: 1 }) { key } }',
  ...["staff", "spare", "beta", "vip"].map((key) => `{ createSegment(input: { key: "${key}" }) { key } }`),
  '{ createFlag(input: { key: "payments" }) { key } }',
  ...["revenue", "orders"].map((key) => `{ createMetric(input: { key: "${key}", type: COUNT }) { key } }`),
  ...["doomed", "retired"].map(
    (key) => `{ createFlag(input: { key: "${key}", environments: [
      { environment: "development", enabled: true }, { environment: "production", enabled: true }] }) { key } }`,
  ),
  '{ createFlag(input: { key: "shelved", environments: [{ environment: "development", enabled: true }] }) { key } }',
  ...["retired", "shelved"].map((key) => `{ archiveFlag(input: { flagKey: "${key}" }) { key } }`),
  `{ createFlag(input: { key: "checkout", environments: [
      { environment: "development", enabled: true }, { environment: "production", enabled: true,
        rules: [{ id: "rule-1", when: { segment: "vip" }, serve: { variant: "on" } }] }] }) { key } }`,
  `{ addRule(input: { flagKey: "welcome", environment: "development", ${rule1} }) { version } }`,
  '{ setFallthrough(input: { flagKey: "welcome", environment: "development", serve: { variant: "off" } }) { version } }',
  '{ setFallthrough(input: { flagKey: "checkout", environment: "production", serve: { variant: "off" } }) { version } }',
  ...laboratory,
];

async function build(world: World, admin: string): Promise<Ids> {
  for (const mutation of [...furniture, ...rolloutFurniture]) await make(world, admin, mutation);
  for (const inhabitant of inhabitants) await settle(world, admin, inhabitant);
  const { data } = await world.graphql<{
    apiKeys: { nodes: { id: string; kind: string; environment: { key: string } | null }[] };
    auditEvents: { nodes: { id: string; subject: string }[] };
    guardedRollouts: { nodes: { id: string; environment: { key: string } }[] };
  }>(
    `{ apiKeys { nodes { id kind environment { key } } }
       auditEvents(filter: { kinds: ["flag.fallthrough_set"] }) { nodes { id subject } }
       ${rolloutQuery} }`,
    {},
    admin,
  );
  const change = (subject: string): string =>
    data?.auditEvents.nodes.find((event) => event.subject === subject)?.id ?? "";
  const rollout = (environment: string): string =>
    data?.guardedRollouts.nodes.find((one) => one.environment.key === environment)?.id ?? "";
  const key = data?.apiKeys.nodes.find(
    ({ kind, environment }) => kind === "SERVER" && environment?.key === "development",
  );
  const ids = {
    key: key?.id ?? "",
    change: { development: change("welcome"), production: change("checkout") },
    session: claimsOf(await world.signIn("carol")).sid,
    rollout: { development: rollout("development"), production: rollout("production") },
  };
  if ([ids.key, ...Object.values(ids.change), ...Object.values(ids.rollout)].includes(""))
    throw new Error(JSON.stringify(data));
  return ids;
}

/** Makes an account for somebody. */
export async function settle(world: World, admin: string, one: Inhabitant): Promise<void> {
  const projectRoles = Object.entries(one.projectRoles).map(([project, role]) => ({ project, role }));
  const input = { email: `${one.name}@example.com`, password, role: one.role, projectRoles };
  await make(world, admin, "($input: CreateUserInput!) { createUser(input: $input) { id } }", { input });
}
