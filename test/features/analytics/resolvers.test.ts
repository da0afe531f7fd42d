import { afterAll, beforeAll, expect, it } from "vitest";
import { startServer, type TestServer } from "../../support/server.js";

let server: TestServer;

async function ask<Data>(query: string, credential?: string): Promise<Data> {
  const { data, errors } = await server.graphql<Data>(query, {}, credential);
  expect(errors).toBeUndefined();
  if (data === null || data === undefined) throw new Error("There is no data.");
  return data;
}

async function ofrep(path: string, key: string, userAgent: string): Promise<number> {
  const headers = { "content-type": "application/json", "x-api-key": key, "user-agent": userAgent };
  const body = JSON.stringify({ context: { targetingKey: "alice" } });
  return (await fetch(`${server.url}/ofrep/v1/evaluate/flags${path}`, { method: "POST", headers, body }))
    .status;
}

beforeAll(async () => {
  server = await startServer();
  const client = server.key("CLIENT", "development");
  expect(await ofrep("/welcome", client, "shop/1.0 (linux)")).toBe(200);
  expect(await ofrep("/gone", client, "Mozilla/5.0 (X11) Firefox/128.0")).toBe(404);
  expect(await ofrep("", client, "shop/1.0 (linux)")).toBe(200);
  await ask(`{ evaluate(flagKey: "welcome", context: {}) { value } }`, server.key("SERVER", "development"));
  await ask(`{ evaluate(flagKey: "welcome", environment: "development", context: {}) { value } }`);
});
afterAll(async () => server.close());

it("says how often a flag was evaluated, and when last, wherever the flag is listed", async () => {
  const data = await ask<{ flagAnalytics: Record<string, unknown>; flags: { nodes: unknown[] } }>(`{
    flagAnalytics(flagKey: "welcome", environment: "development") {
      flag { key } interval total lastEvaluatedAt variants { variant count } reasons { reason count }
      series { at count variants { variant } reasons { reason } }
    }
    flags { nodes { key lastEvaluatedAt environments {
      environment { key } lastEvaluatedAt evaluationCount month: evaluationCount(days: 400)
    } } }
  }`);
  const { series, lastEvaluatedAt, ...told } = data.flagAnalytics;
  expect(told).toMatchObject({ flag: { key: "welcome" }, interval: "HOUR", total: 4 });
  expect((series as { count: number }[]).reduce((sum, { count }) => sum + count, 0)).toBe(4);
  const never = { lastEvaluatedAt: null, evaluationCount: 0, month: 0 };
  expect(data.flags.nodes).toMatchObject([
    {
      ...{ key: "welcome", lastEvaluatedAt },
      environments: [
        { environment: { key: "development" }, lastEvaluatedAt, evaluationCount: 4, month: 4 },
        { environment: { key: "staging" }, ...never },
        { environment: { key: "production" }, ...never },
      ],
    },
  ]);
});

it("says which keys are asked for in vain, and by what", async () => {
  const data = await ask<Record<string, { nodes: unknown[]; totalCount: number }>>(`{
    unknownFlags(environment: "development") {
      totalCount nodes { key reason count firstAskedAt lastAskedAt environment { key } apiKey { id name kind } }
    }
    clients { totalCount nodes { client version count apiKey { kind } firstSeenAt lastSeenAt } }
    apiKeys(project: "default", environment: "development") { nodes { kind clients { client version count } } }
  }`);
  expect(data["unknownFlags"]).toMatchObject({
    totalCount: 1,
    nodes: [
      {
        key: "gone",
        reason: "ABSENT",
        count: 1,
        environment: { key: "development" },
        apiKey: { kind: "CLIENT" },
      },
    ],
  });
  expect(data["clients"]?.nodes).toHaveLength(3);
  expect(data["apiKeys"]?.nodes).toEqual(
    expect.arrayContaining([
      {
        kind: "CLIENT",
        clients: [
          { client: "browser", version: "", count: 1 },
          { client: "shop", version: "1.0", count: 2 },
        ],
      },
      { kind: "SERVER", clients: [{ client: "node", version: "", count: 1 }] },
    ]),
  );
});

it("lists stale flags with what they are about", async () => {
  const query = `{ staleFlags(environment: "development") {
    totalCount nodes { flag { key } environment { key } staleness reason suggestion since lastEvaluatedAt }
  } }`;
  expect(await ask(query)).toEqual({ staleFlags: { totalCount: 0, nodes: [] } });
});

it("counts what was answered in /metrics", async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const counts = [...text.matchAll(/^halyard_evaluations_total\{reason="(\w+)"\} (\d+)$/gm)];
  const total = counts.reduce((sum, [, , count]) => sum + Number(count), 0);
  expect(total).toBe(5);
  expect(counts.find(([, reason]) => reason === "ERROR")?.[2]).toBe("1");
});
