import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ApiKeyListTools, apiKeys } from "../../../src/features/accounts/api-key.queries.js";
import { findApiKey } from "../../../src/features/accounts/api-key.store.js";
import { createApiKey, type CreateApiKey } from "../../../src/features/accounts/create-api-key.js";
import { revokeApiKey } from "../../../src/features/accounts/revoke-api-key.js";
import { rotateApiKey } from "../../../src/features/accounts/rotate-api-key.js";
import { updateApiKey } from "../../../src/features/accounts/update-api-key.js";
import type { Caller } from "../../../src/features/permissions/index.js";
import { findProject } from "../../../src/features/projects/index.js";
import { securityEvents } from "../../../src/features/security/security-event.queries.js";
import {
  adminCaller,
  anonymousCaller,
  keyCaller,
  recorded,
  seedProject,
  testStart,
  userCaller,
  withFactor,
} from "../../support/tools.js";
import { callerBy, clearAccounts, identityOf, type Instance, openAccounts } from "./accounts-fixture.js";

let instance: Instance;
let tools: Instance["tools"] & ApiKeyListTools;

beforeAll(async () => {
  instance = await openAccounts();
  tools = { ...instance.tools, findProject };
  await seedProject(tools, "shop");
});
afterAll(async () => instance.close());
beforeEach(async () => {
  await clearAccounts(tools);
  tools.setClock(testStart);
});

const admin = adminCaller();
const server: CreateApiKey = { name: "backend", kind: "SERVER", environment: "production" };
const management: CreateApiKey = { name: "deploy", kind: "MANAGEMENT", role: "DEVELOPER" };
const hour = 3_600_000;

function mistakesAt(...paths: string[]): unknown {
  const fields = paths.map((path): unknown => expect.objectContaining({ path }));
  return expect.objectContaining({ code: "BAD_USER_INPUT", details: { fields } });
}

function inTime(ms: number): string {
  return new Date(testStart + ms).toISOString();
}

/** A MANAGEMENT key that expires in an hour, and what it may do by itself. */
async function passing(): Promise<{ readonly id: string; readonly caller: Caller }> {
  const input = { ...management, role: "MANAGER" as const, expiresAt: inTime(hour) };
  const { apiKey, secret } = await createApiKey(tools, admin, input);
  return { id: apiKey.id, caller: await callerBy(tools, secret) };
}

describe("a MANAGEMENT key that expires", () => {
  it("makes MANAGEMENT keys that expire with it or before, and others as anybody does", async () => {
    const { caller } = await passing();
    const made = await createApiKey(tools, caller, management);
    expect(made.apiKey.expiresAt).toEqual(new Date(testStart + hour));
    const later = createApiKey(tools, caller, { ...management, expiresAt: inTime(hour + 1) });
    await expect(later).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect((await createApiKey(tools, caller, server)).apiKey.expiresAt).toBeNull();
  });

  it("gives neither itself nor another one more time than it has, and takes over none that lasts longer", async () => {
    const { id, caller } = await passing();
    const { apiKey: lasting } = await createApiKey(tools, admin, management);
    for (const attempt of [
      updateApiKey(tools, caller, { id, expiresAt: null }),
      updateApiKey(tools, caller, { id, expiresAt: inTime(2 * hour) }),
      updateApiKey(tools, caller, { id: lasting.id, expiresAt: inTime(2 * hour) }),
      rotateApiKey(tools, caller, { id: lasting.id }),
    ]) {
      await expect(attempt).rejects.toMatchObject({ code: "FORBIDDEN" });
    }
    expect((await updateApiKey(tools, caller, { id: lasting.id, name: "renamed" })).name).toBe("renamed");
    expect((await rotateApiKey(tools, caller, { id })).apiKey.expiresAt).toEqual(new Date(testStart + hour));
  });
});

describe("createApiKey", () => {
  it("makes a SERVER key of the project default that works at once", async () => {
    const { apiKey, secret } = await createApiKey(tools, admin, { ...server, reason: "new backend" });
    expect(apiKey).toEqual({
      id: expect.any(String),
      name: "backend",
      kind: "SERVER",
      project: "default",
      environment: "production",
      role: null,
      prefix: secret.slice(0, "hal_server_production_xxxx".length),
      expiresAt: null,
      revokedAt: null,
      version: 1,
      lastUsedAt: null,
      createdAt: new Date(testStart),
      createdBy: { kind: "USER", id: expect.any(String), name: "alice@example.com" },
    });
    expect(await identityOf(tools, secret)).toEqual({
      kind: "API_KEY",
      id: apiKey.id,
      name: "backend",
      keyKind: "SERVER",
      project: "default",
      environment: "production",
      role: null,
    });
    const rows = await recorded(tools);
    expect(rows.at(-1)).toEqual({
      kind: "api_key.created",
      subject: apiKey.id,
      project: "default",
      environment: "production",
      before: null,
      after: { name: "backend", kind: "SERVER", role: null, prefix: apiKey.prefix, expiresAt: null },
      reason: "new backend",
    });
    expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it("makes MANAGEMENT keys for the whole server and for one project", async () => {
    const { apiKey: whole } = await createApiKey(tools, admin, management);
    expect(whole).toMatchObject({ project: null, environment: null, role: "DEVELOPER" });
    const { apiKey: ofShop } = await createApiKey(tools, admin, { ...management, project: "shop" });
    expect(ofShop).toMatchObject({ project: "shop", environment: null, role: "DEVELOPER" });
  });

  it("wants an environment and no role for CLIENT and SERVER, a role and no environment for MANAGEMENT", async () => {
    const bare = createApiKey(tools, admin, { name: "", kind: "CLIENT", role: "VIEWER" });
    await expect(bare).rejects.toEqual(mistakesAt("input.environment", "input.role", "input.name"));
    const placed = createApiKey(tools, admin, { ...management, role: null, environment: "production" });
    await expect(placed).rejects.toEqual(mistakesAt("input.role", "input.environment"));
  });

  it.each(["tomorrow", inTime(0), inTime(-hour), 7])("refuses to expire %j", async (expiresAt) => {
    const made = createApiKey(tools, admin, { ...server, expiresAt });
    await expect(made).rejects.toEqual(mistakesAt("input.expiresAt"));
  });

  it.each([
    { project: "nowhere" },
    { project: "no\0where" },
    { environment: "nowhere" },
    { environment: "no\0where" },
  ])("does not find %j", async (place) => {
    await expect(createApiKey(tools, admin, { ...server, ...place })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it("makes no key above its maker, nor outside the maker's projects", async () => {
    const manager = userCaller(null, { shop: "MANAGER" });
    const ofShop = await createApiKey(tools, manager, { ...management, project: "shop", role: "MANAGER" });
    expect(ofShop.apiKey).toMatchObject({ project: "shop", role: "MANAGER" });
    const cases: [Caller, CreateApiKey, string][] = [
      [manager, { ...management, project: "shop", role: "ADMIN" }, "FORBIDDEN"],
      [manager, management, "FORBIDDEN"],
      [manager, server, "NOT_FOUND"],
      [manager, { ...server, project: "nowhere" }, "NOT_FOUND"],
      [userCaller(null, { shop: "DEVELOPER" }), { ...server, project: "shop" }, "FORBIDDEN"],
      [keyCaller({ role: "MANAGER" }), { ...management, role: "ADMIN" }, "FORBIDDEN"],
      [keyCaller({ keyKind: "SERVER" }), server, "FORBIDDEN"],
      [anonymousCaller(), server, "UNAUTHENTICATED"],
    ];
    for (const [caller, input, code] of cases) {
      await expect(createApiKey(tools, caller, input)).rejects.toMatchObject({ code });
    }
  });

  it("takes the project of the key that asks", async () => {
    const shopKey = keyCaller({ project: "shop" });
    const made = [await createApiKey(tools, shopKey, server), await createApiKey(tools, shopKey, management)];
    expect(made.map(({ apiKey }) => apiKey.project)).toEqual(["shop", "shop"]);
    await expect(createApiKey(tools, shopKey, { ...server, project: "default" })).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });
});

describe("updateApiKey", () => {
  it("changes name and expiry, at once", async () => {
    const { apiKey, secret } = await createApiKey(tools, admin, server);
    const changed = await updateApiKey(tools, admin, {
      id: apiKey.id,
      name: "worker",
      expiresAt: "2026-01-01T02:00:00+01:00",
    });
    expect(changed).toMatchObject({ name: "worker", expiresAt: new Date(testStart + hour) });
    expect((await recorded(tools)).at(-1)).toMatchObject({
      kind: "api_key.updated",
      before: { name: "backend", expiresAt: null },
      after: { name: "worker", expiresAt: inTime(hour) },
    });
    tools.setClock(testStart + hour);
    expect(await identityOf(tools, secret)).toEqual({ kind: "ANONYMOUS", reason: "EXPIRED" });
    await updateApiKey(tools, admin, { id: apiKey.id, expiresAt: null });
    expect(await identityOf(tools, secret)).toMatchObject({ name: "worker" });
  });

  it("leaves no trace when nothing changes", async () => {
    const { apiKey } = await createApiKey(tools, admin, server);
    const before = await recorded(tools);
    expect(await updateApiKey(tools, admin, { id: apiKey.id, name: "backend" })).toEqual(apiKey);
    expect(await updateApiKey(tools, admin, { id: apiKey.id })).toEqual(apiKey);
    expect(await recorded(tools)).toEqual(before);
  });

  it("refuses no name and an expiry in the past", async () => {
    const { apiKey } = await createApiKey(tools, admin, server);
    const wrong = updateApiKey(tools, admin, { id: apiKey.id, name: null, expiresAt: inTime(-hour) });
    await expect(wrong).rejects.toEqual(mistakesAt("input.name", "input.expiresAt"));
  });
});

describe("rotateApiKey", () => {
  it("gives the key a new secret while the old one works for the overlap", async () => {
    const { apiKey, secret: old } = await createApiKey(tools, admin, server);
    const { apiKey: rotated, secret } = await rotateApiKey(tools, admin, {
      id: apiKey.id,
      overlapSeconds: 60,
    });
    expect(rotated).toEqual({ ...apiKey, version: 2, prefix: secret.slice(0, apiKey.prefix.length) });
    expect(await identityOf(tools, secret)).toEqual(await identityOf(tools, old));
    tools.setClock(testStart + 60_000);
    expect(await identityOf(tools, old)).toEqual({ kind: "ANONYMOUS", reason: "EXPIRED" });
    expect(await identityOf(tools, secret)).toMatchObject({ id: apiKey.id });
    expect((await recorded(tools)).at(-1)).toMatchObject({
      kind: "api_key.rotated",
      before: { name: "backend", prefix: apiKey.prefix },
      after: { name: "backend", prefix: rotated.prefix, previousExpiresAt: inTime(60_000) },
    });
  });

  it("overlaps for a day unless told otherwise, and not at all with 0", async () => {
    const { apiKey, secret: first } = await createApiKey(tools, admin, server);
    const { secret: second } = await rotateApiKey(tools, admin, { id: apiKey.id });
    tools.setClock(testStart + 24 * hour - 1);
    expect(await identityOf(tools, first)).toMatchObject({ kind: "API_KEY" });
    const { secret: third } = await rotateApiKey(tools, admin, { id: apiKey.id, overlapSeconds: 0 });
    expect(await identityOf(tools, first)).toEqual({ kind: "ANONYMOUS", reason: "INVALID" });
    expect(await identityOf(tools, second)).toEqual({ kind: "ANONYMOUS", reason: "EXPIRED" });
    tools.setClock(testStart - hour); // another instance's clock may be behind
    expect(await identityOf(tools, second)).toEqual({ kind: "ANONYMOUS", reason: "EXPIRED" });
    expect((await recorded(tools)).at(-1)?.after).toMatchObject({ previousExpiresAt: null });
    expect(await identityOf(tools, third)).toMatchObject({ kind: "API_KEY" });
  });

  it("does not let the old secret outlive the key", async () => {
    const { apiKey, secret } = await createApiKey(tools, admin, { ...server, expiresAt: inTime(hour) });
    await rotateApiKey(tools, admin, { id: apiKey.id });
    tools.setClock(testStart + hour);
    expect(await identityOf(tools, secret)).toEqual({ kind: "ANONYMOUS", reason: "EXPIRED" });
    await expect(rotateApiKey(tools, admin, { id: apiKey.id })).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it.each([-1, 1.5, 2_592_001])("refuses an overlap of %j seconds", async (overlapSeconds) => {
    const { apiKey } = await createApiKey(tools, admin, server);
    const wrong = rotateApiKey(tools, admin, { id: apiKey.id, overlapSeconds });
    await expect(wrong).rejects.toEqual(mistakesAt("input.overlapSeconds"));
  });
});

describe("revokeApiKey", () => {
  it("stops all secrets of a key for good", async () => {
    const { apiKey, secret: old } = await createApiKey(tools, admin, server);
    const { secret } = await rotateApiKey(tools, admin, { id: apiKey.id });
    const revoked = await revokeApiKey(tools, admin, { id: apiKey.id, reason: "leaked" });
    expect(revoked.revokedAt).toEqual(new Date(testStart));
    for (const gone of [old, secret]) {
      expect(await identityOf(tools, gone)).toEqual({ kind: "ANONYMOUS", reason: "REVOKED" });
    }
    const rows = await recorded(tools);
    expect(rows.at(-1)).toMatchObject({ kind: "api_key.revoked", subject: apiKey.id, reason: "leaked" });
    expect(await revokeApiKey(tools, admin, { id: apiKey.id })).toEqual(revoked);
    expect(await recorded(tools)).toEqual(rows);
    for (const change of [rotateApiKey, updateApiKey]) {
      await expect(change(tools, admin, { id: apiKey.id })).rejects.toMatchObject({ code: "CONFLICT" });
    }
  });
});

describe("the version of a key", () => {
  it("rises with every change and with nothing else", async () => {
    const { apiKey } = await createApiKey(tools, admin, server);
    const { id } = apiKey;
    const same = await updateApiKey(tools, admin, { id, name: "backend", expectedVersion: 1 });
    const renamed = await updateApiKey(tools, admin, { id, name: "billing", expectedVersion: 1 });
    const { apiKey: rotated } = await rotateApiKey(tools, admin, { id, expectedVersion: 2 });
    const revoked = await revokeApiKey(tools, admin, { id, expectedVersion: 3 });
    expect([same, renamed, rotated, revoked].map(({ version }) => version)).toEqual([1, 2, 3, 4]);
    expect((await findApiKey(tools.database, id))?.version).toBe(4);
  });

  it.each([updateApiKey, rotateApiKey, revokeApiKey])("is what %o may build on", async (operation) => {
    const { apiKey } = await createApiKey(tools, admin, server);
    const stale = operation(tools, admin, { id: apiKey.id, expectedVersion: 7 });
    await expect(stale).rejects.toMatchObject({ code: "CONFLICT", details: { currentVersion: 1 } });
  });
});

describe("whose keys", () => {
  const operations = [updateApiKey, rotateApiKey, revokeApiKey];

  it.each(operations)("%o finds only what the caller may know of", async (operation) => {
    const { apiKey: ofDefault } = await createApiKey(tools, admin, server);
    const { apiKey: ofServer } = await createApiKey(tools, admin, management);
    const { apiKey: ofAdmin } = await createApiKey(tools, admin, {
      ...management,
      project: "shop",
      role: "ADMIN",
    });
    const shopkeeper = userCaller(null, { shop: "MANAGER" });
    const unknown = "00000000-0000-4000-8000-00000000000f";
    for (const id of [ofDefault.id, ofServer.id, unknown, "not-an-id", "\0"]) {
      await expect(operation(tools, shopkeeper, { id })).rejects.toMatchObject({
        code: "NOT_FOUND",
        message: expect.stringContaining("API key"),
      });
    }
    const developer = userCaller("DEVELOPER");
    await expect(operation(tools, developer, { id: ofDefault.id })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await expect(operation(tools, anonymousCaller(), { id: unknown })).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
    for (const id of [ofServer.id, unknown]) {
      await expect(operation(tools, withFactor(admin, "MISSING"), { id })).rejects.toMatchObject({
        code: "TWO_FACTOR_ENROLMENT_REQUIRED",
      });
    }
    if (operation === revokeApiKey) return;
    await expect(operation(tools, shopkeeper, { id: ofAdmin.id })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
  });
});

describe("apiKeys", () => {
  it("pages by name, by project and environment, as far as the caller may see", async () => {
    const inputs: CreateApiKey[] = [
      { ...server, name: "b" },
      { ...server, name: "A", environment: "staging" },
      { ...server, name: "c", project: "shop" },
      { ...management, name: "d" },
      { ...management, name: "a", project: "shop" },
    ];
    for (const input of inputs) await createApiKey(tools, admin, input);
    const names = async (caller: Caller, filter = {}): Promise<string> =>
      (await apiKeys(tools, caller, filter, {})).edges.map(({ node }) => node.name).join("");

    expect((await names(admin)).toLowerCase()).toBe("aabcd");
    expect(await names(admin, { project: "shop" })).toBe("ac");
    expect(await names(admin, { environment: "production" })).toBe("bc");
    expect(await names(admin, { environment: "production", project: "default" })).toBe("b");
    expect(await names(userCaller("VIEWER", { shop: "MANAGER" }))).toBe("ac");
    expect(await names(keyCaller({ project: "shop" }))).toBe("ac");
    expect(await names(userCaller("MANAGER"))).toHaveLength(5);

    const first = await apiKeys(tools, admin, {}, { first: 3 });
    const rest = await apiKeys(tools, admin, {}, { first: 3, after: first.edges.at(-1)?.cursor });
    expect([...first.edges, ...rest.edges].map(({ node }) => node.name.toLowerCase()).join("")).toBe("aabcd");
    expect([await first.count(), first.hasNextPage, rest.hasNextPage]).toEqual([5, true, false]);
  });

  it("refuses whoever may read nowhere, and foreign projects", async () => {
    const list = async (caller: Caller, project?: string) => apiKeys(tools, caller, { project }, {});
    await expect(list(anonymousCaller())).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    await expect(list(userCaller("DEVELOPER"))).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(list(keyCaller({ keyKind: "SERVER" }))).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(list(userCaller(null, { shop: "MANAGER" }), "default")).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it.each(["nope", "no\0pe", ""])("does not find the project %j, whoever asks", async (project) => {
    for (const caller of [admin, keyCaller(), userCaller(null, { shop: "MANAGER" })]) {
      await expect(apiKeys(tools, caller, { project }, {})).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
  });

  it("refuses the cursor of another list", async () => {
    const foreign = Buffer.from(JSON.stringify(["users", "a", "b"])).toString("base64url");
    await expect(apiKeys(tools, admin, {}, { after: foreign })).rejects.toEqual(mistakesAt("after"));
  });
});

describe("the security log", () => {
  it("has the keys that were made, rotated and revoked, and nothing secret of them", async () => {
    const { apiKey, secret } = await createApiKey(tools, admin, { ...server, name: "audited" });
    const rotated = await rotateApiKey(tools, admin, { id: apiKey.id });
    await revokeApiKey(tools, admin, { id: apiKey.id });
    await revokeApiKey(tools, admin, { id: apiKey.id });
    const { edges } = await securityEvents(tools, admin, { subject: "audited" }, {});
    const { prefix } = rotated.apiKey;
    const facts = { apiKeyId: apiKey.id, keyKind: "SERVER", project: "default", environment: "production" };
    expect(edges.map(({ node: { kind, detail } }) => ({ kind, detail }))).toMatchObject([
      { kind: "API_KEY_REVOKED", detail: { ...facts, prefix } },
      { kind: "API_KEY_ROTATED", detail: { ...facts, prefix } },
      { kind: "API_KEY_CREATED", detail: { ...facts, prefix: apiKey.prefix, role: null, expiresAt: null } },
    ]);
    for (const each of [secret, rotated.secret]) expect(JSON.stringify(edges)).not.toContain(each.slice(30));
  });

  it("has the use of a secret that was revoked or replaced: once a minute for each key and address", async () => {
    const { apiKey, secret } = await createApiKey(tools, admin, { ...server, name: "leaked" });
    const next = await rotateApiKey(tools, admin, { id: apiKey.id, overlapSeconds: 60 });
    const use = async (credential: string, ip = "192.0.2.7"): Promise<void> => {
      const identity = await identityOf(tools, credential);
      tools.revokedUse.notice({ identity, requestId: "use", ip }, credential);
    };
    const seen = async (): Promise<unknown[]> => {
      const filter = { kinds: ["REVOKED_KEY_USED"], subject: "leaked" } as const;
      const { edges } = await securityEvents(tools, admin, filter, {});
      return edges.map(({ node }) => [node.detail?.["secret"], node.ip, node.actor]);
    };
    for (const credential of [secret, next.secret, `${next.secret}x`, "hal_server_production_x", "token"]) {
      await use(credential);
    }
    expect(await seen()).toEqual([]);

    tools.setClock(testStart + 60_000);
    for (const credential of [secret, secret, next.secret]) await use(credential);
    expect(await seen()).toEqual([["REPLACED", "192.0.2.7", null]]);

    await revokeApiKey(tools, admin, { id: apiKey.id });
    await use(next.secret);
    await use(next.secret, "192.0.2.8");
    tools.setClock(testStart + 119_999);
    await use(next.secret);
    expect(await seen()).toHaveLength(2);
    tools.setClock(testStart + 120_000);
    await use(next.secret);
    expect(await seen()).toEqual([
      ["REVOKED", "192.0.2.7", null],
      ["REVOKED", "192.0.2.8", null],
      ["REPLACED", "192.0.2.7", null],
    ]);
  });

  it("has nothing of a key that has merely expired", async () => {
    const { secret } = await createApiKey(tools, admin, { ...server, name: "old", expiresAt: inTime(hour) });
    tools.setClock(testStart + hour);
    tools.revokedUse.notice(
      { identity: await identityOf(tools, secret), requestId: "use", ip: null },
      secret,
    );
    const { edges } = await securityEvents(tools, admin, { kinds: ["REVOKED_KEY_USED"], subject: "old" }, {});
    expect(edges).toEqual([]);
  });
});
