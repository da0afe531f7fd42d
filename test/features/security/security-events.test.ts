import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ActorKind, Caller } from "../../../src/features/permissions/index.js";
import { createSecurityLog, type SecurityLog } from "../../../src/features/security/index.js";
import {
  type SecurityEventFilter,
  securityEvents,
} from "../../../src/features/security/security-event.queries.js";
import { encodeCursor } from "../../../src/platform/graphql/page.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { freshDatabase } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
import { adminCaller, anonymousCaller, keyCaller, testStart, userCaller } from "../../support/tools.js";

const minute = 60_000;
const keyId = "00000000-0000-4000-8000-000000000003";

let opened: OpenDatabase;
let security: SecurityLog;
let clock = testStart;

beforeAll(async () => {
  opened = await freshDatabase();
  security = createSecurityLog({ database: opened.database, log: silentLog, now: () => clock });
  const stranger = { ...anonymousCaller(), ip: "2001:db8::1" };
  const entries: [Caller, "SIGN_IN_FAILED" | "SIGNED_IN" | "FORBIDDEN", string][] = [
    [stranger, "SIGN_IN_FAILED", "alice@example.com"],
    [adminCaller(), "SIGNED_IN", "alice@example.com"],
    [keyCaller(), "FORBIDDEN", "users"],
    [stranger, "SIGN_IN_FAILED", "bob@example.com"],
  ];
  for (const [caller, kind, subject] of entries) {
    security.record({ kind, caller, subject });
    clock += minute;
  }
});
afterAll(async () => {
  await security.close();
  await opened.close();
});

const ask = async (filter: SecurityEventFilter = {}, args = {}, caller = adminCaller()) =>
  securityEvents({ database: opened.database, security }, caller, filter, args);
const found = async (filter: SecurityEventFilter): Promise<string> =>
  (await ask(filter)).edges.map(({ node }) => `${node.kind} ${node.subject}`).join(", ");

describe("securityEvents", () => {
  it("answers newest first, with what was recorded a moment ago", async () => {
    const page = await ask();
    expect(page.edges.map(({ node }) => node.subject)).toEqual([
      "bob@example.com",
      "users",
      "alice@example.com",
      "alice@example.com",
    ]);
    expect(page.edges[1]?.node).toMatchObject({
      actor: { kind: "API_KEY" satisfies ActorKind, id: keyId, name: "key-1" },
      at: new Date(testStart + 2 * minute),
      occurrences: 1,
    });
    expect(await page.count()).toBe(4);
  });

  it("finds by kind, subject, actor, address and time; all that is given must hold", async () => {
    const [alice, bob] = ["SIGN_IN_FAILED alice@example.com", "SIGN_IN_FAILED bob@example.com"];
    const at = (minutes: number): string => new Date(testStart + minutes * minute).toISOString();
    expect(await found({ kinds: ["SIGN_IN_FAILED"] })).toBe(`${bob}, ${alice}`);
    expect(await found({ kinds: ["SIGN_IN_FAILED", "FORBIDDEN"], since: at(1) })).toBe(
      `${bob}, FORBIDDEN users`,
    );
    expect(await found({ subject: "alice@example.com" })).toBe(`SIGNED_IN alice@example.com, ${alice}`);
    expect(await found({ actorId: keyId })).toBe("FORBIDDEN users");
    expect(await found({ ip: "2001:db8::1", subject: "bob@example.com" })).toBe(bob);
    expect(await found({ since: at(1), until: at(3) })).toBe("FORBIDDEN users, SIGNED_IN alice@example.com");
    expect(await found({ since: "2026-01-01T01:03:00+01:00" })).toBe(bob);
    expect(await found({ kinds: ["TOKEN_REUSED"] })).toBe("");
    const nothing = { kinds: [], subject: null, actorId: null, ip: null, since: null, until: null };
    expect((await ask(nothing)).edges).toHaveLength(4);
  });

  it("pages forward, and counts what the filter finds", async () => {
    const first = await ask({ ip: "2001:db8::1" }, { first: 1 });
    const rest = await ask({ ip: "2001:db8::1" }, { first: 5, after: first.edges[0]?.cursor });
    expect([...first.edges, ...rest.edges].map(({ node }) => node.subject)).toEqual([
      "bob@example.com",
      "alice@example.com",
    ]);
    expect([first.hasNextPage, rest.hasNextPage, await first.count()]).toEqual([true, false, 2]);
  });

  it("names every mistake of the filter at once", async () => {
    const filter: SecurityEventFilter = {
      kinds: Array.from({ length: 101 }, () => "FORBIDDEN"),
      subject: "no\0body",
      actorId: "x".repeat(513),
      ip: "\ud800",
      since: "yesterday",
      until: 7,
    };
    const paths = ["kinds", "subject", "actorId", "ip", "since", "until"];
    await expect(ask(filter)).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: { fields: paths.map((path): unknown => expect.objectContaining({ path: `filter.${path}` })) },
    });
  });

  it.each([
    ["after", "nonsense"],
    ["after", encodeCursor("auditEvents", [1])],
    ["after", encodeCursor("securityEvents", ["1"])],
    ["after", encodeCursor("securityEvents", [1.5])],
    ["first", 101],
  ])("refuses %s: %j", async (path, value) => {
    await expect(ask({}, { [path]: value })).rejects.toMatchObject({
      code: "BAD_USER_INPUT",
      details: { fields: [{ path }] },
    });
  });

  it("is for ADMINs of the whole server", async () => {
    await expect(ask({}, {}, keyCaller())).resolves.toBeDefined();
    for (const caller of [
      userCaller("MANAGER"),
      userCaller(null, { default: "ADMIN" }),
      keyCaller({ project: "default" }),
      keyCaller({ keyKind: "SERVER" }),
    ]) {
      await expect(ask({}, {}, caller)).rejects.toMatchObject({ code: "FORBIDDEN" });
    }
    await expect(ask({}, {}, anonymousCaller())).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });
});
