/** Accounts, keys and settings that no version of the server wrote: they open no door, and keep no flag from changing. */
import { type SQL, sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createFlag } from "../../src/features/flags/index.js";
import { rowsOf } from "../../src/platform/database/index.js";
import { entry, record } from "../features/ledger/ledger-fixture.js";
import { startServer, type TestServer } from "../support/server.js";
import { tamper } from "../support/tamper.js";
import { adminCaller } from "../support/tools.js";

let server: TestServer;
beforeAll(async () => {
  server = await startServer("postgresql");
});
afterAll(async () => server.close());

const damage = async (statement: SQL): Promise<void> => {
  await tamper(server.app.tools.database, async (tx) => tx.execute(statement));
};
/** A row of the ledger for each key, as any change of it leaves. */
const ringForKeys = async (): Promise<void> => {
  const rows = rowsOf(await server.app.tools.database.execute(sql`select id::text from api_keys`));
  const keys = rows.map(({ id }) =>
    entry({ subjectType: "API_KEY", subject: String(id), kind: "api_key.updated" }),
  );
  await record(server.app.tools, ...keys);
};
const refusal = async (credential: string): Promise<unknown> => {
  const { errors } = await server.graphql("{ serverInfo { version } }", {}, credential);
  return errors?.[0]?.extensions;
};

const damages: readonly (readonly [string, SQL])[] = [
  ["roles", sql`update users set role = 'KING', created_at = 'infinity'`],
  ["settings", sql`insert into server_settings (id, updated_at) values (1, 'infinity')`],
  ["kinds", sql`update api_keys set kind = 'SKELETON' where kind = 'CLIENT'`],
];

it.each(damages)("no flag waits for nonsense in %s", async (name, statement) => {
  const { tools } = server.app;
  await damage(sql`alter table users drop constraint if exists users_role`);
  await damage(sql`alter table api_keys drop constraint if exists api_keys_kind`);
  await damage(statement);
  await ringForKeys();
  for (const subjectType of ["USER", "API_KEY", "SETTINGS"] as const) {
    await record(tools, entry({ subjectType, subject: "'; no id, no key" }));
  }
  await createFlag(tools, adminCaller(), { key: `after-${name}` });
  const { stale, revisionLag, database } = tools.delivery.status();
  expect({ stale, revisionLag, up: database.up }).toEqual({ stale: false, revisionLag: 0, up: true });
  expect(tools.delivery.snapshots.flagsOf("default").has(`after-${name}`)).toBe(true);
});

it("nobody comes in by a key that expired before time began", async () => {
  const secret = server.key("SERVER", "production");
  expect(await refusal(secret)).toBeUndefined();
  await damage(sql`update api_keys set expires_at = '-infinity'`);
  await ringForKeys();
  expect(await refusal(secret)).toMatchObject({ code: "UNAUTHENTICATED", reason: "EXPIRED" });
});
