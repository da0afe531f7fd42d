/** What every environment shares is changed, at the door, by the rules of the strictest environment in which it is in use. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer, type TestServer } from "../support/server.js";

const password = "correct horse battery";

let server: TestServer;
let developer: string;
let manager: string;
beforeAll(async () => {
  server = await startServer("pglite", { RATE_LIMIT_MANAGEMENT: "0" });
  await make('updateEnvironment(input: { environment: "staging", protected: true }) { key }');
  await make('createSegment(input: { key: "inner", included: ["user-1"] }) { key }');
  await make('createSegment(input: { key: "outer", when: { segment: "inner" } }) { key }');
  for (const key of ["far", "spare"]) await make(`createFlag(input: { key: "${key}" }) { key }`);
  await make(`createFlag(input: { key: "between", environments: [${both("", needs("far"))}] }) { key }`);
  const users = `${needs("between")}, rules: [{ when: { segment: "outer" }, serve: { variant: "on" } }]`;
  await make(`createFlag(input: { key: "user", environments: [${both("enabled: true", users)}] }) { key }`);
  for (const key of ["own", "schemed", "hidden", "leaving", "returning"]) {
    await make(`createFlag(input: { key: "${key}", environments: [${both("enabled: true")}] }) { key }`);
  }
  await make('archiveFlag(input: { flagKey: "returning", expectedVersion: 1 }) { key }');
  developer = await signIn("DEVELOPER");
  manager = await signIn("MANAGER");
});
afterAll(async () => server.close());

function needs(flagKey: string): string {
  return `prerequisites: [{ flagKey: "${flagKey}", variants: ["on"] }]`;
}

/** The same settings in both protected environments. */
function both(...settings: readonly string[]): string {
  return ["staging", "production"]
    .map((environment) => `{ ${[`environment: "${environment}"`, ...settings].filter(Boolean).join(", ")} }`)
    .join(", ");
}

async function make(mutation: string): Promise<void> {
  expect((await server.graphql(`mutation { ${mutation} }`)).errors).toBeUndefined();
}

async function signIn(role: string): Promise<string> {
  const email = `${role.toLowerCase()}@example.com`;
  await make(`createUser(input: { email: "${email}", password: "${password}", role: ${role} }) { id }`);
  const { data } = await server.graphql<{ login: { accessToken: string } }>(
    "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }",
    { input: { email, password } },
    null,
  );
  return data?.login.accessToken ?? "";
}

interface Change {
  readonly what: string;
  /** `operation(input: { … ` without its end. */
  readonly start: string;
  readonly version?: number;
  /** A DEVELOPER may not do it anywhere, so that no environment is to blame. */
  readonly isManagersAlone?: true;
}

const changes: readonly Change[] = [
  { what: "a variant's value", start: 'updateVariant(input: { flagKey: "own", variant: "on", value: false' },
  {
    what: "a variant's value of a prerequisite's prerequisite, which is off itself",
    start: 'updateVariant(input: { flagKey: "far", variant: "on", value: false',
  },
  {
    what: "the value schema",
    start: 'updateFlag(input: { flagKey: "schemed", valueSchema: { type: "boolean" }',
  },
  { what: "who sees the flag", start: 'updateFlag(input: { flagKey: "hidden", clientVisible: false' },
  {
    what: "a segment within a segment",
    start: 'updateSegment(input: { segment: "inner", when: { attribute: "plan", operator: EXISTS }',
  },
  {
    what: "the members of a segment within a segment",
    start: 'changeSegmentMembers(input: { segment: "inner", add: ["user-2"]',
    version: 2,
  },
  { what: "archiving", start: 'archiveFlag(input: { flagKey: "leaving"', isManagersAlone: true },
  {
    what: "restoring",
    start: 'restoreFlag(input: { flagKey: "returning"',
    version: 2,
    isManagersAlone: true,
  },
];

async function told(start: string, credential: string, version?: number) {
  const end = version === undefined ? "" : `, expectedVersion: ${version}`;
  const { errors } = await server.graphql(`mutation { ${start}${end} }) { version } }`, {}, credential);
  const { message = "", extensions } = errors?.[0] ?? {};
  return { code: extensions?.code ?? "ok", message, currentVersion: extensions?.["currentVersion"] };
}

describe("in use in two protected environments,", () => {
  it.each(changes)("$what asks for the role and the version of both", async (change) => {
    const { start, version = 1, isManagersAlone = false } = change;
    const refused = await told(start, developer, version);
    expect(refused).toMatchObject({ code: "FORBIDDEN", message: expect.stringContaining("role MANAGER") });
    if (!isManagersAlone) expect(refused.message).toContain("in use in staging and production.");
    const [blind, stale] = [await told(start, manager), await told(start, manager, 99)];
    expect(blind).toMatchObject({ code: "PRECONDITION_REQUIRED", currentVersion: version });
    expect(stale).toMatchObject({ code: "CONFLICT", currentVersion: version });
    expect((await told(start, manager, version)).code).toBe("ok");
  });
});

describe("in use where nothing is protected, or nowhere,", () => {
  it("the same asks for no more than DEVELOPER, and for no version", async () => {
    await make('createSegment(input: { key: "loose" }) { key }');
    await make(`createFlag(input: { key: "trial", environments: [{ environment: "development", enabled: true,
      rules: [{ when: { segment: "loose" }, serve: { variant: "on" } }] }] }) { key }`);
    for (const start of [
      'updateVariant(input: { flagKey: "trial", variant: "on", value: false',
      'updateVariant(input: { flagKey: "spare", variant: "on", value: false',
      'changeSegmentMembers(input: { segment: "loose", add: ["user-1"]',
    ]) {
      expect((await told(start, developer)).code).toBe("ok");
    }
  });
});
