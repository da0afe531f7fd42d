import { sql } from "drizzle-orm";
import { graphql, type GraphQLSchema } from "graphql";
import { buildSchema, type NonEmptyArray } from "type-graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProjectRoleType, UserResolver } from "../../../src/features/accounts/index.js";
import {
  EnvironmentResolver,
  ProjectEnvironmentsResolver,
} from "../../../src/features/environments/index.js";
import {
  FlagEnvironmentFieldResolver,
  FlagEnvironmentResolver,
  FlagFieldResolver,
  FlagResolver,
  FlagUsageResolver,
  RuleResolver,
  SegmentUsageResolver,
} from "../../../src/features/flags/index.js";
import { AuditResolver } from "../../../src/features/ledger/index.js";
import { ProjectResolver } from "../../../src/features/projects/index.js";
import { createSegment, SegmentResolver } from "../../../src/features/segments/index.js";
import { Loaders } from "../../../src/platform/graphql/loaders.js";
import { adminCaller, userCaller } from "../../support/tools.js";
import { type Fixture, openFixture } from "./settings-fixture.js";

const resolvers = [
  AuditResolver,
  EnvironmentResolver,
  FlagEnvironmentFieldResolver,
  FlagEnvironmentResolver,
  FlagFieldResolver,
  FlagResolver,
  FlagUsageResolver,
  ProjectEnvironmentsResolver,
  ProjectResolver,
  RuleResolver,
  SegmentResolver,
  SegmentUsageResolver,
  UserResolver,
] as const satisfies NonEmptyArray<unknown>;

let fixture: Fixture;
let schema: GraphQLSchema;
let statements: string[] = [];

beforeAll(async () => {
  schema = await buildSchema({ resolvers, orphanedTypes: [ProjectRoleType], validate: false });
  fixture = await openFixture({ onStatement: (statement) => statements.push(statement) });
  const { tools, addFlag } = fixture;
  await tools.database.execute(
    sql`insert into users (email, password_hash) values ('owner@example.com', 'x'), ('other@example.com', 'x')`,
  );
  await createSegment(tools, adminCaller(), { key: "staff" });
  await createSegment(tools, adminCaller(), { key: "team", when: { segment: "staff" } });
  await addFlag("flag-00");
  for (let index = 1; index < 50; index += 1) {
    const when = { any: [{ segment: "staff" }, { flag: "flag-00", variants: ["on"] }] };
    const rules = [{ when, serve: { variant: "on" } }];
    await addFlag(`flag-${String(index).padStart(2, "0")}`, {
      owner: index % 2 === 0 ? "owner@example.com" : "other@example.com",
      environments: [{ environment: "staging", rules, enabled: index % 3 === 0 }],
    });
  }
});
afterAll(async () => fixture.opened.close());

/** Runs a query as one request; throws its errors. */
async function ask(source: string, caller = userCaller("VIEWER")): Promise<Record<string, unknown>> {
  const { tools } = fixture;
  const contextValue = { tools, caller, loaders: new Loaders(tools) };
  statements = [];
  const { data, errors } = await graphql({ schema, source, contextValue });
  if (errors !== undefined) throw new Error(errors.map(String).join("\n"));
  return JSON.parse(JSON.stringify(data)) as Record<string, unknown>;
}

const everything = (size: number) => `{
  flags(first: ${size}) {
    totalCount
    nodes {
      id key type kind tags version createdAt
      variants { key value }
      project { key environments { key } }
      owner { email }
      lastChange { kind actor { name } }
      usedBy { flags { key } segments { key } }
      environment(key: "staging") { enabled }
      environments {
        enabled version
        environment { key project { key } }
        flag { key }
        fallthrough { variant split { variant percent } }
        rules { id summary when serve { variant } }
        lastChange { kind environment }
      }
    }
  }
}`;

describe("a list of flags with all that hangs on them", () => {
  it("takes no more statements for fifty flags than for two, and few", async () => {
    await ask(everything(2));
    const few = statements.length;
    const data = await ask(everything(50));
    expect(statements.length).toBeLessThanOrEqual(few);
    expect(statements.length).toBeLessThanOrEqual(13);
    expect(data).toMatchObject({ flags: { totalCount: 50 } });
  });

  it("says what it is asked", async () => {
    const { flags } = (await ask(everything(3))) as { flags: { nodes: Record<string, unknown>[] } };
    expect(flags.nodes[0]).toMatchObject({ key: "flag-00", owner: null });
    expect(flags.nodes[0]).toMatchObject({ usedBy: { segments: [] } });
    const { usedBy } = flags.nodes[0] as { usedBy: { flags: { key: string }[] } };
    expect(usedBy.flags).toHaveLength(49);
    expect(flags.nodes[1]).toMatchObject({
      key: "flag-01",
      type: "BOOLEAN",
      owner: { email: "other@example.com" },
      project: {
        key: "default",
        environments: [{ key: "development" }, { key: "staging" }, { key: "production" }],
      },
      lastChange: { kind: "flag.created", actor: { name: "alice@example.com" } },
      variants: [
        { key: "on", value: true },
        { key: "off", value: false },
      ],
      usedBy: { flags: [], segments: [] },
      environments: [
        { environment: { key: "development" }, rules: [] },
        {
          enabled: false,
          environment: { key: "staging", project: { key: "default" } },
          flag: { key: "flag-01" },
          fallthrough: { variant: "on", split: null },
          rules: [{ when: { any: [{ segment: "staff" }, { flag: "flag-00", variants: ["on"] }] } }],
          lastChange: { kind: "flag.created", environment: null },
        },
        { environment: { key: "production" } },
      ],
    });
  });
});

describe("fields of one flag", () => {
  it("give its history, and null for an environment that is not there", async () => {
    const source = `{ flag(key: "flag-01") {
      environment(key: "moon") { id }
      history(first: 5) { totalCount nodes { kind subject reason } }
    } }`;
    expect(await ask(source)).toEqual({
      flag: {
        environment: null,
        history: { totalCount: 1, nodes: [{ kind: "flag.created", subject: "flag-01", reason: null }] },
      },
    });
  });

  it("null for a flag that is not there, or in a project that may not be seen", async () => {
    const source = `{ a: flag(key: "nothing") { id } b: flag(key: "flag-01", project: "elsewhere") { id } }`;
    expect(await ask(source)).toEqual({ a: null, b: null });
  });
});

describe("the users of segments", () => {
  it("are flags and segments, in as many statements for one as for several", async () => {
    const fields = `key usedBy { flags { key } segments { key } }`;
    const { segment } = (await ask(`{ segment(key: "staff") { ${fields} } }`)) as {
      segment: { usedBy: { flags: unknown[]; segments: unknown[] } };
    };
    expect(segment.usedBy.flags).toHaveLength(49);
    expect(segment.usedBy.segments).toEqual([{ key: "team" }]);
    const one = statements.length;
    const { segments } = (await ask(`{ segments { nodes { ${fields} } } }`)) as {
      segments: { nodes: unknown[] };
    };
    expect(statements).toHaveLength(one);
    expect(segments.nodes).toHaveLength(2);
  });
});

describe("mutations", () => {
  it("give the flag as it is, defaults of the schema filled in", async () => {
    const admin = adminCaller();
    const create = `mutation { createFlag(input: { key: "made", variants: [{ key: "yes", value: true }] }) {
      key type kind clientVisible version variants { key value } environment(key: "production") { offVariant }
    } }`;
    expect(await ask(create, admin)).toEqual({
      createFlag: {
        key: "made",
        type: "BOOLEAN",
        kind: "RELEASE",
        clientVisible: true,
        version: 1,
        variants: [{ key: "yes", value: true }],
        environment: { offVariant: "yes" },
      },
    });
    const update = `mutation { updateFlag(input: { flagKey: "made", name: "Made", valueSchema: { const: true } }) {
      name valueSchema version description
    } }`;
    expect(await ask(update, admin)).toEqual({
      updateFlag: { name: "Made", valueSchema: { const: true }, version: 2, description: null },
    });
    const rest = `mutation {
      addVariant(input: { flagKey: "made", variant: { key: "too", value: true } }) { version }
      updateVariant(input: { flagKey: "made", variant: "too", name: "Too" }) { variants { name } }
      removeVariant(input: { flagKey: "made", variant: "too" }) { variants { key } }
      killFlag(input: { flagKey: "made" }) { version }
      archiveFlag(input: { flagKey: "made" }) { archived }
      restoreFlag(input: { flagKey: "made" }) { archived }
      deleteFlag(input: { flagKey: "made" }) { key }
    }`;
    expect(await ask(rest, admin)).toEqual({
      addVariant: { version: 3 },
      updateVariant: { variants: [{ name: null }, { name: "Too" }] },
      removeVariant: { variants: [{ key: "yes" }] },
      killFlag: { version: 5 },
      archiveFlag: { archived: true },
      restoreFlag: { archived: false },
      deleteFlag: { key: "made" },
    });
  });
});
