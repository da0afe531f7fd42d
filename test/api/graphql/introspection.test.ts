/** Who is shown the schema, and helped with names out of it: in production nobody who merely evaluates, at either door. */
import { getIntrospectionQuery } from "graphql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey } from "../../../src/features/accounts/index.js";
import { type ApiKeyKind, systemCaller } from "../../../src/features/permissions/index.js";
import { askHttp, askWebSocket, codesOf, type DoorAnswer, type Sent } from "../../support/both-doors.js";
import { startServer, type TestServer } from "../../support/server.js";

const password = "correct horse battery";
type Credentials = Readonly<Record<string, string | null>>;

async function credentialsOf(server: TestServer): Promise<Credentials> {
  const { data } = await server.graphql<{ login: { accessToken: string } }>(
    "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }",
    { input: { email: "admin@localhost", password } },
    null,
  );
  const make = async (kind: ApiKeyKind, place: object): Promise<string> => {
    const input = { kind, name: kind, ...place };
    return (await createApiKey(server.app.tools, systemCaller("keys"), input)).secret;
  };
  return {
    "a stranger": null,
    "somebody with a wrong credential": "nonsense",
    "a CLIENT key": await make("CLIENT", { environment: "production" }),
    "a SERVER key": await make("SERVER", { environment: "production" }),
    "a MANAGEMENT key": await make("MANAGEMENT", { role: "ADMIN" }),
    "a signed-in user": data?.login.accessToken ?? "",
  };
}

const misspelled: readonly [string, Sent][] = [
  ["a field", { query: "{ flagz { totalCount } }" }],
  ["an argument", { query: '{ flag(kee: "a") { key } }' }],
  ["a type", { query: "query ($a: EvaluationContex!) { evaluateAll(context: $a) { revision } }" }],
  ["an enum's value", { query: "{ flags(filter: { kinds: [RELEAS] }) { totalCount } }" }],
  ["a member", { query: '{ evaluateAll(context: { targetingKei: "a" }) { revision } }' }],
  [
    "an enum's value in a variable",
    {
      query: "query ($f: FlagFilter) { flags(filter: $f) { totalCount } }",
      variables: { f: { kinds: ["RELEAS"] } },
    },
  ],
  [
    "a member of a variable",
    {
      query: "query ($c: EvaluationContext!) { evaluateAll(context: $c) { revision } }",
      variables: { c: { targetingKei: "a" } },
    },
  ],
];
const introspections: readonly [string, string][] = [
  ["the standard query", getIntrospectionQuery()],
  ["one type", '{ __type(name: "Flag") { name } }'],
  [
    "a fragment",
    "{ ...a } fragment a on Query { ... on Query { renamed: __schema { queryType { name } } } }",
  ],
];

const outsiders = [
  ["a stranger", "UNAUTHENTICATED"],
  ["somebody with a wrong credential", "UNAUTHENTICATED"],
  ["a CLIENT key", "FORBIDDEN"],
  ["a SERVER key", "FORBIDDEN"],
] as const;
const insiders = ["a MANAGEMENT key", "a signed-in user"] as const;

describe("in production", () => {
  let server: TestServer;
  let credentials: Credentials;
  beforeAll(async () => {
    server = await startServer("pglite", { NODE_ENV: "production", ADMIN_PASSWORD: password });
    credentials = await credentialsOf(server);
  });
  afterAll(async () => server.close());

  const ask = async (who: string, sent: Sent): Promise<DoorAnswer[]> => {
    const credential = credentials[who] ?? null;
    return [await askHttp(server.url, sent, credential), await askWebSocket(server.url, sent, credential)];
  };

  // Twice: what an insider was shown is kept, and stays theirs.
  describe.each([1, 2])("round %i", () => {
    it.each(insiders)("%s sees the schema and is helped with names", async (who) => {
      for (const [, query] of introspections) {
        for (const { data } of await ask(who, { query })) expect(JSON.stringify(data)).toMatch(/"name"/);
      }
      for (const [, sent] of misspelled) {
        for (const { errors } of await ask(who, sent)) expect(errors?.[0]?.message).toMatch(/Did you mean/);
      }
    });

    it.each(outsiders)("%s does not: %s", async (who, code) => {
      for (const [, query] of introspections) {
        for (const answer of await ask(who, { query })) {
          expect(codesOf(answer)).toEqual([code]);
          expect(answer.data ?? null).toBeNull();
        }
      }
      for (const [what, sent] of misspelled) {
        for (const { errors } of await ask(who, sent)) {
          expect(errors?.length, what).toBeGreaterThan(0);
          expect(JSON.stringify(errors), what).not.toMatch(/did you mean/i);
        }
      }
    });

    it.each(outsiders)("%s is told the names of types", async (who) => {
      for (const { data } of await ask(who, { query: "{ __typename }" })) {
        expect(data).toEqual({ __typename: "Query" });
      }
    });
  });

  it("the security log has who tried with a key", async () => {
    const { data } = await server.graphql<{ securityEvents: { nodes: { subject: string }[] } }>(
      "{ securityEvents(filter: { kinds: [FORBIDDEN] }) { nodes { subject } } }",
      {},
      credentials["a MANAGEMENT key"],
    );
    expect(data?.securityEvents.nodes.map(({ subject }) => subject)).toContain("operation");
  });
});

describe("outside production", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => server.close());

  it("everybody sees the schema, so that Sandbox works before signing in", async () => {
    for (const credential of [null, server.key("CLIENT", "development")]) {
      for (const [, query] of introspections) {
        const answers = [
          await askHttp(server.url, { query }, credential),
          await askWebSocket(server.url, { query }, credential),
        ];
        for (const answer of answers) expect(answer.errors).toBeUndefined();
      }
    }
  });
});

it("addresses that IP_ALLOWLIST leaves out do not see it, whoever asks", async () => {
  const server = await startServer("pglite", { IP_ALLOWLIST: "192.0.2.1" });
  try {
    for (const [, query] of introspections) {
      const answer = await askHttp(server.url, { query }, server.key("MANAGEMENT"));
      expect(codesOf(answer)).toEqual(["FORBIDDEN"]);
    }
    const { errors } = await askHttp(server.url, { query: "{ flagz }" }, server.key("MANAGEMENT"));
    expect(errors?.[0]?.message).not.toMatch(/did you mean/i);
  } finally {
    await server.close();
  }
});
