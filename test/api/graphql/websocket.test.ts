/** The WebSocket door: what subscribers get, and what one operation's mistake may not do to another. */
import { connect as openSocket } from "node:net";
import type { Client } from "graphql-ws";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { liveClient, subscribe } from "../../support/live.js";
import { startServer, type TestServer } from "../../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => server.close());

const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
});

function connect(credential: string | null, params?: Record<string, unknown>): Client {
  const client = liveClient(server.url, credential, params);
  clients.push(client);
  return client;
}

const evaluations = `subscription { evaluations(context: { targetingKey: "user-1" }, flagKeys: ["welcome"]) {
  snapshot evaluations { id key value reason }
} }`;

interface Evaluations {
  readonly evaluations: {
    readonly snapshot: boolean;
    readonly evaluations: readonly { id: string; key: string; value: unknown; reason: string }[];
  };
}

async function toggle(enabled: boolean): Promise<void> {
  const { errors } = await server.graphql(
    `mutation ($enabled: Boolean!) {
      setFlagEnabled(input: { flagKey: "welcome", environment: "development", enabled: $enabled }) { version }
    }`,
    { enabled },
  );
  expect(errors).toBeUndefined();
}

describe("a subscription", () => {
  it("starts with the current answers and brings the new one when the flag is toggled", async () => {
    const live = subscribe<Evaluations>(connect(server.key("CLIENT", "development")), evaluations);
    const first = await live.next();
    expect(first.data?.evaluations).toMatchObject({ snapshot: true, evaluations: [{ value: true }] });
    await toggle(false);
    const second = await live.next();
    expect(second.data?.evaluations).toMatchObject({
      snapshot: false,
      evaluations: [{ key: "welcome", value: false, reason: "DISABLED" }],
    });
    expect(second.data?.evaluations.evaluations[0]?.id).toBe(first.data?.evaluations.evaluations[0]?.id);
    await toggle(true);
    expect((await live.next()).data?.evaluations.evaluations[0]?.value).toBe(true);
    expect(live.pending()).toBe(0);
  });

  it("tells an administrator each change with its flag as it is now", async () => {
    const live = subscribe(
      connect(server.key("MANAGEMENT")),
      `subscription { flagChanges(environment: "development") {
        kind flagKey flag { environment(key: "development") { enabled } } change { kind actor { name } }
      } }`,
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    await toggle(false);
    await toggle(true);
    const name = "For trying out";
    expect((await live.next()).data).toMatchObject({
      flagChanges: {
        kind: "UPDATED",
        flagKey: "welcome",
        change: { kind: "flag.disabled", actor: { name } },
      },
    });
    expect((await live.next()).data).toMatchObject({
      flagChanges: { change: { kind: "flag.enabled" }, flag: { environment: { enabled: true } } },
    });
  });
});

async function subscribers(): Promise<number | undefined> {
  const query = "{ serverInfo { subscribers } }";
  return (await server.graphql<{ serverInfo: { subscribers: number } }>(query)).data?.serverInfo.subscribers;
}

describe("subscriptions", () => {
  it("are counted, whoever shares what and whatever they are about, until they end", async () => {
    const client = connect(server.key("CLIENT", "development"));
    const same = [subscribe(client, evaluations), subscribe(client, evaluations)];
    for (const one of same) await one.next();
    const management = connect(server.key("MANAGEMENT"));
    subscribe(management, "subscription { flagChanges { kind } }");
    await subscribe(management, '{ flag(key: "welcome") { key } }').next();
    await expect.poll(subscribers).toBe(3);
    expect(await (await fetch(`${server.url}/metrics`)).text()).toContain("\nhalyard_subscribers 3\n");
    same[0]?.stop();
    await expect.poll(subscribers).toBe(2);
    for (const one of clients.splice(0)) await one.dispose();
    await expect.poll(subscribers).toBe(0);
  });
});

describe("an operation that is refused", () => {
  it.each([
    ["a syntax error", "subscription {", "GRAPHQL_PARSE_FAILED"],
    ["an unknown field", "subscription { flagz }", "GRAPHQL_VALIDATION_FAILED"],
    ["a mutation", "mutation { logout }", "BAD_REQUEST"],
  ])("for %s leaves its neighbours alone", async (_what, query, code) => {
    const client = connect(server.key("CLIENT", "development"));
    const neighbour = subscribe<Evaluations>(client, evaluations);
    await neighbour.next();
    await expect(subscribe(client, query).next()).rejects.toMatchObject({
      errors: [{ extensions: { code, requestId: expect.any(String) as string } }],
    });
    await toggle(false);
    expect((await neighbour.next()).data?.evaluations.evaluations[0]?.value).toBe(false);
    await toggle(true);
  });

  it.each([
    ["is not given", {}, "c"],
    ["has the wrong type", { c: { targetingKey: 5 } }, "c.targetingKey"],
    ["nests without bottom", { c: { attributes: nested(1_000) } }, "c"],
  ])("because a variable %s names it", async (_what, variables, path) => {
    const query = "subscription ($c: EvaluationContext!) { evaluations(context: $c) { revision } }";
    const client = connect(server.key("CLIENT", "development"));
    await expect(subscribe(client, query, variables).next()).rejects.toMatchObject({
      errors: [{ extensions: { code: "BAD_USER_INPUT", fields: [{ path }] } }],
    });
  });

  it.each([
    ["for a stranger", null, evaluations, "UNAUTHENTICATED"],
    ["for a wrong credential", "hal_client_nothing", evaluations, "UNAUTHENTICATED"],
    ["to a CLIENT key that asks for changes", "client", "subscription { flagChanges { kind } }", "FORBIDDEN"],
    [
      "for a context that is none",
      "client",
      "subscription { evaluations(context: { attributes: 1 }) { revision } }",
      "BAD_USER_INPUT",
    ],
  ])("%s says why", async (_what, credential, query, code) => {
    const key = credential === "client" ? server.key("CLIENT", "development") : credential;
    const { errors } = await subscribe(connect(key), query).next();
    expect(errors?.[0]?.extensions).toMatchObject({ code, requestId: expect.any(String) as string });
  });
});

describe("a client that comes back", () => {
  it("with a revision that nobody gave is told to start anew", async () => {
    const query = 'subscription { flagChanges(since: "yesterday") { kind } }';
    const live = subscribe(connect(server.key("MANAGEMENT")), query);
    expect((await live.next()).data).toEqual({ flagChanges: { kind: "RESYNC" } });
  });
});

describe("a client that says when it connects what it holds", () => {
  const held = `subscription ($since: String) {
    evaluations(context: { targetingKey: "user-1" }, flagKeys: ["welcome"], since: $since) { revision snapshot }
  }`;
  const revisionOf = async (query: string, params?: Record<string, unknown>): Promise<string> => {
    const live = subscribe<{ evaluations: { revision: string } }>(
      connect(server.key("SERVER", "development"), params),
      query,
    );
    return (await live.next()).data?.evaluations.revision ?? "";
  };

  it.each([
    ["goes on from there where a subscription names nothing", {}],
    ["and where it names something older", { since: "1.1" }],
  ])("%s", async (_what, variables) => {
    const since = await revisionOf(held);
    const live = subscribe<Evaluations>(
      connect(server.key("SERVER", "development"), { since }),
      held,
      variables,
    );
    await expect.poll(subscribers).toBe(2); // it has begun, and was told nothing
    await toggle(false);
    expect((await live.next()).data?.evaluations.snapshot).toBe(false);
    await toggle(true);
  });
});

describe("the connection", () => {
  it("takes the credential under headers too, and whatever the case of its name", async () => {
    const params = { headers: { AUTHORIZATION: `Bearer ${server.key("CLIENT", "development")}` } };
    const live = subscribe<Evaluations>(connect(null, params), evaluations);
    expect((await live.next()).data?.evaluations.snapshot).toBe(true);
  });

  it("answers queries", async () => {
    const live = subscribe(connect(server.key("MANAGEMENT")), '{ flag(key: "welcome") { key } }');
    expect((await live.next()).data).toEqual({ flag: { key: "welcome" } });
  });

  it("is refused elsewhere, and nobody who hangs up meanwhile takes the server along", async () => {
    const { hostname, port, host } = new URL(server.url);
    const upgrade = `GET /elsewhere HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await new Promise<void>((resolve) => {
        const socket = openSocket(Number(port), hostname, () => {
          socket.write(upgrade, () => socket.resetAndDestroy());
        });
        socket.on("close", () => resolve());
      });
    }
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  });

  it("is closed with 4408 when it is never opened properly", async () => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    const code = await new Promise<number>((resolve) => socket.on("close", resolve));
    expect(code).toBe(4408);
  });
});

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = { not: value };
  return value;
}
