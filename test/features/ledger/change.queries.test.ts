import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  auditEvents,
  type AuditFilter,
  historyOf,
  lastChanges,
  type LedgerTools,
} from "../../../src/features/ledger/index.js";
import type { ApiKeyIdentity, Caller, Identity, Role } from "../../../src/features/permissions/index.js";
import { encodeCursor } from "../../../src/platform/graphql/page.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { Problem } from "../../../src/platform/problems.js";
import { freshDatabase } from "../../support/databases.js";
import { entry, record } from "./ledger-fixture.js";

let subject: OpenDatabase;
let tools: LedgerTools;
let statements = 0;
const ids: Record<string, string> = {};

function as(identity: Identity): Caller {
  return { identity, requestId: "r", ip: null };
}

function user(role: Role | null, projectRoles: Record<string, Role> = {}): Caller {
  const roles = new Map(Object.entries(projectRoles));
  return as({
    kind: "USER",
    id: "u1",
    email: "alice@example.com",
    role,
    projectRoles: roles,
    sessionId: "s",
    expiresAt: Infinity,
    steppedUpUntil: 0,
    secondFactor: "NONE",
  });
}

function apiKey(key: Partial<ApiKeyIdentity>): Caller {
  const scope = { project: "shop", environment: null, role: null };
  return as({ kind: "API_KEY", id: "k1", name: "ci", keyKind: "MANAGEMENT", ...scope, ...key });
}

const admin = user("ADMIN");

async function found(caller: Caller, filter: AuditFilter = {}): Promise<string[]> {
  const page = await auditEvents(tools, caller, filter, {});
  const names = new Map(Object.entries(ids).map(([name, id]) => [id, name]));
  return page.edges.map(({ node }) => names.get(node.id) ?? node.id);
}

async function problemOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return [error.code, ...(error.details.fields ?? []).map((field) => field.path)];
  }
}

beforeAll(async () => {
  subject = await freshDatabase("pglite", { onStatement: () => (statements += 1) });
  tools = { database: subject.database, committed: async () => await Promise.resolve() };
  const entries = {
    project: entry({ kind: "project.created", subjectType: "PROJECT", subject: "shop", project: "shop" }),
    flag: entry({ kind: "flag.created", project: "shop", subject: "banner" }),
    enabled: entry({ kind: "flag.enabled", project: "shop", subject: "banner", environment: "production" }),
    staging: entry({ kind: "flag.enabled", project: "shop", subject: "banner", environment: "staging" }),
    segment: entry({ kind: "segment.created", project: "shop", subjectType: "SEGMENT", subject: "banner" }),
    other: entry({ kind: "flag.created", project: "blog", subject: "banner" }),
    key: entry({ kind: "api_key.created", project: "shop", subjectType: "API_KEY", subject: "k1" }),
    user: entry({ kind: "user.created", project: undefined, subjectType: "USER", subject: "u1" } as never),
    settings: entry({
      kind: "settings.updated",
      project: undefined,
      subjectType: "SETTINGS",
      subject: "server",
    } as never),
  };
  for (const [name, one] of Object.entries(entries)) [ids[name]] = (await record(tools, one)) as [string];
});
afterAll(async () => await subject.close());

describe("auditEvents", () => {
  it("gives an ADMIN of the server everything, newest first", async () => {
    expect(await found(admin)).toEqual([
      "settings",
      "user",
      "key",
      "other",
      "segment",
      "staging",
      "enabled",
      "flag",
      "project",
    ]);
  });

  it("keeps accounts and settings of the server from other roles of the server", async () => {
    expect(await found(user("MANAGER"))).toEqual([
      "key",
      "other",
      "segment",
      "staging",
      "enabled",
      "flag",
      "project",
    ]);
    expect(await found(user("MANAGER"), { subjectType: "USER" })).toEqual([]);
    expect(await found(apiKey({ project: null, role: "ADMIN" }), { subjectType: "USER" })).toEqual(["user"]);
  });

  it("gives roles of projects those projects", async () => {
    expect(await found(user(null, { blog: "VIEWER" }))).toEqual(["other"]);
    expect(await found(user(null, { blog: "VIEWER", shop: "ADMIN" }))).toEqual([
      "key",
      "other",
      "segment",
      "staging",
      "enabled",
      "flag",
      "project",
    ]);
    expect(await found(apiKey({ role: "VIEWER" }))).toEqual([
      "key",
      "segment",
      "staging",
      "enabled",
      "flag",
      "project",
    ]);
    expect(await found(user("VIEWER"), { project: "blog" })).toEqual(["other"]);
  });

  it.each([
    ["nobody", as({ kind: "ANONYMOUS", reason: "MISSING" }), {}, ["UNAUTHENTICATED"]],
    ["a user without any role", user(null), {}, ["FORBIDDEN"]],
    ["a foreign project", user(null, { blog: "ADMIN" }), { project: "shop" }, ["NOT_FOUND"]],
    ["a project that does not exist", user(null, { blog: "ADMIN" }), { project: "nope" }, ["NOT_FOUND"]],
    ["a SERVER key", apiKey({ keyKind: "SERVER", environment: "production" }), {}, ["FORBIDDEN"]],
    [
      "a CLIENT key that names its project",
      apiKey({ keyKind: "CLIENT", environment: "production" }),
      { project: "shop" },
      ["FORBIDDEN"],
    ],
  ] as const)("refuses %s", async (_name, caller, filter, expected) => {
    expect(await problemOf(auditEvents(tools, caller, filter, {}))).toEqual(expected);
  });

  it("filters by every member of the filter", async () => {
    expect(await found(admin, { environment: "production" })).toEqual(["enabled"]);
    expect(await found(admin, { flagKey: "banner" })).toEqual(["other", "staging", "enabled", "flag"]);
    expect(await found(admin, { flagKey: "banner", project: "shop", kinds: ["flag.enabled"] })).toEqual([
      "staging",
      "enabled",
    ]);
    expect(await found(admin, { subjectType: "SEGMENT" })).toEqual(["segment"]);
    expect(await found(admin, { subject: "banner", subjectType: "SEGMENT" })).toEqual(["segment"]);
    expect(await found(admin, { kinds: ["flag.created", "user.created"] })).toEqual([
      "user",
      "other",
      "flag",
    ]);
    expect(await found(admin, { kinds: [] })).toHaveLength(9);
    expect(await found(admin, { actorId: "nobody" })).toEqual([]);
    expect(await found(admin, { project: null, environment: null, kinds: null })).toHaveLength(9);
  });

  it("takes moments with any offset, from inclusive to exclusive", async () => {
    const page = await auditEvents(tools, admin, {}, {});
    const at = page.edges[4]?.node.at ?? "";
    const millisecond = `${at.slice(0, 23)}Z`;
    const later = new Date(Date.parse(millisecond) + 1).toISOString();
    expect(await found(admin, { since: millisecond, until: later })).toContain("segment");
    expect(await found(admin, { until: millisecond })).not.toContain("segment");
    expect(await found(admin, { since: later })).not.toContain("segment");
    expect(await found(admin, { since: "2020-01-01T02:00:00+02:00" })).toHaveLength(9);
  });

  it.each([
    [{ since: "yesterday" }, "filter.since"],
    [{ until: 5 }, "filter.until"],
    [{ environment: "a\0b" }, "filter.environment"],
    [{ actorId: "\ud800" }, "filter.actorId"],
    [{ kinds: ["flag.created", "\0"] }, "filter.kinds[1]"],
    [{ flagKey: "a", subject: "b" }, "filter.subject"],
    [{ flagKey: "a", subjectType: "SEGMENT" }, "filter.subjectType"],
  ] as const)("refuses %j", async (filter, path) => {
    expect(await problemOf(auditEvents(tools, admin, filter, {}))).toEqual(["BAD_USER_INPUT", path]);
  });

  it("pages forward with cursors, and counts only when asked", async () => {
    const first = await auditEvents(tools, admin, {}, { first: 4 });
    expect(first).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = await auditEvents(tools, admin, {}, { first: 50, after: first.edges.at(-1)?.cursor });
    expect(second.edges).toHaveLength(5);
    expect(second).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    statements = 0;
    expect(await second.count()).toBe(9);
    expect(statements).toBe(1);
    expect(await problemOf(auditEvents(tools, admin, {}, { first: 101 }))).toEqual([
      "BAD_USER_INPUT",
      "first",
    ]);
    for (const after of [
      "nonsense",
      encodeCursor("flags", [1]),
      encodeCursor("auditEvents", ["x"]),
      encodeCursor("auditEvents", [0.5]),
    ]) {
      expect(await problemOf(auditEvents(tools, admin, {}, { after }))).toEqual(["BAD_USER_INPUT", "after"]);
    }
  });
});

describe("historyOf and lastChanges", () => {
  it("tells one subject's own changes", async () => {
    const viewer = user(null, { shop: "VIEWER" });
    const flag = { project: "shop", subjectType: "FLAG", subject: "banner" } as const;
    const page = await historyOf(tools, viewer, flag, {});
    expect(page.edges.map(({ node }) => node.id)).toEqual([ids["staging"], ids["enabled"], ids["flag"]]);
    expect(await problemOf(historyOf(tools, viewer, { ...flag, project: "blog" }, {}))).toEqual([
      "NOT_FOUND",
    ]);
  });

  it("finds the newest change of many subjects in one statement", async () => {
    statements = 0;
    const flag = { project: "shop", subjectType: "FLAG", subject: "banner" } as const;
    const keys = [
      flag,
      { ...flag, environment: "production" },
      { ...flag, environment: "development" },
      { ...flag, project: "blog" },
      { ...flag, subject: 'absent\'s "quote"' },
      { ...flag, subjectType: "SEGMENT" },
    ] as const;
    const changes = await lastChanges(tools.database, keys);
    expect(changes.map((change) => change?.id ?? null)).toEqual([
      ids["staging"],
      ids["enabled"],
      ids["flag"],
      ids["other"],
      null,
      ids["segment"],
    ]);
    expect(statements).toBe(1);
    expect(await lastChanges(tools.database, [])).toEqual([]);
  });
});
