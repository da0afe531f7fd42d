import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFlag, type CreateFlag } from "../../../src/features/flags/create-flag.js";
import type { Flag } from "../../../src/features/flags/flag.js";
import { adminCaller, anonymousCaller, keyCaller, userCaller } from "../../support/tools.js";
import { type Fixture, mistakesOf, openFixture, problemOf, sidesOf } from "./settings-fixture.js";

const admin = adminCaller();
let fixture: Fixture;
let create: (input: CreateFlag) => Promise<Flag>;

beforeAll(async () => {
  fixture = await openFixture();
  create = async (input) => createFlag(fixture.tools, admin, input);
  await fixture.tools.database.execute(
    sql`insert into users (email, password_hash) values ('owner@example.com', 'x')`,
  );
});
afterAll(async () => fixture.opened.close());

describe("createFlag", () => {
  it("makes a boolean flag with on and off, off everywhere", async () => {
    const flag = await create({ key: "checkout" });
    expect(flag).toMatchObject({
      project: "default",
      key: "checkout",
      name: "checkout",
      type: "BOOLEAN",
      kind: "RELEASE",
      description: null,
      tags: [],
      ownerId: null,
      valueSchema: null,
      clientVisible: true,
      archived: false,
      version: 1,
      variants: [
        { key: "on", name: null, description: null, value: true },
        { key: "off", name: null, description: null, value: false },
      ],
    });
    for (const environment of ["development", "staging", "production"]) {
      expect(await fixture.stored("checkout", environment)).toMatchObject({
        enabled: false,
        offVariant: "off",
        fallthrough: { variant: "on" },
        version: 1,
      });
    }
  });

  it("keeps everything that it is given, and records it", async () => {
    const flag = await create({
      key: "limit",
      name: "Limit",
      type: "NUMBER",
      kind: "CONFIG",
      description: "Most items.",
      tags: [" cart ", "shop", "cart"],
      owner: "OWNER@example.com",
      variants: [
        { key: "small", name: "Small", value: 5 },
        { key: "large", description: "For business", value: 50 },
      ],
      valueSchema: { type: "integer" },
      clientVisible: false,
      environments: [{ environment: "staging", enabled: true, fallthrough: { variant: "large" } }],
      reason: "launch",
    });
    expect(flag).toMatchObject({
      tags: ["cart", "shop"],
      clientVisible: false,
      valueSchema: { type: "integer" },
    });
    expect(flag.ownerId).not.toBeNull();
    expect(flag.variants).toEqual([
      { key: "small", name: "Small", description: null, value: 5 },
      { key: "large", name: null, description: "For business", value: 50 },
    ]);
    const staging = { enabled: true, offVariant: "small", fallthrough: { variant: "large" } };
    expect(await fixture.stored("limit", "staging")).toMatchObject(staging);
    const change = await fixture.lastChange("limit");
    expect(change).toMatchObject({ kind: "flag.created", subject: "limit", environment: null });
    const { before, after } = sidesOf(change);
    expect(before).toBeNull();
    expect(after).toMatchObject({
      key: "limit",
      name: "Limit",
      ownerId: flag.ownerId,
      variants: flag.variants,
    });
    expect(after).toMatchObject({ environments: { staging, production: { enabled: false } } });
  });

  it("refuses a key that is taken in whatever case", async () => {
    await fixture.tools.database.execute(sql`update projects set flag_key_pattern = '.'`);
    const problem = await problemOf(create({ key: "Checkout" }));
    expect(problem).toMatchObject({ code: "ALREADY_EXISTS", message: 'Flag "Checkout" exists already.' });
    await fixture.tools.database.execute(sql`update projects set flag_key_pattern = '^[a-z0-9][a-z0-9_-]*$'`);
  });

  it.each<[string, string, RegExp]>([
    ["of another shape", "ä", /^must be 1 to 128 letters, digits/],
    ["that is too long", "a".repeat(129), /^must be 1 to 128 letters/],
    ["with NUL", "a\0", /^must be 1 to 128 letters/],
    ["that begins with a dot", ".a", /^must be 1 to 128 letters/],
    ["that is a reserved word", "new", /^is a reserved word, got "new"\.$/],
    [
      "that the project's pattern refuses",
      "New.flag",
      /^must match the project's pattern .*, got "New\.flag"\.$/,
    ],
  ])("refuses a key %s", async (_what, key, message) => {
    expect(await mistakesOf(create({ key }))).toEqual({
      "input.key": expect.stringMatching(message) as unknown,
    });
  });

  it("tells every mistake at once, each with its path", async () => {
    const mistakes = await mistakesOf(
      create({
        key: "a b",
        name: " ",
        type: "NUMBER",
        tags: ["x".repeat(65), ""],
        description: "d".repeat(4_001),
        variants: [
          { key: "one", value: 1 },
          { key: "ONE", value: "2" },
          { key: "", name: "", value: 3 },
        ],
        reason: "r".repeat(1_001),
      }),
    );
    expect(Object.keys(mistakes).sort()).toEqual([
      "input.description",
      "input.key",
      "input.name",
      "input.reason",
      "input.tags[0]",
      "input.tags[1]",
      "input.variants[1].key",
      "input.variants[1].value",
      "input.variants[2].key",
      "input.variants[2].name",
    ]);
    expect(mistakes["input.variants[1].key"]).toBe('must be unique, got "ONE" again.');
    expect(mistakes["input.variants[1].value"]).toBe('must be a number, got "2".');
  });

  it("refuses values that the schema refuses, where they stand", async () => {
    const variants = [
      { key: "a", value: { sizes: [1] } },
      { key: "b", value: { sizes: [1, "x"] } },
    ];
    const valueSchema = { properties: { sizes: { items: { type: "integer" } } } };
    expect(await mistakesOf(create({ key: "sized", type: "JSON", variants, valueSchema }))).toEqual({
      "input.variants[1].value.sizes[1]": 'must be integer, got "x".',
    });
    expect(await mistakesOf(create({ key: "sized", valueSchema: { type: "nonsense" } }))).toEqual({
      "input.valueSchema": expect.stringMatching(/^must be a JSON Schema: /) as unknown,
    });
  });

  it("asks for variants where the type has none of its own", async () => {
    const message = "must list at least one variant: only BOOLEAN flags have them by themselves.";
    expect(await mistakesOf(create({ key: "text", type: "STRING" }))).toEqual({ "input.variants": message });
    expect(await mistakesOf(create({ key: "text", variants: [] }))).toEqual({
      "input.variants": "must have at least 1 entry, got 0.",
    });
  });

  it("takes at most 50 tags", async () => {
    const tags = Array.from({ length: 51 }, (_, index) => `tag-${index}`);
    expect(await mistakesOf(create({ key: "tagged", tags }))).toEqual({
      "input.tags": "must have at most 50 entries, got 51.",
    });
  });

  it("refuses settings with mistakes and environments listed twice", async () => {
    const environments = [
      { environment: "staging" },
      { environment: "staging", offVariant: "red", prerequisites: [{ flagKey: "nobody", variants: ["on"] }] },
    ];
    expect(await mistakesOf(create({ key: "settled", environments }))).toEqual({
      "input.environments[1].environment": 'must be listed once, got "staging" again.',
      "input.environments[1].offVariant": expect.stringContaining('got "red"') as unknown,
      "input.environments[1].prerequisites[0].flagKey": expect.stringContaining('got "nobody"') as unknown,
    });
  });

  it("refuses to depend on itself", async () => {
    const prerequisites = [{ flagKey: "selfish", variants: ["on"] }];
    const environments = [{ environment: "staging", prerequisites }];
    expect(await mistakesOf(create({ key: "selfish", environments }))).toEqual({
      "input.environments[0].prerequisites[0].flagKey": expect.stringContaining(
        "selfish → selfish",
      ) as unknown,
    });
  });

  it.each<[string, Partial<CreateFlag>, string]>([
    ["a project", { project: "nowhere" }, 'Project "nowhere" was not found.'],
    ["an environment", { environments: [{ environment: "moon" }] }, 'Environment "moon" was not found.'],
    ["an owner", { owner: "nobody@example.com" }, 'User "nobody@example.com" was not found.'],
  ])("does not find %s that is not there", async (_what, input, message) => {
    expect(await problemOf(create({ key: "lost", ...input }))).toMatchObject({ code: "NOT_FOUND", message });
  });

  it("lets a developer start it anywhere but in a protected environment", async () => {
    const developer = userCaller("DEVELOPER");
    const started = (environment: string) => [{ environment, enabled: true }];
    await createFlag(fixture.tools, developer, { key: "dev-only", environments: started("staging") });
    const bold = { key: "bold", environments: started("production") };
    expect(await problemOf(createFlag(fixture.tools, developer, bold))).toMatchObject({
      code: "FORBIDDEN",
      message: "flag:configure needs the role MANAGER in the protected environment production.",
    });
    await createFlag(fixture.tools, userCaller("MANAGER"), bold);
    expect(await fixture.stored("bold", "production")).toMatchObject({ enabled: true });
  });

  it("is not for viewers, strangers and keys that evaluate", async () => {
    const by = async (caller: typeof admin) =>
      (await problemOf(createFlag(fixture.tools, caller, { key: "denied" }))).code;
    expect(await by(userCaller("VIEWER"))).toBe("FORBIDDEN");
    expect(await by(userCaller(null, { other: "ADMIN" }))).toBe("NOT_FOUND");
    expect(await by(anonymousCaller())).toBe("UNAUTHENTICATED");
    expect(await by(keyCaller({ keyKind: "SERVER" }))).toBe("FORBIDDEN");
  });
});
