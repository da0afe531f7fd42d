/** Five seconds of whatever chance makes up, and what longer runs found once. `npm run fuzz` goes on for as long as it is told. */
import { expect, it } from "vitest";
import { buildGraphQLSchema } from "../../src/api/graphql/schema.js";
import { fuzz } from "../fuzz/fuzz.js";
import { told } from "../fuzz/report.js";
import { startServer } from "../support/server.js";

it("finds nothing wrong", { timeout: 120_000 }, async () => {
  const schema = await buildGraphQLSchema();
  const report = await fuzz({ schema, seed: 1, seconds: 5, connections: 4 });
  expect(report.violations, told(report)).toEqual([]);
  const outcomes = [...report.counts.keys()].join("\n");
  expect(outcomes).toMatch(/^query \w+ 200$/m); // it was there, and answered
  expect(outcomes).toMatch(/^OFREP \w+ /m);
  expect(outcomes).toMatch(/^WebSocket /m);
});

it("found that a large body beside OPTIONS was a 500", async () => {
  const server = await startServer();
  try {
    const response = await fetch(`${server.url}/favicon.ico`, {
      method: "OPTIONS",
      headers: { "content-type": "application/json", authorization: `Bearer ${server.key("MANAGEMENT")}` },
      body: "x".repeat(4_300_000),
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: "LIMIT_EXCEEDED" } }] });
  } finally {
    await server.close();
  }
});
