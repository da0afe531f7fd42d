/** What the database itself refuses to do to the ledger, whoever asks. */
import { sql } from "drizzle-orm";
import { beforeAll, expect, it } from "vitest";
import { describeDatabases } from "../../support/databases.js";
import { entry, ledgerTools, record } from "./ledger-fixture.js";
import { verifyChain } from "../../support/verify-chain.js";

describeDatabases("the guards of the ledger", (subject) => {
  beforeAll(async () => {
    const { database } = subject();
    await record(ledgerTools(database), entry(), entry(), entry());
    await database.execute(
      sql`insert into ledger_checkpoints values (3, 1, 'hash', now(), 'signer', 'signature')`,
    );
  });

  it.each([
    ["a row removed", sql`delete from changes where seq = 2`],
    ["nothing removed", sql`delete from changes where seq = 200`],
    ["all rows removed", sql`truncate changes`],
    ["a body edited", sql`update changes set body = replace(body, '"b"', '"c"') where seq = 2`],
    ["a body emptied without its salt", sql`update changes set body = null where seq = 2`],
    ["a salt emptied without its body", sql`update changes set salt = null where seq = 2`],
    ["a person edited", sql`update changes set person = '{"actor":"alice"}' where seq = 2`],
    ["a person emptied without its salt", sql`update changes set person = null where seq = 2`],
    ["an envelope edited", sql`update changes set subject = 'other' where seq = 2`],
    ["a hash edited", sql`update changes set hash = md5(hash) where seq = 2`],
    [
      "a body emptied and an envelope edited",
      sql`update changes set body = null, salt = null, kind = 'flag.created' where seq = 2`,
    ],
    [
      "a row edited where it conflicts",
      sql`insert into changes select * from changes where seq = 1 on conflict (seq) do update set kind = 'flag.created'`,
    ],
    ["a checkpoint edited", sql`update ledger_checkpoints set hash = md5(hash)`],
    ["a checkpoint removed", sql`delete from ledger_checkpoints`],
    ["all checkpoints removed", sql`truncate ledger_checkpoints`],
  ])("refuse %s", async (_name, statement) => {
    const { database } = subject();
    await expect(database.execute(statement)).rejects.toMatchObject({ cause: { code: "23001" } });
    expect(await verifyChain(database)).toBeNull();
  });

  it("let texts be emptied, and filled no more", async () => {
    const { database } = subject();
    await database.execute(sql`update changes set body = null, salt = null where seq = 1`);
    await database.execute(sql`update changes set person = null, person_salt = null where seq < 3`);
    await database.execute(sql`update changes set body = null, salt = null where seq < 3`);
    const refill = sql`update changes set body = '{}', salt = '00' where seq = 1`;
    await expect(database.execute(refill)).rejects.toMatchObject({ cause: { code: "23001" } });
  });
});
