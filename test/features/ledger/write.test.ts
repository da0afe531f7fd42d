import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { bodyOf, checkVersion, note, type Position, write } from "../../../src/features/ledger/index.js";
import { personOf } from "../../../src/features/ledger/change.js";
import { listChangesAfter } from "../../../src/features/ledger/change.store.js";
import { permit, systemCaller } from "../../../src/features/permissions/index.js";
import { rowsOf } from "../../../src/platform/database/index.js";
import { Problem } from "../../../src/platform/problems.js";
import { describeDatabases } from "../../support/databases.js";
import { entry, ledgerTools, record } from "./ledger-fixture.js";
import { verifyChain } from "../../support/verify-chain.js";

describeDatabases("write", (subject) => {
  it("appends what 16 writers record at once without a gap, a fork or a row out of order", async () => {
    const { database } = subject();
    const committed: Position[] = [];
    const tools = {
      database,
      committed: async (position: Position) => {
        committed.push(position);
        await Promise.resolve();
      },
    };
    const writer = async (name: number): Promise<void> => {
      for (let turn = 0; turn < 12; turn += 1) {
        await record(
          tools,
          entry({ subject: `flag-${name}`, after: { turn } }),
          entry({ subject: `twin-${name}` }),
        );
      }
    };
    await Promise.all(Array.from({ length: 16 }, async (_, name) => await writer(name)));

    const rows = await listChangesAfter(database, 0, Number.MAX_SAFE_INTEGER, 1_000);
    expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: 16 * 12 * 2 }, (_, index) => index + 1));
    expect(await verifyChain(database)).toBeNull();
    expect(rows.map((row) => row.at)).toEqual(rows.map((row) => row.at).sort());
    for (const [index, row] of rows.entries()) {
      if (index % 2 === 1) expect(row.subject).toBe(rows[index - 1]?.subject.replace("flag", "twin"));
    }
    const turns = rows.filter((row) => row.subject === "flag-7").map((row) => bodyOf(row).after);
    expect(turns).toEqual(Array.from({ length: 12 }, (_, turn) => ({ turn })));
    expect(committed.map((position) => position.seq).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 16 * 12 }, (_, index) => (index + 1) * 2),
    );
  });

  it("keeps neither the change nor its row when the work fails", async () => {
    const { database } = subject();
    const before = await listChangesAfter(database, 0, Number.MAX_SAFE_INTEGER, 1_000);
    const proof = permit(systemCaller("test"), "project:update");
    const attempt = write(ledgerTools(database), proof, async (tx, add) => {
      await tx.execute(sql`insert into projects (key, name, flag_key_pattern) values ('gone', 'Gone', '.*')`);
      add(entry());
      throw new Error("no");
    });
    await expect(attempt).rejects.toThrow("no");
    expect(await listChangesAfter(database, 0, Number.MAX_SAFE_INTEGER, 1_000)).toEqual(before);
    expect(rowsOf(await database.execute(sql`select key from projects where key = 'gone'`))).toEqual([]);
  });

  it("tells nobody of work that recorded nothing, and gives what the work gave", async () => {
    const { database } = subject();
    let told = 0;
    const tools = { database, committed: async () => await Promise.resolve(void (told += 1)) };
    const proof = permit(systemCaller("test"), "project:update");
    expect(await write(tools, proof, async () => await Promise.resolve("unchanged"))).toBe("unchanged");
    expect(told).toBe(0);
    expect(await note({ database }, async () => await Promise.resolve(7))).toBe(7);
  });

  it("records who, from where, why and when", async () => {
    const { database } = subject();
    const identity = {
      kind: "USER",
      id: "u1",
      email: "alice@example.com",
      role: "ADMIN",
      sessionId: "s",
      expiresAt: Infinity,
      steppedUpUntil: 0,
      secondFactor: "NONE",
    } as const;
    const caller = {
      identity: { ...identity, projectRoles: new Map() },
      requestId: "request-1",
      ip: "192.0.2.1",
    };
    const proof = permit(caller, "project:update");
    const id = await write(
      ledgerTools(database),
      proof,
      async (_tx, add) => await Promise.resolve(add(entry({ reason: "because", environment: "production" }))),
    );
    const row = (await listChangesAfter(database, 0, Number.MAX_SAFE_INTEGER, 1_000)).at(-1);
    expect(row).toMatchObject({
      id,
      project: "default",
      environment: "production",
      actor: null,
      actorId: "u1",
      actorKind: "USER",
      requestId: "request-1",
    });
    expect(row?.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(Math.abs(Date.parse(row?.at ?? "") - Date.now())).toBeLessThan(10_000);
    expect(row && bodyOf(row)).toEqual({
      before: { name: "a" },
      after: { name: "b" },
      reason: "because",
    });
    expect(row && personOf(row)).toEqual({ actor: "alice@example.com", ip: "192.0.2.1" });
  });
});

describe("checkVersion", () => {
  const problemOf = (check: () => void): Pick<Problem, "code" | "details"> | null => {
    try {
      check();
      return null;
    } catch (error) {
      if (error instanceof Problem) return { code: error.code, details: error.details };
      throw error;
    }
  };

  it("accepts the current version, and none where none is needed", () => {
    expect(problemOf(() => checkVersion("Flag", 3, 3, true))).toBeNull();
    expect(problemOf(() => checkVersion("Flag", 3, undefined))).toBeNull();
    expect(problemOf(() => checkVersion("Flag", 3, null, false))).toBeNull();
  });

  it("refuses a stale version with CONFLICT and a missing one with PRECONDITION_REQUIRED", () => {
    expect(problemOf(() => checkVersion("Flag", 3, 2))).toEqual({
      code: "CONFLICT",
      details: { currentVersion: 3 },
    });
    expect(problemOf(() => checkVersion("Flag", 3, null, true))).toEqual({
      code: "PRECONDITION_REQUIRED",
      details: { currentVersion: 3 },
    });
  });
});
