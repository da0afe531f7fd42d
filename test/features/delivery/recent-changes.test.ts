/** Rows that were read before something was erased are not kept afterwards. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { RecentChanges } from "../../../src/features/delivery/recent-changes.js";
import { type Change, listChangesAfter } from "../../../src/features/ledger/index.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { freshDatabase } from "../../support/databases.js";
import { entry, ledgerTools, record } from "../ledger/ledger-fixture.js";

let open: OpenDatabase;
let rows: readonly Change[];
beforeAll(async () => {
  open = await freshDatabase();
  const erased = { kind: "ledger.erased", subjectType: "SETTINGS", subject: "ledger" } as const;
  await record(ledgerTools(open.database), entry(), entry(), { ...erased, after: { rows: [[2, 2]] } });
  rows = await listChangesAfter(open.database, 0, 3, 3);
});
afterAll(async () => open.close());

it("reads again what was being read while something was erased", async () => {
  const [first, second, erasure] = rows;
  if (first === undefined || second === undefined || erasure === undefined) throw new Error("no rows");
  const recent = new RecentChanges(open.database);
  const reading = recent.next(first, erasure);
  recent.advanced([erasure]);
  expect(await reading).toMatchObject({ seq: 2 });
  expect(recent.next(first, erasure)).toBeInstanceOf(Promise);
  await recent.next(first, erasure);
  expect(recent.next(first, erasure)).toMatchObject({ seq: 2 }); // and keeps that
});
