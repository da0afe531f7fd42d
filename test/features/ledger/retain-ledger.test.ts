/** What is emptied because of its age, and what the ledger says of it. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { listChangesAfter } from "../../../src/features/ledger/index.js";
import { retainLedger } from "../../../src/features/ledger/retain-ledger.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { freshDatabase } from "../../support/databases.js";
import { clearDatabase, recorded } from "../../support/tools.js";
import { entry, ledgerTools, record, recordLongAgo } from "./ledger-fixture.js";
import { verifyChain } from "../../support/verify-chain.js";

let open: OpenDatabase;
beforeAll(async () => {
  open = await freshDatabase();
});
beforeEach(async () => clearDatabase(open.database));
afterAll(async () => open.close());

const retain = async (days: number | null): Promise<number> =>
  retainLedger({ ...ledgerTools(open.database), retentionDays: async () => Promise.resolve(days) });

const rows = async () => listChangesAfter(open.database, 0, Number.MAX_SAFE_INTEGER, 2_000);

it("empties nothing unless it is told to, and nothing that is young", async () => {
  await recordLongAgo(open.database, 3, 2);
  expect(await retain(null)).toBe(0);
  expect(await retain(4)).toBe(0);
  expect(await rows()).toHaveLength(2);
});

it("empties body and person of what is older, and says how much and until when", async () => {
  await recordLongAgo(open.database, 10, 3);
  await recordLongAgo(open.database, 5, 2);
  await record(ledgerTools(open.database), entry());
  expect(await retain(7)).toBe(3);
  const emptied = { body: null, salt: null, person: null, personSalt: null };
  const [first, , third, fourth] = await rows();
  expect([first, third]).toMatchObject([emptied, emptied]);
  expect(fourth?.body).not.toBeNull();
  expect((await recorded(open)).at(-1)).toMatchObject({
    kind: "ledger.retained",
    after: { upTo: 3, rows: 3, until: expect.stringMatching(/^\d{4}-.*Z$/) as unknown },
  });
  expect(await retain(7)).toBe(0);
  expect(await rows()).toHaveLength(7);
  expect(await verifyChain(open.database)).toBeNull();
});

it("goes on in batches, a row of the ledger each", async () => {
  await recordLongAgo(open.database, 10, 1_003);
  expect(await retain(1)).toBe(1_003);
  const said = (await rows()).filter(({ kind }) => kind === "ledger.retained");
  expect(said.map(({ seq }) => seq)).toEqual([1_004, 1_005, 1_006]);
  expect(await verifyChain(open.database)).toBeNull();
});

it("stops after a batch where the server closes, and goes on from there the next time", async () => {
  await recordLongAgo(open.database, 10, 1_003);
  const tools = { ...ledgerTools(open.database), retentionDays: async () => Promise.resolve(1) };
  expect(await retainLedger(tools, AbortSignal.abort())).toBe(500);
  expect(await retain(1)).toBe(503);
});

it("keeps what explains others, and adds nothing for its own sake", async () => {
  await recordLongAgo(open.database, 10, 1);
  await retain(1);
  const before = await rows();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await retain(0)).toBe(0);
  expect(await rows()).toEqual(before);
});
