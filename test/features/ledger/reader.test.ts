import { Writable } from "node:stream";
import { sql } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import {
  bodyOf,
  type Change,
  createReader,
  findChangeAt,
  type Follower,
  type LedgerTools,
  listChangesAfter,
  type Reader,
  type ReaderTools,
} from "../../../src/features/ledger/index.js";
import type { Database, OpenDatabase } from "../../../src/platform/database/index.js";
import { openInProcessBus } from "../../../src/platform/bus/in-process.js";
import { describeDatabases, freshDatabase } from "../../support/databases.js";
import { openLog } from "../../../src/platform/log.js";
import { silentLog } from "../../support/silent-log.js";
import { tamper } from "../../support/tamper.js";
import { entry, ledgerTools, record } from "./ledger-fixture.js";

/** Remembers every row it was given, and how often it loaded. */
class Memory implements Follower {
  seqs: number[] = [];
  loads = 0;
  failing = false;
  differences: readonly string[] = [];

  async load(): Promise<() => void> {
    return await Promise.resolve(() => {
      this.loads += 1;
    });
  }

  async follow(_tx: unknown, changes: readonly Change[]): Promise<() => void> {
    if (this.failing) throw new Error("cannot follow");
    return await Promise.resolve(() => {
      this.seqs.push(...changes.map((change) => change.seq));
    });
  }

  async compare(): Promise<readonly string[]> {
    const found = this.differences;
    this.differences = [];
    return await Promise.resolve(found);
  }
}

const opened: Reader[] = [];
afterEach(async () => {
  for (const reader of opened.splice(0)) await reader.close();
});

function readerWith(tools: Partial<ReaderTools> & Pick<ReaderTools, "database">, ...followers: Follower[]) {
  const reader = createReader({ log: silentLog, now: Date.now, ...tools }, followers);
  opened.push(reader);
  return reader;
}

function readerOn(database: Database, ...followers: Follower[]): Reader {
  return readerWith({ database }, ...followers);
}

async function until(holds: () => boolean, withinMs = 4_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error("did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function writeMany(tools: LedgerTools, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await record(tools, entry());
}

describeDatabases("the reader", (subject) => {
  it("skips nothing and repeats nothing while 16 write", async () => {
    const { database } = subject();
    await record(ledgerTools(database), entry());
    const memory = new Memory();
    const reader = readerOn(database, memory);
    await reader.start();
    const from = reader.position().seq;
    const tools = {
      database,
      committed: async (position: { seq: number }) => {
        await reader.reach({ ...reader.position(), seq: position.seq });
        expect(reader.position().seq).toBeGreaterThanOrEqual(position.seq);
      },
    };
    await Promise.all(Array.from({ length: 16 }, async () => await writeMany(tools, 8)));
    expect(memory.seqs).toEqual(Array.from({ length: 128 }, (_, index) => from + 1 + index));
    expect(memory.loads).toBe(1);
    expect(reader.status()).toMatchObject({ lag: 0, stale: false });
  });

  it("finds by its poll what no doorbell announced", async () => {
    const { database } = subject();
    const memory = new Memory();
    const reader = readerOn(database, memory);
    await reader.start();
    await writeMany(ledgerTools(database), 2);
    const { seq } = reader.position();
    await until(() => memory.seqs.length === 2, 2_500);
    expect(reader.position().seq).toBe(seq + 2);
  });

  it("tells listeners only when every follower is current", async () => {
    const { database } = subject();
    const [first, second] = [new Memory(), new Memory()];
    const reader = readerOn(database, first, second);
    await reader.start();
    const seen: unknown[] = [];
    reader.onAdvance(() => {
      throw new Error("a listener that fails");
    });
    const stop = reader.onAdvance((changes, position) => {
      seen.push([
        changes?.length,
        first.seqs.length,
        second.seqs.length,
        position.seq === reader.position().seq,
      ]);
    });
    await record(ledgerTools(database), entry(), entry());
    reader.nudge();
    await until(() => seen.length === 1);
    expect(seen).toEqual([[2, 2, 2, true]]);
    stop();
    await record(ledgerTools(database), entry());
    await reader.reach({ ...reader.position(), seq: reader.position().seq + 1 });
    expect(seen).toHaveLength(1);
  });

  it("loads everything when too much happened at once", async () => {
    const { database } = subject();
    const memory = new Memory();
    const reader = readerOn(database, memory);
    await reader.start();
    const { seq } = reader.position();
    await record(ledgerTools(database), ...Array.from({ length: 1_001 }, () => entry()));
    await reader.reach({ ...reader.position(), seq: seq + 1_001 });
    expect(memory.loads).toBe(2);
    expect(memory.seqs).toEqual([]);
    expect(reader.position().seq).toBe(seq + 1_001);
  });

  it("goes on after a read that failed, and says meanwhile that it is stale", async () => {
    const { database } = subject();
    const memory = new Memory();
    const reader = readerOn(database, memory);
    await reader.start();
    memory.failing = true;
    const { seq } = reader.position();
    await record(ledgerTools(database), entry());
    await reader.reach({ ...reader.position(), seq: seq + 1 });
    expect(reader.position().seq).toBe(seq);
    expect(reader.status()).toMatchObject({ lag: 1, stale: true });
    await until(() => memory.loads === 2, 2_500); // what cannot be followed is loaded
    expect(reader.position().seq).toBe(seq + 1);
    memory.failing = false;
    await record(ledgerTools(database), entry());
    await until(() => memory.seqs.length === 1, 2_500);
    expect(reader.status()).toMatchObject({ lag: 0, stale: false });
  });

  it("keeps nobody waiting for changes that came after what they wait for", async () => {
    const { database } = subject();
    const reader = readerOn(database, new Memory());
    await reader.start();
    const stop = new AbortController();
    const noise = (async () => {
      while (!stop.signal.aborted) {
        await record(ledgerTools(database), entry());
        reader.nudge();
      }
    })();
    await record(ledgerTools(database), entry());
    const target = { ...reader.position(), seq: reader.position().seq + 1 };
    const waited = await Promise.race([
      reader.reach(target).then(() => "reached"),
      new Promise((resolve) => setTimeout(resolve, 2_000, "starved")),
    ]);
    stop.abort();
    await noise;
    expect(waited).toBe("reached");
  });
});

describe("a history that was replaced", () => {
  const damages = [
    ["rows cut off", sql`delete from changes where seq > 3`, 3],
    ["all rows gone", sql`delete from changes`, 0],
    [
      "another row in the place of the one it knows",
      sql`update changes set hash = md5(hash) where seq = 5`,
      5,
    ],
  ] as const;
  it.each(damages)("is loaded anew, and gets an epoch of its own: %s", async (_name, damage, left) => {
    const { database, close } = await freshDatabase("pglite");
    await writeMany(ledgerTools(database), 5);
    const memory = new Memory();
    const alarms: unknown[] = [];
    const reader = readerWith({ database, onAlarm: (alarm) => alarms.push(alarm) }, memory);
    await reader.start();
    const abandoned = reader.position();
    const told: unknown[] = [];
    reader.onAdvance((changes) => told.push(changes?.map(({ kind }) => kind) ?? null));
    await tamper(database, async (tx) => tx.execute(damage));
    reader.nudge();
    await until(() => reader.position().epoch === 2);
    expect(told).toEqual([null, ["ledger.forked"]]);
    expect(memory.loads).toBe(2);
    expect(alarms).toEqual(["fork"]);
    expect(reader.status()).toMatchObject({ forks: 1, divergences: 0, lag: 0 });
    const row = await findChangeAt(database, left + 1);
    expect(row).toMatchObject({
      epoch: 2,
      kind: "ledger.forked",
      subjectType: "SETTINGS",
      subject: "ledger",
    });
    expect(row === null ? null : bodyOf(row).after).toMatchObject({
      abandoned,
      restored: { epoch: 1, seq: left },
    });
    await writeMany(ledgerTools(database), 1);
    await reader.reach({ epoch: 2, seq: left + 2 });
    expect(reader.position()).toMatchObject({ epoch: 2, seq: left + 2 });
    await reader.close();
    await close();
  });

  it("is found by an instance that starts from what it kept", async () => {
    const { database, close } = await freshDatabase("pglite");
    await writeMany(ledgerTools(database), 3);
    const memory = new Memory();
    const reader = readerOn(database, memory);
    reader.startFrom({ epoch: 4, seq: 7, hash: "f".repeat(64) });
    await until(() => reader.position().epoch === 5);
    expect(memory.loads).toBe(1);
    expect(reader.position().seq).toBe(4);
    await reader.close();
    await close();
  });

  it("is none for an instance that was behind when it was replaced", async () => {
    const { database, close } = await freshDatabase("pglite");
    await writeMany(ledgerTools(database), 2);
    const head = await findChangeAt(database, 2);
    await writeMany(ledgerTools(database), 2);
    await tamper(database, async (tx) => tx.execute(sql`delete from changes where seq > 3`));
    const memory = new Memory();
    const reader = readerOn(database, memory);
    if (head !== null) reader.startFrom({ epoch: head.epoch, seq: head.seq, hash: head.hash });
    await until(() => reader.position().seq === 3);
    expect([memory.loads, memory.seqs, reader.status().forks]).toEqual([0, [3], 0]);
    await reader.close();
    await close();
  });
});

describe("memory that differs from the database", () => {
  it("is loaded anew, with one alarm, although the ledger says nothing", async () => {
    const { database, close } = await freshDatabase("pglite");
    await writeMany(ledgerTools(database), 1);
    const memory = new Memory();
    const logged: string[] = [];
    const sink = new Writable({
      write: (line: Buffer, _encoding, done) => (logged.push(line.toString()), done()),
    });
    const log = openLog({ logLevel: "error", logFormat: "json" }, sink);
    const reader = readerWith({ database, log, compareEveryMs: 20 }, memory);
    await reader.start();
    memory.differences = ["flag default/staging/a is at version 1 here, 2 in the database"];
    reader.nudge();
    await until(() => memory.loads === 2, 2_500);
    expect(logged.filter((line) => line.includes("default/staging/a"))).toHaveLength(1);
    expect(reader.status()).toMatchObject({ divergences: 1, forks: 0 });
    await reader.close();
    await close();
  });
});

describe("what is read of PostgreSQL at a position", () => {
  it.each(["load", "follow"] as const)(
    "is one state of it, whatever is committed meanwhile: %s",
    async (how) => {
      const subject = await freshDatabase("postgresql");
      const { database } = subject;
      const tools = ledgerTools(database);
      const seen: number[] = [];
      const look = async (tx: Database): Promise<() => void> => {
        if (seen.length === 0 || how === "follow") await record(tools, entry());
        const rows = (await listChangesAfter(tx, 0, Number.MAX_SAFE_INTEGER, 1_000)).length;
        return () => void seen.push(rows);
      };
      const follower: Follower = { load: how === "load" ? look : async () => () => undefined, follow: look };
      await record(tools, entry());
      const reader = readerOn(database, follower);
      const positions: number[] = [];
      reader.onAdvance((_changes, { seq }) => positions.push(seq));
      await reader.start();
      if (how === "follow") {
        await record(tools, entry());
        await reader.reach({ epoch: 1, seq: 2 });
      }
      await reader.close();
      expect(seen[0]).toBe(how === "load" ? 1 : 2);
      expect(positions).toContain(seen[0]);
      await subject.close();
    },
  );
});

describe("two readers of one PostgreSQL database", () => {
  const other: OpenDatabase[] = [];
  afterEach(async () => {
    for (const database of other.splice(0)) await database.close();
  });

  it.each([
    ["a doorbell", true, 700],
    ["the poll alone, when the doorbell is lost", false, 2_500],
  ])("hear of each other's changes by %s", async (_name, heard, withinMs) => {
    const subject = await freshDatabase("postgresql");
    other.push(subject);
    const { database } = subject;
    const bus = openInProcessBus(silentLog, Date.now);
    const [here, there] = [new Memory(), new Memory()];
    const [writer, listener] = [readerOn(database, here), readerOn(database, there)];
    await writer.start();
    await listener.start();
    if (heard) bus.onRing(() => listener.nudge());
    const tools = {
      database,
      committed: async (position: Parameters<Reader["reach"]>[0]) => {
        await writer.reach(position);
        await bus.ring(position);
      },
    };
    await record(tools, entry());
    await record(tools, entry());
    expect(writer.position().seq).toBe(2);
    await until(() => listener.position().seq === 2, withinMs);
    expect(there.loads + there.seqs.length).toBeGreaterThan(1);
    await bus.close();
  });
});
