import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { findApiKey } from "../../../src/features/accounts/api-key.store.js";
import { createApiKey } from "../../../src/features/accounts/create-api-key.js";
import { createLastUse } from "../../../src/features/accounts/last-use.js";
import { openLog } from "../../../src/platform/log.js";
import { freshDatabase } from "../../support/databases.js";
import { adminCaller, testStart } from "../../support/tools.js";
import { identityOf, type Instance, openAccounts } from "./accounts-fixture.js";

let instance: Instance;
let tools: Instance["tools"];

beforeAll(async () => {
  instance = await openAccounts();
  ({ tools } = instance);
});
afterAll(async () => instance.close());
beforeEach(() => {
  tools.setClock(testStart);
});

async function makeKey() {
  return createApiKey(tools, adminCaller(), { name: "app", kind: "CLIENT", environment: "staging" });
}

async function lastUseOf(id: string): Promise<number | undefined> {
  return (await findApiKey(tools.database, id))?.lastUsedAt?.getTime();
}

it("keeps when each key was last used, to the minute, and loses nothing on close", async () => {
  const [one, other] = [await makeKey(), await makeKey()];
  const lastUse = createLastUse(tools);
  const open = { ...tools, lastUse };
  await identityOf(open, one.secret);
  tools.setClock(testStart + 59_999);
  await identityOf(open, one.secret);
  await identityOf(open, other.secret);
  expect(await lastUseOf(one.apiKey.id)).toBeUndefined();
  await lastUse.close();
  expect(await lastUseOf(one.apiKey.id)).toBe(testStart);
  expect(await lastUseOf(other.apiKey.id)).toBe(testStart + 59_999);
});

it("writes in batches, by itself", async () => {
  const { apiKey } = await makeKey();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const lastUse = createLastUse(tools);
  lastUse.touch(apiKey.id);
  await vi.advanceTimersByTimeAsync(5_000);
  vi.useRealTimers();
  await vi.waitFor(async () => expect(await lastUseOf(apiKey.id)).toBe(testStart));
  tools.setClock(testStart + 60_000);
  lastUse.touch(apiKey.id);
  await lastUse.close();
  expect(await lastUseOf(apiKey.id)).toBe(testStart + 60_000);
});

it("tries again what could not be written", async () => {
  const { apiKey } = await makeKey();
  const closed = await freshDatabase("pglite");
  await closed.close();
  let { database } = closed;
  const lines: string[] = [];
  const lastUse = createLastUse({
    ...tools,
    log: openLog({ logLevel: "info", logFormat: "json" }, { write: (line) => lines.push(line) }),
    get database() {
      return database;
    },
  });
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  lastUse.touch(apiKey.id);
  await vi.advanceTimersByTimeAsync(20_000);
  vi.useRealTimers();
  await sleep(50);
  expect(await lastUseOf(apiKey.id)).toBeUndefined();
  expect(lines, "told once, however often it is tried").toHaveLength(1);
  database = tools.database;
  await lastUse.close();
  expect(await lastUseOf(apiKey.id)).toBe(testStart);
});
