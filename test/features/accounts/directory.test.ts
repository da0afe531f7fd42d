import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApiKey } from "../../../src/features/accounts/create-api-key.js";
import { createDirectory } from "../../../src/features/accounts/directory.js";
import { recognise } from "../../../src/features/accounts/index.js";
import { logout } from "../../../src/features/accounts/logout.js";
import { revokeApiKey } from "../../../src/features/accounts/revoke-api-key.js";
import { rotateApiKey } from "../../../src/features/accounts/rotate-api-key.js";
import { setUserRole } from "../../../src/features/accounts/set-user-role.js";
import { updateUser } from "../../../src/features/accounts/update-user.js";
import { deleteEnvironment } from "../../../src/features/environments/delete-environment.js";
import { createReader } from "../../../src/features/ledger/index.js";
import { deleteProject } from "../../../src/features/projects/delete-project.js";
import { tamper } from "../../support/tamper.js";
import { adminCaller, anonymousCaller, callerOf, seedProject, testStart } from "../../support/tools.js";
import { addUser, callerBy, identityOf, type Instance, openAccounts, signIn } from "./accounts-fixture.js";

let instance: Instance;
let tools: Instance["tools"];

beforeAll(async () => {
  instance = await openAccounts();
  ({ tools } = instance);
});
afterAll(async () => instance.close());

const admin = adminCaller();

describe("authenticate", () => {
  it.each([
    [null, "MISSING"],
    ["", "MISSING"],
    ["nonsense", "INVALID"],
    ["hal_server_production_00000000000000000000000000000000_000000", "INVALID"],
  ])("makes an anonymous caller of %j who knows why", async (credential, reason) => {
    expect(await identityOf(tools, credential)).toEqual({ kind: "ANONYMOUS", reason });
  });

  it("refuses a user it does not know", async () => {
    const { token } = await tools.accessTokens.sign({ userId: "nobody", sessionId: "none" });
    expect(await identityOf(tools, token)).toEqual({ kind: "ANONYMOUS", reason: "INVALID" });
  });
});

describe("the directory", () => {
  it("lets users and keys in on an instance that only reads, and shuts them out when they are revoked", async () => {
    const directory = createDirectory(tools.now);
    const reader = createReader(tools, [directory]);
    await reader.start();
    const other = { ...tools, directory };
    await addUser(tools, "alice@example.com", "VIEWER");
    const { apiKey, secret } = await createApiKey(tools, admin, {
      name: "deploy",
      kind: "MANAGEMENT",
      role: "VIEWER",
    });
    await reader.reach(instance.reader.position());
    const { session, caller } = await signIn(tools, "alice@example.com");
    expect(await identityOf(other, session.accessToken)).toEqual(caller.identity);
    expect(await identityOf(other, secret)).toMatchObject({ id: apiKey.id });

    await logout(tools, caller);
    await revokeApiKey(tools, admin, { id: apiKey.id });
    await reader.reach(instance.reader.position());
    expect(await identityOf(other, session.accessToken)).toEqual({ kind: "ANONYMOUS", reason: "REVOKED" });
    expect(await identityOf(other, secret)).toEqual({ kind: "ANONYMOUS", reason: "REVOKED" });
    await reader.close();
  });

  it("knows after a full load what it knows by following", async () => {
    await addUser(tools, "bob@example.com", null, { default: "MANAGER" });
    const bob = await signIn(tools, "bob@example.com");
    const gone = await signIn(tools, "bob@example.com");
    await logout(tools, gone.caller);
    const made = await createApiKey(tools, admin, { name: "app", kind: "CLIENT", environment: "staging" });
    const { secret } = await rotateApiKey(tools, admin, { id: made.apiKey.id });

    const directory = createDirectory(tools.now);
    const reader = createReader(tools, [directory]);
    await reader.start();
    const other = { ...tools, directory };
    for (const credential of [bob.session.accessToken, gone.session.accessToken, made.secret, secret]) {
      expect(await identityOf(other, credential)).toEqual(await identityOf(tools, credential));
    }
    await reader.close();
  });

  it("finds where it differs from the database, and nothing where it does not", async () => {
    await addUser(tools, "dora@example.com", "VIEWER", { default: "MANAGER" });
    await signIn(tools, "dora@example.com");
    const made = await createApiKey(tools, admin, { name: "app", kind: "CLIENT", environment: "staging" });
    await rotateApiKey(tools, admin, { id: made.apiKey.id });
    const compare = async () => tools.database.transaction(async (tx) => tools.directory.compare?.(tx));
    for (let round = 0; round < 3; round += 1) expect(await compare()).toEqual([]);
    await tamper(tools.database, async (tx) => {
      await tx.execute(sql`update users set role = 'ADMIN' where email = 'dora@example.com'`);
      await tx.execute(sql`update api_keys set revoked_at = now() where id = ${made.apiKey.id}`);
    });
    expect(await compare()).toEqual([expect.stringMatching(/^user /), `API key ${made.apiKey.id}`]);
    await tamper(tools.database, async (tx) => {
      await tx.execute(sql`update users set role = 'VIEWER' where email = 'dora@example.com'`);
      await tx.execute(sql`delete from api_keys where id = ${made.apiKey.id}`);
    });
    expect(await compare()).toEqual([
      `API key ${made.apiKey.id}`,
      expect.stringMatching(/API keys here, \d+ in the database/),
    ]);
  });

  it("forgets roles and keys with their project, and keys with their environment", async () => {
    await seedProject(tools, "shop");
    await addUser(tools, "carol@example.com", null, { default: "VIEWER", shop: "ADMIN" });
    const { session } = await signIn(tools, "carol@example.com");
    const key = { name: "app", kind: "CLIENT", project: "shop" } as const;
    const ofStaging = await createApiKey(tools, admin, { ...key, environment: "staging" });
    const ofProduction = await createApiKey(tools, admin, { ...key, environment: "production" });
    const elsewhere = await createApiKey(tools, admin, {
      ...key,
      project: "default",
      environment: "staging",
    });

    await deleteEnvironment(tools, admin, { project: "shop", environment: "staging" });
    expect(await identityOf(tools, ofStaging.secret)).toEqual({ kind: "ANONYMOUS", reason: "INVALID" });
    expect(await identityOf(tools, ofProduction.secret)).toMatchObject({ kind: "API_KEY" });

    await deleteProject(tools, admin, { project: "shop" });
    expect(await identityOf(tools, ofProduction.secret)).toEqual({ kind: "ANONYMOUS", reason: "INVALID" });
    expect(await identityOf(tools, elsewhere.secret)).toMatchObject({ kind: "API_KEY" });
    expect(await identityOf(tools, session.accessToken)).toMatchObject({
      projectRoles: new Map([["default", "VIEWER"]]),
    });
  });

  it("remembers an ended session as long as access tokens for it may be about", async () => {
    await addUser(tools, "dave@example.com");
    const { session, caller } = await signIn(tools, "dave@example.com");
    await logout(tools, caller);
    tools.setClock(testStart + 599_000);
    await updateUser(tools, admin, { email: "dave@example.com", name: "Dave" });
    expect(await identityOf(tools, session.accessToken)).toEqual({ kind: "ANONYMOUS", reason: "REVOKED" });
    tools.setClock(testStart + 600_000);
    expect(await identityOf(tools, session.accessToken)).toEqual({ kind: "ANONYMOUS", reason: "EXPIRED" });
    tools.setClock(testStart);
  });
});

describe("recognise", () => {
  it("gives users the rights of this moment, until their session ends", async () => {
    await addUser(tools, "erin@example.com", "VIEWER");
    const { caller } = await signIn(tools, "erin@example.com");
    expect(recognise(tools, caller)).toEqual(caller);
    await setUserRole(tools, admin, { email: "erin@example.com", role: "MANAGER" });
    expect(recognise(tools, caller).identity).toEqual({ kind: "ANONYMOUS", reason: "REVOKED" });
    const again = await signIn(tools, "erin@example.com");
    await updateUser(tools, admin, { email: "erin@example.com", newEmail: "erin@example.org" });
    expect(recognise(tools, again.caller).identity).toEqual({
      ...again.caller.identity,
      email: "erin@example.org",
    });
  });

  it("gives keys the rights of this moment, across a rotation, until they are revoked or expire", async () => {
    const { apiKey, secret } = await createApiKey(tools, admin, {
      name: "deploy",
      kind: "MANAGEMENT",
      role: "VIEWER",
      expiresAt: new Date(testStart + 60_000).toISOString(),
    });
    const caller = await callerBy(tools, secret);
    await rotateApiKey(tools, admin, { id: apiKey.id, overlapSeconds: 0 });
    expect(recognise(tools, caller)).toEqual(caller);
    tools.setClock(testStart + 60_000);
    expect(recognise(tools, caller).identity).toEqual({ kind: "ANONYMOUS", reason: "EXPIRED" });
    await revokeApiKey(tools, admin, { id: apiKey.id });
    expect(recognise(tools, caller).identity).toEqual({ kind: "ANONYMOUS", reason: "REVOKED" });
    tools.setClock(testStart);
  });

  it("leaves everybody else as they are", () => {
    for (const caller of [anonymousCaller(), callerOf({ kind: "SYSTEM" }), callerOf({ kind: "CLI" })]) {
      expect(recognise(tools, caller)).toBe(caller);
    }
  });
});
