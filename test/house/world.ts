/** A server with something of everything, and what to call each of those things by. */
import { expect } from "vitest";
import { startServer, type TestServer } from "../support/server.js";
import type { Samples } from "./operations.js";

/** Of every user. */
export const password = "correct horse battery";
/** An id of nothing. */
export const nobodysId = "00000000-0000-4000-8000-000000000000";

/** What stands in the project `default`, or under the same names nowhere. */
export function samplesAt(project: string, apiKeyId: string, changeId: string): Samples {
  const clause = { attribute: "country", operator: "IN", values: ["DE"], ignoreCase: true };
  const bucket = { fromPercent: 0, toPercent: 50.5, bucketBy: ["targetingKey"], seed: "seed-1" };
  return {
    ...{ project, "project.key": project, environment: "development", "environment.key": "development" },
    ...{ flagKey: "welcome", "flag.key": "welcome", enabledIn: "development", subject: "welcome" },
    ...{ segment: "staff", "segment.key": "staff", "SegmentRefInput.segment": "spare", usesSegment: "staff" },
    ...{ id: apiKeyId, changeId, actorId: nobodysId, ruleId: "rule-1", ruleIds: "rule-1" },
    ...{
      from: "development",
      to: "staging",
      copyFrom: "development",
      flagKeys: "welcome",
      kinds: "flag.created",
    },
    ...{ key: "thing-1", name: "Thing", description: "A thing.", reason: "Because.", tags: "checkout" },
    ...{
      email: "carol@example.com",
      newEmail: "carol@example.com",
      owner: "carol@example.com",
      otp: "000000",
    },
    ...{ "CreateUserInput.email": "dave@example.com", "RegisterInput.email": "erin@example.com" },
    ...{ password, currentPassword: password, newPassword: password, refreshToken: "nothing" },
    ...{ "FlagFilter.kinds": ["RELEASE"], "CreateApiKeyInput.role": null, "RuleInput.id": "rule-1" },
    ...{ variant: "on", offVariant: "off", rest: "off", "RemoveVariantInput.variant": "spare" },
    ...{ "CreateFlagInput.variants": null, VariantInput: { key: "spare", name: "Spare", value: true } },
    ...{ ServeInput: { split: [{ variant: "on", percent: 100 }], bucketBy: ["plan"], seed: "seed-1" } },
    ...{
      "AddRuleInput.rule": { id: "rule-2", serve: { variant: "on" } },
      GateInput: { percent: 50.125, bucketBy: ["plan"], seed: "seed-1" },
      percent: 50.125,
      bucketBy: "plan",
    },
    ...{ PrerequisiteInput: { flagKey: "payments", variants: ["on"] } },
    ConditionInput: {
      all: [
        { any: [clause, { not: { segment: "beta" } }, { bucket }] },
        { not: { attribute: "plan", operator: "EXISTS" } },
      ],
    },
    ...{ attribute: "country", values: "DE", included: "user-1", excluded: "user-2", add: "user-3" },
    ...{ remove: "user-4", search: "e", targetingKey: "user-1", attributes: { plan: "pro" }, value: true },
    ...{
      defaultValue: false,
      valueSchema: { type: "boolean" },
      flagKeyPattern: "^[a-z]",
      expectedVersion: null,
    },
    ...{ startsAt: "2026-01-01T00:00:00Z", endsAt: "2099-01-01T00:00:00Z", DateTime: "2026-01-01T00:00:00Z" },
    ...{ expiresAt: "2099-01-01T00:00:00Z", "AuditFilter.subject": null, Boolean: true, Int: 1 },
    ...{ protected: false, requireExpectedVersion: false, "ReorderRulesInput.ruleIds": ["rule-2", "rule-1"] },
    ...{ after: null, before: null, "flags.last": null, since: null },
  };
}

export interface World {
  readonly server: TestServer;
  /** What stands in the project `default`. */
  readonly here: Samples;
}

/** A server with something of everything, and three users who are none of its ADMINs. */
export async function makeWorld(): Promise<World> {
  const server = await startServer("pglite", { ALLOW_SIGNUP: "true" });
  const made = await server.graphql(`mutation {
    a: createProject(input: { key: "other" }) { key }
    b: createSegment(input: { key: "staff" }) { key }
    c: createSegment(input: { key: "spare" }) { key }
    d: createSegment(input: { key: "beta" }) { key }
    e: createFlag(input: { key: "payments" }) { key }
    f: updateFlag(input: { flagKey: "welcome", description: "Hello." }) { key }
    g: addRule(input: { flagKey: "welcome", environment: "development",
         rule: { id: "rule-1", serve: { variant: "on" } } }) { version } }`);
  expect(made.errors).toBeUndefined();
  for (const [name, project, role] of [
    ["foreign", "other", "ADMIN"],
    ["viewer", "default", "VIEWER"],
    ["carol", "default", "VIEWER"],
  ]) {
    const { errors } = await server.graphql(`mutation { createUser(input: { email: "${name}@example.com",
      password: "${password}", projectRoles: [{ project: "${project}", role: ${role} }] }) { id } }`);
    expect(errors).toBeUndefined();
  }
  const { data } = await server.graphql<{
    apiKeys: { nodes: { id: string; kind: string }[] };
    auditEvents: { nodes: { id: string }[] };
  }>('{ apiKeys { nodes { id kind } } auditEvents(filter: { kinds: ["flag.updated"] }) { nodes { id } } }');
  const keyId = data?.apiKeys.nodes.find(({ kind }) => kind === "SERVER")?.id ?? "";
  return { server, here: samplesAt("default", keyId, data?.auditEvents.nodes[0]?.id ?? "") };
}
