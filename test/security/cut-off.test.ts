/** What goes on while the database is away, and what does not: evaluation by key goes on, management waits. */
import type { Client } from "graphql-ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey } from "../../src/features/accounts/index.js";
import { systemCaller } from "../../src/features/permissions/index.js";
import { freshPostgresUrl } from "../support/databases.js";
import { adminEmail, makeFirst, password, startInstance, type TestInstance } from "../support/instance.js";
import { bearer, type Frame, openFrames } from "../support/graphql-frames.js";
import { liveClient, subscribe } from "../support/live.js";
import type { Service } from "../support/services/service.js";
import { startOwnPostgres } from "../support/services/postgres-server.js";
import { openTcpProxy, type TcpProxy } from "../support/tcp-proxy.js";

const evaluate = `query ($environment: String) {
  evaluate(flagKey: "welcome", context: { targetingKey: "user-1" }, environment: $environment) { value reason }
}`;
const live = `subscription {
  evaluations(context: { targetingKey: "user-1" }, flagKeys: ["welcome"]) { evaluations { value } }
}`;
const login = `mutation ($password: String!) {
  login(input: { email: "${adminEmail}", password: $password }) { accessToken refreshToken }
}`;
const on = { evaluate: { value: true, reason: "STATIC" } };
const development = { environment: "development" };
const welcome = "welcome";

/** The code of the only error of an answer, or its data. */
function outcomeOf(answer: {
  readonly data?: unknown;
  readonly errors?: readonly { readonly extensions?: Record<string, unknown> }[] | undefined;
}): unknown {
  return answer.errors === undefined
    ? answer.data
    : answer.errors.map(({ extensions }) => extensions?.["code"]);
}

/** Everybody who may come in, and what the tests move. */
interface Scene {
  readonly instance: TestInstance;
  readonly ahead: (ms: number) => void;
  readonly client: string;
  readonly server: string;
  readonly management: string;
  readonly user: { readonly accessToken: string; readonly refreshToken: string };
  /** Of a SERVER key that expires in 30 seconds. */
  readonly brief: string;
}

async function openScene(env: Readonly<Record<string, string>>): Promise<Scene> {
  let offset = 0;
  const now = (): number => Date.now() + offset;
  const instance = await startInstance(env, { now });
  const key = await makeFirst(instance, env);
  const { data } = await instance.graphql<{ login: Scene["user"] }>(login, { password }, null);
  if (data?.login === undefined) throw new Error("The administrator could not sign in.");
  const { secret } = await createApiKey(instance.app.tools, systemCaller("brief"), {
    ...{ name: "brief", kind: "SERVER", environment: "development" },
    expiresAt: new Date(now() + 30_000).toISOString(),
  });
  return {
    instance,
    ahead: (ms) => {
      offset = ms;
    },
    client: key("CLIENT", "development"),
    server: key("SERVER", "development"),
    management: key("MANAGEMENT"),
    user: data.login,
    brief: secret,
  };
}

/** One query over the WebSocket. */
async function askSocket(client: Client, query: string, variables = {}): Promise<unknown> {
  const subscription = subscribe(client, query, variables);
  try {
    return outcomeOf(await subscription.next());
  } finally {
    subscription.stop();
  }
}

describe("while PostgreSQL is down", () => {
  let postgres: Service;
  let scene: Scene;
  const sockets = new Map<string, Client>();
  const socketOf = (credential: string): Client => {
    const known = sockets.get(credential) ?? liveClient(scene.instance.url, credential);
    sockets.set(credential, known);
    return known;
  };

  beforeAll(async () => {
    postgres = await startOwnPostgres();
    scene = await openScene({ DATABASE_URL: postgres.url });
    for (const credential of [scene.client, scene.server]) {
      const subscription = subscribe(socketOf(credential), live);
      expect((await subscription.next()).data).toEqual({ evaluations: { evaluations: [{ value: true }] } });
    }
    await postgres.stop();
  });
  afterAll(async () => {
    for (const socket of sockets.values()) await socket.dispose();
    await scene.instance.app.close();
  });

  const doors = async (credential: string, variables = {}, search = ""): Promise<unknown[]> => [
    outcomeOf(await scene.instance.graphql(evaluate, variables, credential)),
    await askSocket(socketOf(credential), evaluate, variables),
    (await scene.instance.ofrep(welcome, credential, search)).status,
  ];
  const search = "?environment=development";

  it("evaluates for everybody who was let in before, at every door", async () => {
    for (const credential of [scene.client, scene.server, scene.brief]) {
      expect(await doors(credential)).toEqual([on, on, 200]);
    }
    for (const credential of [scene.management, scene.user.accessToken]) {
      expect(await doors(credential, development, search)).toEqual([on, on, 200]);
    }
  });

  it.each([
    ["login", login, { password }, null],
    [
      "refresh",
      `mutation ($token: String!) { refresh(input: { refreshToken: $token }) { accessToken } }`,
      {},
      null,
    ],
    ["me", "{ me { email } }", {}, "user"],
    ["flags", "{ flags { totalCount } }", {}, "management"],
    ["securityEvents", "{ securityEvents { totalCount } }", {}, "management"],
    ["createFlag", `mutation { createFlag(input: { key: "new" }) { key } }`, {}, "management"],
  ])("answers UNAVAILABLE, and nothing of how, to %s", async (_name, query, variables, who) => {
    const credential = who === "user" ? scene.user.accessToken : who === null ? null : scene.management;
    const given = { ...variables, ...(query.includes("$token") && { token: scene.user.refreshToken }) };
    const answer = await scene.instance.graphql(query, given, credential);
    expect(outcomeOf(answer)).toEqual(["UNAVAILABLE"]);
    expect(answer.errors?.[0]?.extensions).not.toHaveProperty("errorId");
    expect(JSON.stringify(answer)).not.toMatch(/connect|socket|postgres|select|drizzle|stack/i);
  });

  it("says so to whoever runs it, and stays ready for those who evaluate", async () => {
    const health = async (): Promise<unknown> => {
      const response = await fetch(`${scene.instance.url}/health`);
      return { code: response.status, ...((await response.json()) as object) };
    };
    const degraded = { code: 200, status: "degraded", ready: true, stale: true };
    await expect
      .poll(health, { timeout: 5_000 })
      .toMatchObject({ ...degraded, database: { kind: "postgresql", up: false } });
    expect((await fetch(`${scene.instance.url}/readyz`)).status).toBe(200);
  });

  describe("for more than 60 seconds", () => {
    beforeAll(() => scene.ahead(75_000));

    it("goes on evaluating for CLIENT and SERVER keys, at every door", async () => {
      for (const credential of [scene.client, scene.server]) {
        expect(await doors(credential)).toEqual([on, on, 200]);
      }
    });

    it("still lets keys expire", async () => {
      expect(await doors(scene.brief)).toEqual([["UNAUTHENTICATED"], ["UNAUTHENTICATED"], 401]);
    });

    it("answers UNAVAILABLE to MANAGEMENT keys, users and secrets that it does not know", async () => {
      const unknown = scene.server.replace(/_\w{6}$/, "_000000");
      for (const credential of [scene.management, scene.user.accessToken, unknown]) {
        expect(outcomeOf(await scene.instance.graphql(evaluate, development, credential))).toEqual([
          "UNAVAILABLE",
        ]);
        expect((await scene.instance.ofrep(welcome, credential, search)).status).toBe(503);
        const fresh = await openFrames(scene.instance.url);
        fresh.say({ type: "connection_init", payload: bearer(credential) });
        expect(await fresh.closed(), "to be opened again, elsewhere or later").toMatchObject({ code: 1013 });
      }
      const answer = await scene.instance.graphql("{ me { email } }", {}, scene.management);
      expect(outcomeOf(answer)).toEqual(["UNAVAILABLE"]);
    });

    it("tells who sends no credential or a broken one so", async () => {
      const answers = [
        await scene.instance.graphql(evaluate, development, null),
        await scene.instance.graphql(evaluate, development, "nonsense"),
      ];
      expect(answers.map(outcomeOf)).toEqual([["UNAUTHENTICATED"], ["UNAUTHENTICATED"]]);
    });
  });
});

describe("when PostgreSQL comes back", () => {
  let proxy: TcpProxy;
  let scene: Scene;
  beforeAll(async () => {
    const url = new URL(await freshPostgresUrl());
    proxy = await openTcpProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(proxy.port);
    scene = await openScene({ DATABASE_URL: url.href });
  });
  afterAll(async () => {
    await scene.instance.app.close();
    await proxy.close();
  });

  it("lets everybody in again, without a restart", async () => {
    const ask = async (): Promise<unknown> =>
      outcomeOf(await scene.instance.graphql(evaluate, development, scene.management));
    proxy.cut();
    await expect
      .poll(() => scene.instance.app.tools.delivery.status().database.up, { timeout: 5_000 })
      .toBe(false);
    scene.ahead(61_000);
    expect(await ask()).toEqual(["UNAVAILABLE"]);
    proxy.heal();
    await expect.poll(ask, { timeout: 10_000 }).toEqual(on);
  });

  it("tells those, too, who subscribed on an open socket while nobody could check them, unless they gave up", async () => {
    const { instance, management } = scene;
    const line = await openFrames(instance.url, bearer(management));
    const query = live.replace("evaluations(", `evaluations(environment: "development", `);
    const told: Frame[] = [];
    const next = async (withinMs?: number): Promise<Frame> => line.frame(() => true, withinMs);
    const subscribing = (id: string) => ({ id, type: "subscribe", payload: { query } });
    line.say(subscribing("before"));
    expect(await next()).toMatchObject({ id: "before", type: "next" });
    proxy.cut();
    await expect.poll(() => instance.app.tools.delivery.status().database.up, { timeout: 5_000 }).toBe(false);
    scene.ahead(122_000);
    line.say(subscribing("during"), subscribing("given up"), { id: "given up", type: "complete" });
    line.say({ id: "asked", type: "subscribe", payload: { query: evaluate, variables: development } });
    for (let count = 0; count < 2; count += 1) told.push(await next());
    expect(told).toMatchObject([
      { id: "asked", type: "next", payload: { errors: [{ extensions: { code: "UNAVAILABLE" } }] } },
      { id: "asked", type: "complete" },
    ]);
    proxy.heal();
    const data = { evaluations: { evaluations: [{ value: true }] } };
    expect(await next(10_000)).toEqual({ id: "during", type: "next", payload: { data } });
    await expect(next(1_500), "nothing else").rejects.toThrow("did not come");
    line.socket.close();
  });
});
