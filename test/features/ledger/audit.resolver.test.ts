/** What GraphQL tells of the audit log as a whole, beside what `verifyLedger` finds. */
import "reflect-metadata";
import { afterAll, beforeAll, expect, it } from "vitest";
import { AuditVerificationResolver } from "../../../src/features/ledger/audit.resolver.js";
import { revisionOf } from "../../../src/features/ledger/change.js";
import { AuditResolver } from "../../../src/features/ledger/change.resolver.js";
import { findChangeAt } from "../../../src/features/ledger/change.store.js";
import { forkEntry } from "../../../src/features/ledger/history.js";
import { beginEpoch } from "../../../src/features/ledger/index.js";
import { cliCaller } from "../../../src/features/permissions/index.js";
import { Loaders } from "../../../src/platform/graphql/loaders.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { freshDatabase } from "../../support/databases.js";
import { adminCaller, withFactor } from "../../support/tools.js";
import { entry, ledgerTools, record, secretKeys } from "./ledger-fixture.js";

let open: OpenDatabase;
beforeAll(async () => {
  open = await freshDatabase();
});
afterAll(async () => open.close());

const resolver = new AuditVerificationResolver();
const context = () => {
  const tools = { ...ledgerTools(open.database), secretKeys };
  return { tools, caller: withFactor(adminCaller(), "FRESH"), loaders: new Loaders(tools) };
};

async function rowAt(seq: number) {
  const row = await findChangeAt(open.database, seq);
  if (row === null) throw new Error(`There is no row ${seq}.`);
  return row;
}

it("names each history that was replaced, as revisions, and why", async () => {
  await record(ledgerTools(open.database), entry(), entry());
  expect(await resolver.auditVerification(context(), null)).toMatchObject({ ok: true, epochs: 1, forks: [] });
  const { restored } = await beginEpoch(ledgerTools(open.database), cliCaller("restore"), {
    reason: "restored the backup of Monday",
  });
  const head = await rowAt(3);
  const abandoned = { epoch: 2, seq: 40, hash: "ab".repeat(32) };
  await record(ledgerTools(open.database), { ...forkEntry(abandoned, head, null), epoch: 3 });
  expect(await resolver.auditVerification(context(), null)).toMatchObject({
    ...{ ok: true, epochs: 3 },
    forks: [
      {
        revision: revisionOf(head),
        abandoned: null,
        restored: revisionOf(restored),
        reason: "restored the backup of Monday",
      },
      {
        revision: revisionOf(await rowAt(4)),
        abandoned: "2.40.abababab",
        restored: revisionOf(head),
        reason: null,
      },
    ],
  });
});

it("says of each change whether its content was emptied", async () => {
  const [id = ""] = await record(ledgerTools(open.database), entry(), entry());
  await resolver.eraseChanges(context(), { changeIds: [id] });
  const fields = new AuditResolver();
  const erased = [];
  for (const seq of [5, 6, 7]) erased.push(fields.erased(await rowAt(seq)));
  expect(erased).toEqual([true, false, false]);
});
