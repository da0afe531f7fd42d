/** Somebody has the database to themselves, and no secret: whatever they do to the audit log shows. What our own commands do to it does not. */
import { randomUUID } from "node:crypto";
import { type SQL, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createCheckpointKeys,
  listChangesAfter,
  type Position,
  storedLedger,
  type Verification,
  verifyLedger,
  write,
} from "../../src/features/ledger/index.js";
import { append } from "../../src/features/ledger/append.js";
import { type Change, seal } from "../../src/features/ledger/change.js";
import { insertChanges } from "../../src/features/ledger/change.store.js";
import { type Checkpoint, tokenOf } from "../../src/features/ledger/checkpoint.js";
import { insertCheckpoint } from "../../src/features/ledger/checkpoint.store.js";
import { eraseChanges } from "../../src/features/ledger/erase-changes.js";
import { eraseUserTexts } from "../../src/features/ledger/erase-texts.js";
import { forkEntry } from "../../src/features/ledger/history.js";
import { retainLedger } from "../../src/features/ledger/retain-ledger.js";
import { signLedger } from "../../src/features/ledger/sign-ledger.js";
import { permit, systemCaller } from "../../src/features/permissions/index.js";
import type { Database, OpenDatabase, Transaction } from "../../src/platform/database/index.js";
import { type DatabaseKind, freshDatabase } from "../support/databases.js";
import { takeGuardsAway } from "../support/tamper.js";
import { adminCaller } from "../support/tools.js";
import { entry, ledgerTools, record, recordLongAgo, secretKeys } from "../features/ledger/ledger-fixture.js";

const keys = createCheckpointKeys(secretKeys);
const foreignKeys = createCheckpointKeys(["some-other-secret-of-at-least-32-bytes-012345"]);

class Undo extends Error {}

describe.each<DatabaseKind>(["pglite", "postgresql"])("the audit trail on %s", (kind) => {
  let open: OpenDatabase;
  /** Of row 12; rows 13 to 15 came later. */
  let logged: Checkpoint;

  beforeAll(async () => {
    open = await freshDatabase(kind);
    const { database } = open;
    await recordLongAgo(database, 2, 12);
    const signing = await signLedger({ database, keys });
    if (signing.kind !== "signed") throw new Error("not signed");
    logged = signing.checkpoint;
    const user = { subjectType: "USER", subject: "u2", kind: "user.updated" } as const;
    await record(ledgerTools(database), entry(), entry({ ...user }), entry());
  });
  afterAll(async () => open.close());

  async function verified(database: Database, ...checkpoints: Checkpoint[]): Promise<Verification> {
    return verifyLedger(storedLedger(database), { publicKeys: keys.publicKeys, checkpoints });
  }

  /** What is found after `damage`, which is then undone. */
  async function foundAfter(
    damage: (tx: Transaction) => Promise<unknown>,
    ...checkpoints: Checkpoint[]
  ): Promise<readonly string[]> {
    let problems: readonly string[] = [];
    const attempt = open.database.transaction(async (tx) => {
      await takeGuardsAway(tx);
      await damage(tx);
      const { findings } = await verified(tx, ...checkpoints);
      problems = findings.map(({ problem }) => problem);
      throw new Undo();
    });
    await expect(attempt).rejects.toBeInstanceOf(Undo);
    return problems;
  }

  const running =
    (...statements: SQL[]) =>
    async (tx: Transaction) => {
      for (const statement of statements) await tx.execute(statement);
    };

  it("verifies as it was written", async () => {
    const verification = await verified(open.database, logged);
    expect(verification).toMatchObject({
      rows: 15,
      epochs: 1,
      checkpoints: 2,
      findings: [],
      findingCount: 0,
    });
    expect(verification.position).toMatchObject({ epoch: 1, seq: 15 });
    expect(verification.newestCheckpoint).toEqual(logged);
  });

  it.each([
    [
      "a body",
      sql`update changes set body = replace(body, '"index":3', '"index":4') where seq = 4`,
      /Row 4 has another body/,
    ],
    [
      "a person",
      sql`update changes set person = replace(person, 'alice', 'bob') where seq = 4`,
      /Row 4 names somebody else/,
    ],
    [
      "a name beside the person",
      sql`update changes set actor = 'bob@example.com' where seq = 4`,
      /Row 4 names somebody else/,
    ],
    ["an envelope", sql`update changes set kind = 'flag.created' where seq = 4`, /Row 4 says something else/],
    ["a moment", sql`update changes set at = '2020-01-01T00:00:00.000000Z' where seq = 4`, /Row 4 .*/],
    ["a salt", sql`update changes set salt = '02' where seq = 4`, /Row 4 has another body/],
    ["an epoch", sql`update changes set epoch = 2 where seq >= 14`, /epoch rises from 1 to 2 at row 14/],
  ])("shows that %s was edited", async (_what, damage, problem) => {
    expect(await foundAfter(running(damage))).toContainEqual(expect.stringMatching(problem));
  });

  it("shows that a row was removed, wherever it stood", async () => {
    const removed = async (seq: number) => foundAfter(running(sql`delete from changes where seq = ${seq}`));
    expect(await removed(1)).toEqual(["Row 2 follows row 0: rows are missing between them."]);
    expect(await removed(5)).toEqual(["Row 6 follows row 4: rows are missing between them."]);
  });

  it("shows that a row was removed and the others were moved up", async () => {
    const moved = sql`update changes set seq = -seq where seq > 5`;
    const back = sql`update changes set seq = -seq - 1 where seq < 0`;
    const problems = await foundAfter(running(sql`delete from changes where seq = 5`, moved, back));
    expect(problems).toContainEqual("Row 5 is not chained to the row before it.");
  });

  it("shows that two rows were swapped", async () => {
    const steps = [
      sql`update changes set seq = -5 where seq = 5`,
      sql`update changes set seq = 5 where seq = 6`,
    ];
    const problems = await foundAfter(running(...steps, sql`update changes set seq = 6 where seq = -5`));
    expect(problems).toContainEqual("Row 5 is not chained to the row before it.");
  });

  it("shows that a row was put in between", async () => {
    const problems = await foundAfter(async (tx) => {
      await tx.execute(sql`update changes set seq = -seq where seq > 5`);
      await tx.execute(sql`update changes set seq = -seq + 1 where seq < 0`);
      const before = await rowAt(tx, 5);
      await tx.execute(sql`alter table changes drop constraint changes_prev_hash`);
      await insertChanges(tx, [forged(before)]);
    });
    expect(problems).toContainEqual("Row 7 is not chained to the row before it.");
  });

  it("shows that history was written anew from some row on, chain and all", async () => {
    const problems = await foundAfter(async (tx) => {
      let before = await rowAt(tx, 8);
      const rows = await listChangesAfter(tx, 8, 15, 100);
      await tx.execute(sql`delete from changes where seq > 8`);
      for (const row of rows) {
        before = { ...forged(before), at: row.at };
        before = resealed(before);
        await insertChanges(tx, [before]);
      }
    });
    expect(problems).toEqual([
      `The checkpoint of ${logged.at} for row 12 vouches for another row than the one that is there.`,
    ]);
  });

  it("shows by the stored checkpoint that its end was cut off", async () => {
    expect(await foundAfter(running(sql`delete from changes where seq > 11`))).toEqual([
      `The checkpoint of ${logged.at} for row 12 vouches for a row that is not there: the newest is row 11.`,
    ]);
    expect(await foundAfter(running(sql`truncate changes`))).toHaveLength(1);
  });

  it("takes a history that was given up for no cut, as far as it went", async () => {
    const cut = [sql`delete from changes where seq > 11`, sql`truncate ledger_checkpoints`];
    const replaced = (abandoned: Position) => async (tx: Transaction) => {
      await running(...cut)(tx);
      const { epoch, seq, hash } = await rowAt(tx, 11);
      const fork = forkEntry(abandoned, { epoch, seq, hash }, null);
      await append(tx, systemCaller("test"), [{ ...fork, id: randomUUID() }]);
    };
    const { seq, epoch, hash } = await rowAt(open.database, 15);
    expect(await foundAfter(replaced({ epoch, seq, hash }), logged)).toEqual([]);
    const shorter = replaced({ epoch, seq: 11, hash });
    expect(await foundAfter(shorter, logged)).toEqual([expect.stringContaining("another row")]);
  });

  it("shows that a history was said to be given up which is still there, so that checkpoints would not count", async () => {
    const problems = await foundAfter(async (tx) => {
      const rows = await listChangesAfter(tx, 8, 15, 100);
      const { epoch, seq, hash } = await rowAt(tx, 8);
      let before = await rowAt(tx, 8);
      await tx.execute(sql`delete from changes where seq > 8`);
      for (const row of rows) {
        before = resealed({ ...forged(before), at: row.at });
        await insertChanges(tx, [before]);
      }
      const fork = forkEntry(null, { epoch, seq, hash }, null);
      await append(tx, systemCaller("test"), [{ ...fork, id: randomUUID() }]);
    }, logged);
    expect(problems).toEqual([
      expect.stringContaining("row 12 vouches for another row"),
      expect.stringContaining("row 12 vouches for another row"),
      "Row 16 says that history was replaced after row 8, and not after the row before it.",
    ]);
  });

  it("shows a row that was put before all others", async () => {
    const problems = await foundAfter(async (tx) => {
      const first = await rowAt(tx, 1);
      await insertChanges(tx, [resealed({ ...first, seq: -3, id: randomUUID(), prevHash: "ab".repeat(32) })]);
    });
    expect(problems).toContainEqual("Row -3 follows row 0: rows are missing between them.");
  });

  it("shows by the logged checkpoint that its end was cut off, and the stored one removed", async () => {
    const cut = [sql`delete from changes where seq > 11`, sql`truncate ledger_checkpoints`];
    expect(await foundAfter(running(...cut))).toEqual([]);
    expect(await foundAfter(running(...cut), logged)).toEqual([
      expect.stringContaining("the newest is row 11"),
    ]);
  });

  it.each([
    [
      "a body",
      sql`update changes set body = null, salt = null where seq = 4`,
      "The body of row 4 was emptied",
    ],
    [
      "a person",
      sql`update changes set person = null, person_salt = null where seq = 4`,
      "The person of row 4 was emptied",
    ],
    ["a salt alone", sql`update changes set salt = null where seq = 4`, "Row 4 has another body"],
  ])("shows that %s was emptied by hand", async (_what, damage, problem) => {
    expect(await foundAfter(running(damage))).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    ["that names another row", () => ({ ...logged, hash: "ab".repeat(32) }), /was not signed by the key/],
    ["that names another place", () => ({ ...logged, seq: 13 }), /was not signed by the key/],
    [
      "by a key of its own",
      (hash: string) => foreignKeys.sign({ epoch: 1, seq: 13, hash, at: "2026-01-31T09:00:00Z" }),
      /which is not known here/,
    ],
  ])("shows a forged checkpoint %s", async (_what, forge, problem) => {
    const problems = await foundAfter(async (tx) => {
      const made = forge((await rowAt(tx, 13)).hash);
      await tx.execute(sql`delete from ledger_checkpoints`);
      await insertCheckpoint(tx, made);
    });
    expect(problems).toEqual([expect.stringMatching(problem)]);
  });

  it("verifies after all that, and its logged checkpoint is one line", async () => {
    expect((await verified(open.database, logged)).findings).toEqual([]);
    expect(tokenOf(logged)).not.toContain("\n");
  });

  describe("after our own commands", () => {
    it("verifies once changes, a user and what is old were emptied", async () => {
      const { database } = open;
      const tools = ledgerTools(database);
      const { id } = await rowAt(database, 13);
      const erasure = await eraseChanges(tools, adminCaller(), { changeIds: [id], reason: "A slip." });
      expect(erasure).toMatchObject({ kind: "ledger.erased", seq: 16 });
      const proof = permit(systemCaller(randomUUID()), "user:manage");
      await write(tools, proof, async (tx, add) => eraseUserTexts(tx, add, "u2"));
      expect(await rowAt(database, 14)).toMatchObject({ body: null, salt: null, person: null });
      expect(await retainLedger({ ...tools, retentionDays: async () => Promise.resolve(1) })).toBe(12);
      expect(await rowAt(database, 12)).toMatchObject({ body: null, person: null, personSalt: null });
      expect(await verified(database, logged)).toMatchObject({ rows: 18, findings: [] });
    });

    it("shows what was emptied by hand beside it, and the removal of what explains it", async () => {
      const byHand = sql`update changes set body = null, salt = null where seq = 15`;
      expect(await foundAfter(running(byHand))).toEqual([expect.stringContaining("The body of row 15")]);
      const explanation = sql`update changes set body = null, salt = null where seq = 16`;
      expect(await foundAfter(running(explanation))).toEqual([
        expect.stringContaining("The body of row 13"),
        expect.stringContaining("The body of row 16"),
      ]);
    });
  });
});

async function rowAt(database: Database, seq: number): Promise<Change> {
  const [row] = await listChangesAfter(database, seq - 1, seq, 1);
  if (row === undefined) throw new Error(`There is no row ${seq}.`);
  return row;
}

/** A row as whoever knows how the chain is made would put it after `before`. */
function forged(before: Change): Change {
  const text = { text: "{}", salt: "00" };
  return seal(before.hash, { ...before, seq: before.seq + 1, id: randomUUID() }, text, text);
}

function resealed(row: Change): Change {
  const { body, salt, person, personSalt } = row;
  return seal(
    row.prevHash,
    row,
    { text: body ?? "", salt: salt ?? "" },
    { text: person ?? "", salt: personSalt ?? "" },
  );
}
