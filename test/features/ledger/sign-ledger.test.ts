/** When the ledger is signed, by whom, and what is not signed. */
import { sql } from "drizzle-orm";
import { beforeEach, expect, it } from "vitest";
import { createCheckpointKeys, note } from "../../../src/features/ledger/index.js";
import { listCheckpoints } from "../../../src/features/ledger/checkpoint.store.js";
import { signLedger } from "../../../src/features/ledger/sign-ledger.js";
import type { OpenDatabase } from "../../../src/platform/database/index.js";
import { describeDatabases, freshDatabase } from "../../support/databases.js";
import { tamper } from "../../support/tamper.js";
import { clearDatabase } from "../../support/tools.js";
import { entry, ledgerTools, record, recordLongAgo, secretKeys } from "./ledger-fixture.js";

const keys = createCheckpointKeys(secretKeys);

describeDatabases("a checkpoint", (subject) => {
  let open: OpenDatabase;
  beforeEach(async () => {
    open = subject();
    await clearDatabase(open.database);
  });

  const sign = async () => signLedger({ database: open.database, keys });
  const signed = (seq: number) => ({ kind: "signed", checkpoint: { seq, epoch: 1, signer: keys.signer } });

  it("is not made of nothing, nor of a few rows that are young", async () => {
    expect(await sign()).toEqual({ kind: "idle" });
    await record(ledgerTools(open.database), entry());
    expect(await sign()).toEqual({ kind: "idle" });
  });

  it("is made once a row has waited for an hour, and kept as it was signed", async () => {
    await recordLongAgo(open.database, 1 / 20, 2);
    await record(ledgerTools(open.database), entry());
    const signing = await sign();
    expect(signing).toMatchObject(signed(3));
    expect(await listCheckpoints(open.database)).toEqual([signing.kind === "signed" && signing.checkpoint]);
    expect(await sign()).toEqual({ kind: "idle" });
    await record(ledgerTools(open.database), entry());
    expect(await sign()).toEqual({ kind: "idle" });
  });

  it("is made at every thousandth row", async () => {
    await recordLongAgo(open.database, 0.01, 2_003);
    expect(await sign()).toMatchObject(signed(1_000));
    expect(await sign()).toMatchObject(signed(2_000));
    expect(await sign()).toEqual({ kind: "idle" });
  });

  it("is made at once when another key signs from now on", async () => {
    await recordLongAgo(open.database, 1, 1);
    expect(await sign()).toMatchObject(signed(1));
    await record(ledgerTools(open.database), entry());
    const next = createCheckpointKeys(["second-secret-of-at-least-32-bytes-012345678", ...secretKeys]);
    const signing = await signLedger({ database: open.database, keys: next });
    expect(signing).toMatchObject({ kind: "signed", checkpoint: { seq: 2, signer: next.signer } });
  });

  it.each([
    ["an edited row", sql`update changes set subject = 'other' where seq = 4`, 4, /something else/],
    ["a removed row", sql`delete from changes where seq = 4`, 5, /missing/],
    ["a signed row that is gone", sql`delete from changes where seq > 1`, 2, /not there any more/],
    [
      "another history after the signed row",
      sql`update changes set prev_hash = md5(prev_hash) where seq = 3`,
      3,
      /not chained/,
    ],
  ])("is not made of %s", async (_what, damage, seq, problem) => {
    await recordLongAgo(open.database, 2, 2);
    expect(await sign()).toMatchObject(signed(2));
    await recordLongAgo(open.database, 1, 3);
    await tamper(open.database, async (tx) => tx.execute(damage));
    const matching = expect.stringMatching(problem) as unknown;
    expect(await sign()).toMatchObject({ kind: "broken", seq, problem: matching });
    expect(await listCheckpoints(open.database)).toHaveLength(1);
  });
});

it("is made by one instance at a time", async () => {
  const open = await freshDatabase("postgresql");
  await recordLongAgo(open.database, 1, 10);
  const signings = await Promise.all(
    Array.from({ length: 8 }, async () => signLedger({ database: open.database, keys })),
  );
  expect(signings.filter(({ kind }) => kind === "signed")).toHaveLength(1);
  await note({ database: open.database }, async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${0x4841_4c5a})`);
    await recordLongAgo(open.database, 0.5, 1_000);
    expect(await signLedger({ database: open.database, keys })).toEqual({ kind: "idle" });
  });
  await open.close();
});
