/** The ledger's chores while a server runs. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createCheckpointKeys } from "../../../src/features/ledger/index.js";
import { listCheckpoints } from "../../../src/features/ledger/checkpoint.store.js";
import { repeat } from "../../../src/features/ledger/chore.js";
import { keepLedger } from "../../../src/features/ledger/keep-ledger.js";
import { openLog } from "../../../src/platform/log.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { freshDatabase } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
import { tamper } from "../../support/tamper.js";
import { sql } from "drizzle-orm";
import { ledgerTools, recordLongAgo, secretKeys } from "./ledger-fixture.js";

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => vi.useRealTimers());

it("come round again, also after a failure, one run at a time, and not once closed", async () => {
  let runs = 0;
  let failures = 0;
  const work = async (): Promise<void> => {
    runs += 1;
    if (runs === 2) throw new Error("no");
    await Promise.resolve();
  };
  const chore = repeat(work, {
    name: "a",
    everyMs: 1_000,
    log: silentLog,
    failed: () => void (failures += 1),
  });
  await vi.advanceTimersByTimeAsync(700);
  expect(runs).toBe(0);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(runs).toBeGreaterThanOrEqual(3);
  expect(failures).toBe(1);
  await chore.close();
  const before = runs;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(runs).toBe(before);
});

it("that go on for long are told to stop when they are closed", async () => {
  let stopped = false;
  const work = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) await new Promise((resolve) => setImmediate(resolve));
    stopped = true;
  };
  const chore = repeat(work, { name: "a", everyMs: 1_000, log: silentLog, failed: () => undefined });
  await vi.advanceTimersByTimeAsync(1_300);
  await chore.close();
  expect(stopped).toBe(true);
});

it("sign what is due and say so in the log; say once that the ledger was tampered with; empty what is too old", async () => {
  const open = await freshDatabase();
  const lines: string[] = [];
  const log = openLog({ logLevel: "info", logFormat: "json" }, { write: (line) => void lines.push(line) });
  const metrics = openMetrics();
  await recordLongAgo(open.database, 1, 1_500);
  const chore = keepLedger({
    ...ledgerTools(open.database),
    ...{ log, metrics, keys: createCheckpointKeys(secretKeys) },
    retentionDays: async () => Promise.resolve(30),
  });
  const pass = async (ms: number, done: () => boolean | Promise<boolean>): Promise<void> => {
    await vi.advanceTimersByTimeAsync(ms);
    await vi.waitFor(async () => expect(await done()).toBe(true), { timeout: 10_000 });
  };
  await pass(18_000, async () => (await listCheckpoints(open.database)).length === 2);
  expect(lines.filter((line) => line.includes("halyard-checkpoint.v1.1.1500."))).toHaveLength(1);
  await recordLongAgo(open.database, 0.5, 5);
  await tamper(open.database, async (tx) =>
    tx.execute(sql`update changes set kind = 'a.b' where seq = 1502`),
  );
  await pass(18_000, () => lines.some((line) => line.includes("tampered")));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lines.filter((line) => line.includes("tampered"))).toHaveLength(1);
  expect(await metrics.render()).toMatch(/^halyard_ledger_broken 1$/m);
  expect(await metrics.render()).toMatch(/^halyard_ledger_checkpoints_total 2$/m);
  await chore.close();
  await open.close();
});
