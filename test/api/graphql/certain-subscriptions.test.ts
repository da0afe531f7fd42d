/** Subscriptions to nothing: without the rule they were a bug inside graphql-js. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { askWebSocket } from "../../support/both-doors.js";
import { startServer, type TestServer } from "../../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => server.close());

const field = 'ruleset(project: "default", environment: "development")';

it.each([
  `subscription { ${field} @skip(if: true) { to } }`,
  `subscription { ... @skip(if: true) { ${field} { to } } }`,
  `subscription { ...Root @skip(if: true) } fragment Root on Subscription { ${field} { to } }`,
  `subscription { ...Root } fragment Root on Subscription { ${field} @skip(if: true) { to } }`,
  `subscription { ...Root } fragment Root on Subscription { ...Other } fragment Other on Subscription { ... @skip(if: false) { ${field} { to } } }`,
])("a subscription that may be to nothing is refused: %s", async (query) => {
  const { errors } = await askWebSocket(server.url, { query }, server.key("MANAGEMENT"));
  expect(errors).toMatchObject([
    {
      message: "The field of a subscription must carry neither @skip nor @include.",
      extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
    },
  ]);
});

it("conditions further down, and in queries, are as good as ever", async () => {
  const admin = server.key("MANAGEMENT");
  const live = await askWebSocket(
    server.url,
    { query: `subscription { ${field} { to @skip(if: true) snapshot } }` },
    admin,
  );
  expect(live.data).toEqual({ ruleset: { snapshot: true } });
  const once = await askWebSocket(server.url, { query: "{ me @skip(if: true) { id } }" }, admin);
  expect(once).toEqual({ data: {} });
});
