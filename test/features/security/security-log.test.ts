import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createSecurityLog, type SecurityLog } from "../../../src/features/security/index.js";
import type { SecurityEntry } from "../../../src/features/security/security-event.js";
import {
  countSecurityEvents,
  listSecurityEvents,
} from "../../../src/features/security/security-event.store.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { openPostgres } from "../../../src/platform/database/postgres.js";
import { freshDatabase, freshPostgresUrl } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
import { openTcpProxy } from "../../support/tcp-proxy.js";
import { adminCaller, anonymousCaller, testStart } from "../../support/tools.js";

const day = 86_400_000;

let opened: OpenDatabase;
let clock: number;
let security: SecurityLog;

beforeEach(async () => {
  opened = await freshDatabase();
  clock = testStart;
  security = openLogOn(opened);
});
afterEach(async () => {
  vi.useRealTimers();
  await security.close();
  await opened.close();
});

function openLogOn({ database }: Pick<OpenDatabase, "database">): SecurityLog {
  return createSecurityLog({ database, log: silentLog, now: () => clock });
}

const failed = (subject: string): SecurityEntry => ({
  kind: "SIGN_IN_FAILED",
  caller: { ...anonymousCaller(), userAgent: "curl/8" },
  subject,
});
const written = async ({ database } = opened) =>
  (await listSecurityEvents(database, {}, null, 100)).reverse();
const brief = async (from = opened) =>
  (await written(from)).map(({ subject, occurrences }) => `${subject} ${occurrences}`);

it("writes by itself within a second or so, in one batch", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  for (const subject of ["a", "b", "a"]) security.record(failed(subject));
  expect(await brief()).toEqual([]);
  await vi.advanceTimersByTimeAsync(1_000);
  vi.useRealTimers();
  await vi.waitFor(async () => expect(await brief()).toEqual(["a 2", "b 1"]));
});

it("writes at once for whoever reads next, and the rest when it closes", async () => {
  security.record(failed("a"));
  await security.flush();
  expect(await brief()).toEqual(["a 1"]);
  security.record(failed("b"));
  await security.close();
  expect(await brief()).toEqual(["a 1", "b 1"]);
});

it("keeps when, who, where from and what", async () => {
  security.record(failed("alice@example.com"));
  security.record({
    kind: "FORBIDDEN",
    caller: adminCaller(),
    subject: "flags",
    detail: { code: "FORBIDDEN" },
  });
  await security.flush();
  expect(await written()).toMatchObject([
    {
      kind: "SIGN_IN_FAILED",
      at: new Date(testStart),
      actor: null,
      subject: "alice@example.com",
      ip: "192.0.2.1",
      userAgent: "curl/8",
      requestId: "request-1",
      detail: null,
    },
    { actor: { kind: "USER", name: "alice@example.com" }, userAgent: null, detail: { code: "FORBIDDEN" } },
  ]);
});

it("writes whatever strangers send, cut short and without what PostgreSQL refuses", async () => {
  const bad = `\0\ud800${"x".repeat(400)}`;
  security.record({
    kind: "SIGN_IN_FAILED",
    caller: { ...anonymousCaller(), userAgent: bad },
    subject: bad,
    detail: { nested: { said: [bad] } },
  });
  security.record(failed("a"));
  await security.flush();
  const clean = `\ufffd\ufffd${"x".repeat(298)}`;
  expect(await written()).toMatchObject([
    { subject: clean, userAgent: clean, detail: { nested: { said: [clean] } } },
    { subject: "a" },
  ]);
});

it("forgets after 90 days", async () => {
  security.record(failed("old"));
  await security.flush();
  clock += 90 * day;
  security.record(failed("present"));
  await security.flush();
  expect(await brief()).toEqual(["old 1", "present 1"]);
  clock += 3_600_001;
  security.record(failed("new"));
  await security.flush();
  expect(await brief()).toEqual(["present 1", "new 1"]);
});

describe("while the database is away", () => {
  it("keeps what happens, fails nobody, and writes it once the database is back", async () => {
    const url = new URL(await freshPostgresUrl());
    const proxy = await openTcpProxy({ host: url.hostname, port: Number(url.port) });
    const direct = await openPostgres(url.href);
    url.port = String(proxy.port);
    const cut = await openPostgres(url.href);
    const log = openLogOn(cut);
    log.record(failed("before"));
    await log.flush();
    proxy.cut();
    for (const subject of ["a", "b", "a"]) log.record(failed(subject));
    await log.flush();
    log.record(failed("a"));
    await log.flush();
    expect(await brief(direct)).toEqual(["before 1"]);
    proxy.heal();
    await log.close();
    expect(await brief(direct)).toEqual(["before 1", "a 3", "b 1"]);
    await cut.close();
    await direct.close();
    await proxy.close();
  });

  it("keeps no more than one statement can write", async () => {
    for (let minute = 0; minute < 25; minute += 1) {
      clock = testStart + minute * 60_000;
      for (let index = 0; index < 200; index += 1) security.record(failed(`${minute}-${index}`));
    }
    await security.flush();
    expect(await countSecurityEvents(opened.database, {})).toBe(4_001);
  });

  it("ends in time when it closes meanwhile", async () => {
    await opened.close();
    security.record(failed("a"));
    await security.close();
  });
});
