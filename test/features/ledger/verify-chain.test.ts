import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { describeDatabases } from "../../support/databases.js";
import { tamper } from "../../support/tamper.js";
import { entry, ledgerTools, record } from "./ledger-fixture.js";
import { verifyChain } from "../../support/verify-chain.js";

class Undo extends Error {}

describeDatabases("the chain of the ledger", (subject) => {
  it("verifies when empty, and after rows of every shape", async () => {
    const { database } = subject();
    const tools = ledgerTools(database);
    expect(await verifyChain(database)).toBeNull();
    await record(
      tools,
      entry(),
      entry({ kind: "flag.enabled", environment: "production", reason: "Ünïcode “quotes”\n" }),
    );
    await record(
      tools,
      entry({
        kind: "user.created",
        subjectType: "USER",
        before: undefined,
        after: { b: 1, a: [{ z: null, y: "é" }] },
      }),
      entry({
        kind: "flag.deleted",
        after: undefined,
        before: { value: { __proto__: 1, "10": 1, "9": 0.1 } },
      }),
    );
    await record(tools, entry());
    expect(await verifyChain(database)).toBeNull();
  });

  it.each([
    ["an edited body", sql`update changes set body = replace(body, '"b"', '"c"') where seq = 2`, 2, /body/],
    [
      "an edited envelope",
      sql`update changes set actor_id = 'alice' where seq = 3`,
      3,
      /says something else/,
    ],
    [
      "an edited moment",
      sql`update changes set at = '2020-01-01T00:00:00.000000Z' where seq = 1`,
      1,
      /says something else/,
    ],
    ["a deleted row", sql`delete from changes where seq = 2`, 3, /missing/],
    ["a deleted first row", sql`delete from changes where seq = 1`, 2, /missing/],
    [
      "a swapped pair",
      sql`update changes set seq = case seq when 2 then -3 when 3 then -2 end where seq in (2, 3); `,
      -3,
      /missing/,
    ],
    [
      "an inserted row",
      sql`insert into changes select 6, epoch, gen_random_uuid(), project, environment, kind, subject_type, subject, actor, actor_id, actor_kind, request_id, at, body, salt, body_hash, hash, md5(hash), person, person_salt, person_hash from changes where seq = 5`,
      6,
      /says something else/,
    ],
    [
      "a body put on another row",
      sql`update changes set body = (select body from changes where seq = 1), salt = (select salt from changes where seq = 1) where seq = 4`,
      4,
      /body/,
    ],
  ] as const)("finds %s", async (_name, damage, seq, problem) => {
    const { database } = subject();
    const attempt = tamper(database, async (tx) => {
      await tx.execute(damage);
      const broken = await verifyChain(tx);
      expect(broken).toMatchObject({ seq, problem: expect.stringMatching(problem) as unknown });
      throw new Undo();
    });
    await expect(attempt).rejects.toBeInstanceOf(Undo);
    expect(await verifyChain(database)).toBeNull();
  });

  it("finds a body that was emptied, and no command says so", async () => {
    const { database } = subject();
    const attempt = tamper(database, async (tx) => {
      await tx.execute(sql`update changes set body = null, salt = null where seq = 2`);
      const problem = expect.stringContaining("was emptied") as unknown;
      expect(await verifyChain(tx)).toMatchObject({ seq: 2, problem });
      throw new Undo();
    });
    await expect(attempt).rejects.toBeInstanceOf(Undo);
  });
});
