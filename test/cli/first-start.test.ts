/** The first start happens once, whatever people do with what it made. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { firstStart } from "../../src/cli/first-start.js";
import { systemCaller } from "../../src/features/permissions/index.js";
import { startServer, type TestServer } from "../support/server.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => server.close());

const again = async () => firstStart(server.app.tools, systemCaller("start"), server.config);

it("is over on the next start", async () => {
  expect(await again()).toBeNull();
});

it("brings back neither the default project nor keys once somebody deleted it", async () => {
  const { errors } = await server.graphql(
    'mutation { deleteProject(input: { project: "default" }) { key } }',
  );
  expect(errors).toBeUndefined();
  expect(await again()).toBeNull();
  expect((await server.graphql("{ projects { key } }")).data).toEqual({ projects: [] });
});
