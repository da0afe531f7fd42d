/** The secret that a server makes for itself stays where only its owner reads it, and secrets that are none stop a start in production. */
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askGraphQL } from "../support/graphql-client.js";
import { runHalyard, startServerProcess } from "../support/server-process.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-secret-"));
});
afterAll(async () => rm(folder, { recursive: true }));

it("a secret that nobody set is made in DATA_DIR, for the owner alone, and never kept in the database", async () => {
  const server = await startServerProcess({ DATA_DIR: folder });
  const management = /^Authorization: Bearer (\S+)$/m.exec(server.output())?.[1] ?? "";
  const rotate = 'mutation { rotateContextProofSecret(input: { environment: "development" }) { secret } }';
  expect((await askGraphQL(server.url, rotate, {}, management)).errors).toBeUndefined();
  expect(await server.stop()).toBe(0);

  const file = join(folder, "secret");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const secret = (await readFile(file, "utf8")).trim();
  expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32);
  expect(server.output()).not.toContain(secret);
  let searched = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || path === file) continue;
    expect((await readFile(path)).includes(secret), path).toBe(false);
    searched += 1;
  }
  expect(searched).toBeGreaterThan(100); // the database is in there
});

describe("in production a start is refused", () => {
  const good = "Pq8vZ2nX5bL1mK7cR4tY9wE3aS6dF0gH-test";
  it.each<[string, Record<string, string>, string]>([
    ["with a short key", { SECRET_KEY: "x1".repeat(15) }, "SECRET_KEY"],
    ["with a short key behind a good one", { SECRET_KEY: `${good},${"x1".repeat(15)}` }, "SECRET_KEY"],
    ["with a key from an example", { SECRET_KEY: "change-me-change-me-change-me-change-me" }, "SECRET_KEY"],
    ["with a short password", { ADMIN_PASSWORD: "seven77" }, "ADMIN_PASSWORD"],
    ["with everybody's password", { ADMIN_PASSWORD: "changeme" }, "ADMIN_PASSWORD"],
    ["without a key beside PostgreSQL", { DATABASE_URL: "postgres://127.0.0.1:1/app" }, "SECRET_KEY"],
  ])("%s", async (_what, env, setting) => {
    const settings = { NODE_ENV: "production", PORT: "0", DATA_DIR: join(folder, "never"), ...env };
    const { code, output } = await runHalyard(["serve"], settings);
    expect(code).toBe(2);
    expect(output).toMatch(new RegExp(`\\b${setting}: `));
    for (const value of Object.values(env)) expect(output).not.toContain(value);
  });
});
