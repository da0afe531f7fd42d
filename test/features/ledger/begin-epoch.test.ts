import { afterAll, beforeAll, expect, it } from "vitest";
import { beginEpoch, bodyOf, findChangeAt } from "../../../src/features/ledger/index.js";
import { cliCaller } from "../../../src/features/permissions/index.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { freshDatabase } from "../../support/databases.js";
import { userCaller } from "../../support/tools.js";
import { entry, ledgerTools, record } from "./ledger-fixture.js";
import { verifyChain } from "../../support/verify-chain.js";

let open: OpenDatabase;
beforeAll(async () => {
  open = await freshDatabase();
  await record(ledgerTools(open.database), entry());
});
afterAll(async () => open.close());

const begin = async (seen?: string, caller = cliCaller("restore")) =>
  beginEpoch(ledgerTools(open.database), caller, { reason: "restored the backup of Monday", seen });

it("begins above what was restored and what was seen, and the ledger verifies", async () => {
  expect(await begin()).toMatchObject({ epoch: 2, restored: { epoch: 1, seq: 1 } });
  expect(await begin("4.711-abc")).toMatchObject({ epoch: 5 });
  expect(await begin("1.9")).toMatchObject({ epoch: 6 });
  const row = await findChangeAt(open.database, 3);
  expect(row).toMatchObject({ kind: "ledger.forked", epoch: 5, actorKind: "CLI" });
  expect(row === null ? null : bodyOf(row)).toMatchObject({
    reason: "restored the backup of Monday",
    after: { abandoned: null, restored: { epoch: 2, seq: 2 } },
  });
  await record(ledgerTools(open.database), entry());
  expect(await findChangeAt(open.database, 5)).toMatchObject({ epoch: 6, kind: "flag.updated" });
  expect(await verifyChain(open.database)).toBeNull();
});

it("is for administrators, and for revisions", async () => {
  await expect(begin("yesterday")).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
  await expect(begin(undefined, userCaller("MANAGER"))).rejects.toMatchObject({ code: "FORBIDDEN" });
});
