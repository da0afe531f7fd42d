/** What is put away is what the database has: who was erased is neither in the newest file nor in the one before, and what was wrong does not stay. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createDelivery, type Delivery } from "../../../src/features/delivery/index.js";
import { KeptFile } from "../../../src/platform/kept-file.js";
import { openMetrics } from "../../../src/platform/metrics.js";
import { createSigner } from "../../../src/platform/signed-lines.js";
import { silentLog } from "../../support/silent-log.js";
import { tamper } from "../../support/tamper.js";
import { record } from "../ledger/ledger-fixture.js";
import { cipher, type Instance, openInstance } from "../delivery/delivery-fixture.js";

let folder: string;
let first: Instance;
let delivery: Delivery;
let written: number;
let file: KeptFile;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "halyard-keeping-"));
  first = await openInstance();
  written = 0;
  const people = {
    keep: () => {
      written += 1;
      return [];
    },
    restore: () => () => undefined,
  };
  file = new KeptFile(folder, createSigner(["a key of at least thirty-two bytes"], "tests"));
  delivery = createDelivery({
    ...{ database: first.opened, bus: first.bus, log: silentLog, now: Date.now },
    ...{ cipher, version: "1.2.3", metrics: openMetrics(), compareEveryMs: 50 },
    keeping: { file, shared: null, parts: { people }, pace: { firstMs: 10, everyMs: 10 } },
  });
  await delivery.start();
});
afterEach(async () => {
  await delivery.close();
  await first.close();
  await rm(folder, { recursive: true, force: true });
});

async function files(): Promise<string[]> {
  return (await readdir(folder)).toSorted();
}

it("lets go of the file before, once something was erased, and keeps two again afterwards", async () => {
  await vi.waitFor(() => expect(written).toBe(1), 5_000);
  await first.addFlag("a");
  await vi.waitFor(async () => expect(await files()).toEqual(["newest", "previous"]), 5_000);

  const erased = { kind: "ledger.erased", subjectType: "SETTINGS", subject: "ledger" } as const;
  await record(first.tools, { ...erased, after: { user: "u1", upTo: 1 } });
  await vi.waitFor(async () => expect(await files()).toEqual(["newest"]), 5_000);

  await first.addFlag("b");
  await vi.waitFor(async () => expect(await files()).toEqual(["newest", "previous"]), 5_000);
});

it("puts the state away again once memory was found to differ, although the position is the same", async () => {
  const kept = async (): Promise<string> => {
    let text = "";
    await file.read((lines) => {
      text = [...lines].join("\n");
      return true;
    });
    return text;
  };
  await first.addFlag("a");
  await vi.waitFor(async () => expect(await kept()).toContain('"off"'), 5_000);
  const revision = delivery.revision();
  const rename = sql`update flag_environments set off_variant = 'on', version = 9 where flag = 'a'`;
  await tamper(first.opened.database, async (tx) => tx.execute(rename));
  await vi.waitFor(async () => expect(await kept()).toContain('"version":9'), 5_000);
  expect(delivery.revision()).toBe(revision);
  expect(await files()).toEqual(["newest"]);
});
