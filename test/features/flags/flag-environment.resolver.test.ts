import { graphql, type GraphQLSchema } from "graphql";
import { buildSchema } from "type-graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  FlagEnvironmentFieldResolver,
  FlagEnvironmentResolver,
  FlagResolver,
  RuleResolver,
} from "../../../src/features/flags/index.js";
import { AuditResolver } from "../../../src/features/ledger/index.js";
import { createSegment } from "../../../src/features/segments/index.js";
import { Loaders } from "../../../src/platform/graphql/loaders.js";
import { adminCaller } from "../../support/tools.js";
import { type Fixture, openFixture } from "./settings-fixture.js";

const admin = adminCaller();
let fixture: Fixture;
let schema: GraphQLSchema;

beforeAll(async () => {
  fixture = await openFixture();
  const variants = ["red", "green"].map((key) => ({ key, value: key }));
  await fixture.addFlag("theme", { type: "STRING", variants });
  await fixture.addFlag("payments");
  await createSegment(fixture.tools, admin, { key: "staff" });
  schema = await buildSchema({
    resolvers: [
      FlagResolver,
      FlagEnvironmentResolver,
      FlagEnvironmentFieldResolver,
      RuleResolver,
      AuditResolver,
    ],
    validate: false,
  });
});
afterAll(async () => fixture.opened.close());

async function run(source: string, input: unknown): Promise<unknown> {
  const { tools } = fixture;
  const contextValue = { tools, caller: admin, loaders: new Loaders(tools) };
  const { data, errors } = await graphql({ schema, source, contextValue, variableValues: { input } });
  if (errors !== undefined) throw new AggregateError(errors, errors[0]?.message);
  return data;
}

const settings = `
  enabled offVariant version
  fallthrough { ...serve }
  targets { variant attribute values }
  prerequisites { flagKey variants }
  rules { id name when startsAt endsAt gate { percent bucketBy seed } serve { ...serve } }`;
const serve = "fragment serve on Serve { variant bucketBy seed split { variant percent } }";
const update = `mutation ($input: UpdateFlagEnvironmentInput!) { updateFlagEnvironment(input: $input) { ${settings} } } ${serve}`;

describe("settings over GraphQL", () => {
  it("come out as they can be sent back, and sending them back changes nothing", async () => {
    const place = { flagKey: "theme", environment: "staging" };
    const written = {
      enabled: true,
      offVariant: null,
      fallthrough: {
        variant: null,
        bucketBy: ["company"],
        seed: null,
        split: [
          { variant: "green", percent: 12.345 },
          { variant: "red", percent: 87.655 },
        ],
      },
      targets: [{ variant: "red", attribute: "targetingKey", values: ["alice"] }],
      prerequisites: [{ flagKey: "payments", variants: ["on"] }],
      rules: [
        {
          id: "r1",
          name: "staff first",
          when: {
            all: [
              { segment: "staff" },
              { not: { attribute: "plan", operator: "IN", values: ["free", 1, true], ignoreCase: true } },
              { bucket: { fromPercent: 0, toPercent: 12.5, seed: "wave" } },
            ],
          },
          startsAt: "2026-12-01T09:00:00Z",
          endsAt: null,
          gate: { percent: 0.5, bucketBy: null, seed: null },
          serve: {
            variant: null,
            bucketBy: null,
            seed: "two",
            split: [
              { variant: "red", percent: 40 },
              { variant: null, percent: 60 },
            ],
          },
        },
        {
          id: "r2",
          name: null,
          when: { all: [] },
          startsAt: null,
          endsAt: null,
          gate: null,
          serve: { variant: "green", bucketBy: null, seed: null, split: null },
        },
      ],
    };
    expect(await run(update, { ...place, ...written })).toEqual({
      updateFlagEnvironment: { ...written, version: 2 },
    });
    expect(await run(update, { ...place, ...written })).toEqual({
      updateFlagEnvironment: { ...written, version: 2 },
    });
  });

  it("lead to the flag, the environment and the newest change, and say what rules mean", async () => {
    const rollout = `mutation ($input: SetRolloutInput!) { setRollout(input: $input) {
      flag { key } environment { key } lastChange { kind environment }
      fallthrough { variant split { variant percent } }
      rules { summary managedBy }
    } }`;
    const share = { percent: 30, variant: "green", rest: "red" };
    expect(await run(rollout, { flagKey: "theme", environment: "staging", ...share })).toEqual({
      setRollout: {
        flag: { key: "theme" },
        environment: { key: "staging" },
        lastChange: { kind: "flag.rollout_set", environment: "staging" },
        fallthrough: {
          variant: null,
          split: [
            { variant: "green", percent: 30 },
            { variant: "red", percent: 70 },
          ],
        },
        rules: [
          {
            summary:
              "in segment staff, and not (plan is free, 1 or true in any case), and in 0–12.5 % by targetingKey, from 2026-12-01 09:00 UTC → of 0.5 %, 40 % get red, 60 % get nothing here",
            managedBy: null,
          },
          { summary: "everyone → green", managedBy: null },
        ],
      },
    });
  });

  it("targets the targeting key by default, in literals too", async () => {
    const literal = `mutation { setTargets(input: { flagKey: "theme", environment: "development",
      targets: [{ variant: "red", values: ["bob"] }] }) { targets { attribute values } version } }`;
    expect(await run(literal, undefined)).toEqual({
      setTargets: { targets: [{ attribute: "targetingKey", values: ["bob"] }], version: 2 },
    });
  });

  it("can be taken back by the id of a change", async () => {
    const { id } = await fixture.lastChange("theme", "development");
    const revert = `mutation ($input: RevertChangeInput!) { revertChange(input: $input) {
      kind environment subject summary revertible before after reason } }`;
    const target = { variant: "red", attribute: "targetingKey", values: ["bob"] };
    expect(await run(revert, { changeId: id, reason: "wrong" })).toEqual({
      revertChange: {
        kind: "flag.reverted",
        environment: "development",
        subject: "theme",
        summary: "A change of flag theme was reverted in development.",
        revertible: true,
        before: { targets: [target] },
        after: { targets: [] },
        reason: "wrong",
      },
    });
  });
});
