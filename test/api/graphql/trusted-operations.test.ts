/** The list of trusted operations: who is bound by it, by text and by name, at both doors; and what it must look like. */
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "../../../src/app.js";
import { readConfig } from "../../../src/platform/config.js";
import { StartProblem } from "../../../src/platform/start-problem.js";
import { askHttp, askWebSocket, codesOf, type DoorAnswer, type Sent } from "../../support/both-doors.js";
import { freshDatabase } from "../../support/databases.js";
import { startServer, testSecretKey, type TestServer } from "../../support/server.js";
import { silentLog } from "../../support/silent-log.js";

const password = "correct horse battery";
const evaluate = `query Evaluate($key: String!) {
  evaluate(flagKey: $key, context: { targetingKey: "user-1" }) { key __typename }
}`;
const login = "mutation Login($input: LoginInput!) { login(input: $input) { accessToken } }";
const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const plain = { [hash(evaluate)]: evaluate, [hash(login)]: login };
const apollo = {
  format: "apollo-persisted-query-manifest",
  version: 1,
  operations: [
    { id: hash(evaluate), name: "Evaluate", type: "query", body: evaluate },
    { id: hash(login), name: "Login", type: "mutation", body: login },
  ],
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-manifest-"));
});
afterAll(async () => rm(folder, { recursive: true }));

async function write(name: string, content: unknown): Promise<Readonly<Record<string, string>>> {
  const file = join(folder, name);
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  return { TRUSTED_OPERATIONS_ONLY: "true", TRUSTED_OPERATIONS_FILE: file };
}

const variables = { key: "welcome" };
const named = (id: unknown): Sent => ({
  variables,
  extensions: { persistedQuery: { version: 1, sha256Hash: id } },
});
const answered = { evaluate: { key: "welcome", __typename: "Evaluation" } };
const unlisted = "{ evaluateAll(context: {}) { revision } }";

describe.each([
  ["Apollo's manifest", apollo],
  ["texts by their SHA-256", plain],
])("with %s", (name, manifest) => {
  let server: TestServer;
  let ask: (who: "CLIENT" | "SERVER" | "stranger", sent: Sent) => Promise<DoorAnswer[]>;
  beforeAll(async () => {
    const env = await write(`${name}.json`, manifest);
    server = await startServer("pglite", { ...env, ADMIN_PASSWORD: password });
    ask = async (who, sent) => {
      const credential = who === "stranger" ? null : server.key(who, "development");
      return [await askHttp(server.url, sent, credential), await askWebSocket(server.url, sent, credential)];
    };
  });
  afterAll(async () => server.close());

  it.each(["CLIENT", "SERVER"] as const)(
    "a %s key may send what is listed, laid out in any way",
    async (who) => {
      const laidOut = `# The flag.\n${evaluate.replaceAll(/\s+/g, "   ")}`;
      for (const query of [evaluate, laidOut]) {
        for (const { data } of await ask(who, { query, variables })) expect(data).toEqual(answered);
      }
    },
  );

  it.each(["CLIENT", "SERVER"] as const)("a %s key may name it", async (who) => {
    for (const { data } of await ask(who, named(hash(evaluate)))) expect(data).toEqual(answered);
  });

  it("an operation may be named and sent at once", async () => {
    const both = { ...named(hash(evaluate)), query: evaluate };
    for (const { data } of await ask("CLIENT", both)) expect(data).toEqual(answered);
  });

  it.each(["CLIENT", "SERVER", "stranger"] as const)("a %s may send nothing else", async (who) => {
    const others = [unlisted, `${evaluate} query Other { me { email } }`, "{ __typename }", "{ unknown }"];
    for (const query of others) {
      for (const answer of await ask(who, { query })) {
        expect(codesOf(answer)).toEqual(["FORBIDDEN"]);
        expect(answer.data ?? null).toBeNull();
      }
    }
  });

  it("what MANAGEMENT keys send is kept for them alone", async () => {
    const asked = { query: '{ evaluateAll(environment: "development", context: {}) { __typename } }' };
    const free = await askHttp(server.url, asked, server.key("MANAGEMENT"));
    expect(free.data).toEqual({ evaluateAll: { __typename: "EvaluationSet" } });
    for (const answer of await ask("SERVER", asked)) expect(codesOf(answer)).toEqual(["FORBIDDEN"]);
  });

  it("names that it does not know are told as Apollo's clients expect it", async () => {
    for (const id of [hash(unlisted), "__proto__", "", 5, null, {}]) {
      for (const answer of await ask("CLIENT", named(id))) {
        expect(codesOf(answer)).toEqual(["PERSISTED_QUERY_NOT_FOUND"]);
      }
    }
  });

  it("nobody can add to it", async () => {
    const added = {
      query: unlisted,
      extensions: { persistedQuery: { version: 1, sha256Hash: hash(unlisted) } },
    };
    for (const credential of [server.key("CLIENT", "development"), server.key("MANAGEMENT")]) {
      await askHttp(server.url, added, credential);
    }
    const [later] = await ask("CLIENT", named(hash(unlisted)));
    expect(codesOf(later ?? {})).toEqual(["PERSISTED_QUERY_NOT_FOUND"]);
  });

  it("a name that is another text's is a bad request", async () => {
    const wrong = { ...named(hash(unlisted)), query: evaluate };
    const answer = await askHttp(server.url, wrong, server.key("CLIENT", "development"));
    expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: "BAD_REQUEST" } }] });
    const old = {
      query: evaluate,
      variables,
      extensions: { persistedQuery: { version: 2, sha256Hash: "" } },
    };
    const odd = await askHttp(server.url, old, server.key("CLIENT", "development"));
    expect(odd).toMatchObject({ status: 400, errors: [{ extensions: { code: "BAD_REQUEST" } }] });
  });

  it("a stranger signs in by the listed operation, and is then free", async () => {
    const input = { email: "admin@localhost", password };
    const { data } = await askHttp(server.url, { query: login, variables: { input } }, null);
    const { accessToken } = (data as { login: { accessToken: string } }).login;
    const me = await askHttp(server.url, { query: "{ me { email } }" }, accessToken);
    expect(me.data).toEqual({ me: { email: "admin@localhost" } });
  });
});

describe("a manifest", () => {
  it.each<[string, unknown, RegExp]>([
    ["that is no JSON", "{", /Cannot read the manifest .*bad\.json \(TRUSTED_OPERATIONS_FILE\): .*JSON/],
    ["that is a list", [], /does not work: .*record/],
    ["whose text is a number", { one: 5 }, /does not work: one: /],
    ["whose text is none", { [hash("a")]: "{ me {" }, /does not work: [0-9a-f]{64}: Syntax Error/],
    ["that the schema does not fit", { [hash("a")]: "{ flagz }" }, /Cannot query field "flagz"/],
    ["beyond the limits", { [hash("a")]: `{ me { ${"email ".repeat(1_000)} } }` }, /at most 1000 tokens/],
    ["of another version", { ...apollo, version: 2 }, /does not work: version: /],
    ["of another format", { ...apollo, format: "other" }, /does not work: format: /],
    ["without bodies", { ...apollo, operations: [{ id: "a" }] }, /operations\.0\.body: /],
  ])("%s stops the start", async (_what, content, message) => {
    const env = await write("bad.json", content);
    const problem: unknown = await start(env).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(StartProblem);
    expect(String(problem)).toMatch(message);
  });

  it("that is not there stops the start", async () => {
    const env = { TRUSTED_OPERATIONS_ONLY: "true", TRUSTED_OPERATIONS_FILE: join(folder, "nowhere.json") };
    await expect(start(env)).rejects.toThrow(/Cannot read the manifest .*nowhere\.json.*ENOENT/);
  });
});

it("without the mode no operation can be named, and none is kept under a name", async () => {
  const server = await startServer();
  try {
    const sent = { query: evaluate, ...named(hash(evaluate)) };
    const credential = server.key("CLIENT", "development");
    for (const one of [sent, named(hash(evaluate))]) {
      const answer = await askHttp(server.url, one, credential);
      expect(codesOf(answer)).toEqual(["PERSISTED_QUERY_NOT_SUPPORTED"]);
    }
    const socket = await askWebSocket(server.url, named(hash(evaluate)), credential);
    expect(codesOf(socket)).toEqual(["PERSISTED_QUERY_NOT_SUPPORTED"]);
  } finally {
    await server.close();
  }
});

/** Listens and stops again. */
async function start(env: Readonly<Record<string, string>>): Promise<void> {
  const config = readConfig({ NODE_ENV: "test", PORT: "0", SECRET_KEY: testSecretKey, ...env });
  const app = await createApp(config, { log: silentLog, database: await freshDatabase("pglite") });
  try {
    await app.listen();
  } finally {
    await app.close();
  }
}
