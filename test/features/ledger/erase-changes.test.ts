import { afterAll, beforeAll, expect, it } from "vitest";
import { isRevertible, listChangesAfter } from "../../../src/features/ledger/index.js";
import { eraseChanges } from "../../../src/features/ledger/erase-changes.js";
import type { Caller } from "../../../src/features/permissions/index.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { freshDatabase } from "../../support/databases.js";
import {
  adminCaller,
  anonymousCaller,
  keyCaller,
  recorded,
  userCaller,
  withFactor,
} from "../../support/tools.js";
import { entry, ledgerTools, record } from "./ledger-fixture.js";
import { verifyChain } from "../../support/verify-chain.js";

let open: OpenDatabase;
let ids: string[];
beforeAll(async () => {
  open = await freshDatabase();
  ids = await record(ledgerTools(open.database), entry(), entry(), entry(), entry());
});
afterAll(async () => open.close());

const admin = withFactor(adminCaller(), "FRESH");
const erase = async (changeIds: readonly string[], caller: Caller = admin) =>
  eraseChanges(ledgerTools(open.database), caller, { changeIds, reason: "A customer's number." });

it("takes out what changed and why, and leaves who did it and when", async () => {
  const [first = "", , third = "", fourth = ""] = ids;
  const said = await erase([fourth, first.toUpperCase(), third, first]);
  expect(said).toMatchObject({ kind: "ledger.erased", project: null, subject: "ledger" });
  expect((await recorded(open)).at(-1)).toMatchObject({
    after: {
      rows: [
        [1, 1],
        [3, 4],
      ],
    },
    reason: "A customer's number.",
  });
  const rows = await listChangesAfter(open.database, 0, 4, 4);
  expect(rows.map(({ body }) => body === null)).toEqual([true, false, true, true]);
  expect(rows.map(({ person }) => person === null)).toEqual([false, false, false, false]);
  expect(rows.map(isRevertible)).toEqual([false, true, false, false]);
  expect(await verifyChain(open.database)).toBeNull();
});

it("says so where nothing is left to erase, and leaves out what is empty already", async () => {
  const [first = "", , third = ""] = ids;
  const before = (await recorded(open)).length;
  await expect(erase([first])).rejects.toThrow(`The content of change ${first} is gone already.`);
  await expect(erase([first, third, first])).rejects.toMatchObject({
    code: "CONFLICT",
    message: `The content of change ${first}, and of 1 more, is gone already.`,
  });
  expect(await recorded(open)).toHaveLength(before);
  const [fifth = ""] = await record(ledgerTools(open.database), entry());
  await erase([first, fifth]);
  expect((await recorded(open)).at(-1)).toMatchObject({ after: { rows: [[6, 6]] } });
  expect(await verifyChain(open.database)).toBeNull();
});

it("refuses what does not exist, and erases nothing then", async () => {
  const [, second = ""] = ids;
  for (const nobody of ["nothing", "00000000-0000-4000-8000-000000000000"]) {
    await expect(erase([second, nobody])).rejects.toMatchObject({ code: "NOT_FOUND" });
  }
  expect((await listChangesAfter(open.database, 1, 2, 1))[0]?.body).not.toBeNull();
});

it("refuses to erase what explains other erasures", async () => {
  const said = (await listChangesAfter(open.database, 4, 5, 1))[0]?.id ?? "";
  await expect(erase([said])).rejects.toMatchObject({ code: "CONFLICT" });
});

it.each([[[]], [Array.from({ length: 1_001 }, () => "x")], [["\0"]]])("refuses the list %j", async (list) => {
  await expect(erase(list)).rejects.toMatchObject({ code: "BAD_USER_INPUT" });
});

it.each([
  ["a MANAGER", userCaller("MANAGER"), "FORBIDDEN"],
  ["an ADMIN of a project", userCaller(null, { default: "ADMIN" }), "FORBIDDEN"],
  ["a key of a project", keyCaller({ project: "default" }), "FORBIDDEN"],
  [
    "an ADMIN who has not shown the second factor lately",
    withFactor(adminCaller(), "STALE"),
    "STEP_UP_REQUIRED",
  ],
  ["a stranger", anonymousCaller(), "UNAUTHENTICATED"],
])("is not for %s", async (_who, caller, code) => {
  await expect(erase(ids, caller)).rejects.toMatchObject({ code });
});
