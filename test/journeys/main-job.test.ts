/** The whole story through the real doors: a flag is made, targeted, rolled out, watched, killed, brought back and looked back on. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshPostgresUrl } from "../support/databases.js";
import { liveClient, type LiveSubscription, subscribe } from "../support/live.js";
import { type Answer, askGraphQL } from "../support/graphql-client.js";
import { testSecretKey } from "../support/server.js";
import { type ServerProcess, startServerProcess } from "../support/server-process.js";
import { redisUrl } from "../support/services.js";

const admin = { ADMIN_EMAIL: "admin@example.com", ADMIN_PASSWORD: "correct horse battery" };

/** Where one instance is written to and the other is read from; the same one where there is only one. */
interface Stage {
  readonly write: ServerProcess;
  readonly read: ServerProcess;
  readonly leave: () => Promise<void>;
}

async function embeddedStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "halyard-journey-"));
  const server = await startServerProcess({ ...admin, DATA_DIR: folder });
  const leave = async (): Promise<void> => {
    expect(await server.stop("SIGINT")).toBe(0);
    await rm(folder, { recursive: true });
  };
  return { write: server, read: server, leave };
}

async function scaledStage(redis: string): Promise<Stage> {
  const env = {
    ...admin,
    DATABASE_URL: await freshPostgresUrl(),
    REDIS_URL: redis,
    SECRET_KEY: testSecretKey,
  };
  const write = await startServerProcess(env);
  const read = await startServerProcess(env);
  const leave = async (): Promise<void> => {
    expect(await read.stop()).toBe(0);
    expect(await write.stop()).toBe(0);
  };
  return { write, read, leave };
}

const redis = await redisUrl("the main job on PostgreSQL and Redis");
const stages = [
  ["PGlite and one process", embeddedStage],
  ...(redis === undefined
    ? []
    : [["PostgreSQL, Redis and two processes", async () => scaledStage(redis)] as const]),
] as const;

describe.each(stages)("the main job on %s", (_where, open) => {
  let stage: Stage;
  let token: string;
  let live: LiveSubscription<Live>;
  let client: ReturnType<typeof liveClient>;
  const place = { flagKey: "one-page", environment: "development" };

  beforeAll(async () => {
    stage = await open();
  }, 120_000);
  afterAll(async () => {
    await client.dispose();
    await stage.leave();
  });

  async function ask<Data>(server: ServerProcess, query: string, variables = {}): Promise<Data> {
    const answer: Answer<Data> = await askGraphQL(server.url, query, variables, token);
    expect(answer.errors).toBeUndefined();
    return answer.data as Data;
  }

  async function change(mutation: string, input: object, fields: string): Promise<Record<string, unknown>> {
    const type =
      mutation === "killFlag"
        ? "FlagRefInput"
        : `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${fields} } }`;
    const data = await ask<Record<string, Record<string, unknown>>>(stage.write, query, { input });
    return data[mutation] ?? {};
  }

  it("lets the first administrator sign in", async () => {
    const { errors, data } = await askGraphQL<{ login: { accessToken: string } }>(
      stage.write.url,
      "mutation ($input: LoginInput!) { login(input: $input) { accessToken user { email role } } }",
      { input: { email: admin.ADMIN_EMAIL, password: admin.ADMIN_PASSWORD } },
      null,
    );
    expect(errors).toBeUndefined();
    expect(data?.login).toMatchObject({ user: { email: "admin@example.com", role: "ADMIN" } });
    token = data?.login.accessToken ?? "";
  });

  it("creates a flag, adds a rule and rolls it out", async () => {
    await change("createFlag", { key: place.flagKey, tags: ["checkout"] }, "key");
    const rule = {
      name: "Germany",
      when: { attribute: "country", operator: "IN", values: ["DE"] },
      serve: { variant: "on" },
    };
    const { rules } = await change("addRule", { ...place, rule }, "rules { summary }");
    expect(rules).toEqual([{ summary: expect.stringContaining("country is DE") as string }]);
    const rollout = await change("setRollout", { ...place, percent: 25, enable: true }, "enabled version");
    expect(rollout["enabled"]).toBe(true);
  });

  it("serves the share that was asked for, and the rule's users whatever their bucket", async () => {
    const users = 10_000;
    let on = 0;
    for (let first = 0; first < users; first += 500) {
      const batch = await Promise.all(
        Array.from({ length: 10 }, async (_, part) => evaluateFifty(first + part * 50)),
      );
      on += batch.flat().filter(Boolean).length;
    }
    const fourSigma = 4 * Math.sqrt(users * 0.25 * 0.75);
    expect(Math.abs(on - users * 0.25)).toBeLessThan(fourSigma);
    const { evaluate } = await ask<{ evaluate: object }>(
      stage.read,
      `{ evaluate(flagKey: "one-page", environment: "development",
           context: { targetingKey: "user-9", attributes: { country: "DE" } }) { value reason ruleName } }`,
    );
    expect(evaluate).toEqual({ value: true, reason: "TARGETING_MATCH", ruleName: "Germany" });
  });

  async function evaluateFifty(first: number): Promise<unknown[]> {
    // Ten root fields an operation, five operations: what any client may send.
    const operations = Array.from({ length: 5 }, async (_, operation) => {
      const fields = Array.from({ length: 10 }, (__, index) => {
        const user = first + operation * 10 + index;
        return `u${user}: evaluate(flagKey: "one-page", environment: "development", context: { targetingKey: "user-${user}" }) { value }`;
      });
      const data = await ask<Record<string, { value: unknown }>>(stage.read, `{ ${fields.join("\n")} }`);
      return Object.values(data).map(({ value }) => value);
    });
    return (await Promise.all(operations)).flat();
  }

  it("pushes the new answer to a subscriber of the other instance when the flag is toggled", async () => {
    client = liveClient(stage.read.url, token);
    live = subscribe<Live>(
      client,
      `subscription { evaluations(environment: "development", flagKeys: ["one-page"],
         context: { targetingKey: "user-1", attributes: { country: "DE" } }) {
           snapshot evaluations { key value reason } } }`,
    );
    expect((await live.next()).data?.evaluations).toMatchObject({
      snapshot: true,
      evaluations: [{ value: true }],
    });
    await change("setFlagEnabled", { ...place, enabled: false }, "version");
    expect((await live.next()).data?.evaluations).toEqual({
      snapshot: false,
      evaluations: [{ key: "one-page", value: false, reason: "DISABLED" }],
    });
    await change("setFlagEnabled", { ...place, enabled: true }, "version");
    expect((await live.next()).data?.evaluations.evaluations[0]?.value).toBe(true);
  });

  it("kills the flag everywhere at once, and brings it back by reverting that", async () => {
    const reason = "Orders fail.";
    const { lastChange } = (await change(
      "killFlag",
      { flagKey: place.flagKey, reason },
      "lastChange { id revertible }",
    )) as {
      lastChange: { id: string };
    };
    expect((await live.next()).data?.evaluations.evaluations[0]?.reason).toBe("DISABLED");
    await change("revertChange", { changeId: lastChange.id }, "kind");
    expect((await live.next()).data?.evaluations.evaluations[0]?.value).toBe(true);
  });

  it("remembers all of it, newest first", async () => {
    const { auditEvents } = await ask<{ auditEvents: { nodes: readonly Event[] } }>(
      stage.read,
      `{ auditEvents(filter: { flagKey: "one-page" }) { nodes { kind actor { name } reason summary } } }`,
    );
    const kinds = auditEvents.nodes.map(({ kind }) => kind);
    expect(kinds).toEqual([
      "flag.reverted",
      "flag.killed",
      "flag.enabled",
      "flag.disabled",
      "flag.rollout_set",
      "flag.rule_added",
      "flag.created",
    ]);
    expect(auditEvents.nodes[1]).toMatchObject({
      reason: "Orders fail.",
      actor: { name: "admin@example.com" },
    });
    expect(live.pending()).toBe(0);
  });
});

interface Live {
  readonly evaluations: {
    readonly snapshot: boolean;
    readonly evaluations: readonly { key: string; value: unknown; reason: string }[];
  };
}

interface Event {
  readonly kind: string;
  readonly reason: string | null;
}
