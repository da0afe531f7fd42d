/** What orchestrators and Prometheus see. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startServer, type TestServer } from "../../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => server.close());

it.each([
  ["/livez", "alive\n"],
  ["/readyz", "ready\n"],
])("%s answers in one word", async (path, word) => {
  const response = await fetch(server.url + path);
  expect(response.status).toBe(200);
  expect(await response.text()).toBe(word);
});

it("/health tells how the server and what it leans on are", async () => {
  expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({
    status: "ok",
    ready: true,
    stale: false,
    version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    database: { kind: "pglite", up: true, breaker: "closed" },
    bus: { kind: "in-process", up: true, breaker: "closed", failures: 0 },
    revision: expect.stringMatching(/^1\.\d+\.[0-9a-f]{8}$/) as string,
    epoch: 1,
    revisionLag: 0,
    lastReadAt: expect.stringMatching(/Z$/) as string,
    forks: 0,
    divergences: 0,
    quarantined: 0,
    instances: 1,
    subscribers: 0,
    connections: 0,
  });
});

it("/metrics says how current the server is and what it leans on", async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const figures = {
    halyard_ready: 1,
    halyard_stale: 0,
    halyard_ledger_lag_rows: 0,
    halyard_instances: 1,
    halyard_subscribers: 0,
    halyard_doorbell_failures: 0,
    halyard_quarantined_definitions: 0,
    halyard_ledger_forks_total: 0,
    halyard_divergences_total: 0,
    'halyard_dependency_up{dependency="database"}': 1,
    'halyard_dependency_up{dependency="bus"}': 1,
    'halyard_breaker_state{dependency="database"}': 0,
    'halyard_breaker_state{dependency="bus"}': 0,
  };
  const lines = text.split("\n");
  for (const [name, figure] of Object.entries(figures)) expect(lines).toContain(`${name} ${figure}`);
  const age = Number(/^halyard_ledger_read_age_seconds (\S+)$/m.exec(text)?.[1]);
  expect(age).toBeGreaterThanOrEqual(0);
  expect(age).toBeLessThan(30);
});

it("/metrics counts requests by route, never by address", async () => {
  await fetch(`${server.url}/ofrep/v1/evaluate/flags/some-flag`, { method: "POST" });
  const response = await fetch(`${server.url}/metrics`);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain/);
  const text = await response.text();
  expect(text).toMatch(
    /http_requests_total\{method="POST",route="\/ofrep\/v1\/evaluate\/flags\/:key",status="\d+"\} 1/,
  );
  expect(text).not.toContain("some-flag");
  expect(text).toContain("http_request_duration_seconds_bucket");
});

it("answers 404 as JSON for what is not there", async () => {
  const response = await fetch(`${server.url}/nowhere`);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "NOT_FOUND" } }] });
});

it("answers an address that cannot be read in the same shape", async () => {
  const response = await fetch(`${server.url}/ofrep/v1/evaluate/flags/%zz`, { method: "POST" });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    errors: [{ extensions: { code: "BAD_REQUEST", requestId: expect.any(String) as string } }],
  });
});
