import { sql } from "drizzle-orm";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Change,
  createReader,
  type Follower,
  type LedgerTools,
  type Reader,
} from "../../../src/features/ledger/index.js";
import type { Database, OpenDatabase } from "../../../src/platform/database/index.js";
import { openInProcessBus } from "../../../src/platform/bus/in-process.js";
import { describeDatabases, freshDatabase } from "../../support/databases.js";
import { silentLog } from "../../support/silent-log.js";
import { tamper } from "../../support/tamper.js";
import { entry, ledgerTools, record } from "./ledger-fixture.js";

/** Remembers every row it was given, and how often it loaded. */
class Memory implements Follower {
  seqs: number[] = [];
  loads = 0;
  failing = false;

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
}

const opened: Reader[] = [];
afterEach(async () => {
  for (const reader of opened.splice(0)) await reader.close();
});

function readerOn(database: Database, ...followers: Follower[]): Reader {
  const reader = createReader({ database, log: silentLog, now: Date.now }, followers);
  opened.push(reader);
  return reader;
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
    memory.failing = false;
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
    ["rows cut off", sql`delete from changes where seq > 3`],
    ["all rows gone", sql`delete from changes`],
    ["another row in the place of the one it knows", sql`update changes set hash = md5(hash) where seq = 5`],
  ] as const;
  it.each(damages)("is loaded anew: %s", async (_name, damage) => {
    const { database, close } = await freshDatabase("pglite");
    await writeMany(ledgerTools(database), 5);
    const memory = new Memory();
    const reader = readerOn(database, memory);
    await reader.start();
    const told: unknown[] = [];
    reader.onAdvance((changes) => told.push(changes));
    await tamper(database, async (tx) => await tx.execute(damage));
    reader.nudge();
    await until(() => memory.loads === 2);
    expect(told).toEqual([null]);
    await writeMany(ledgerTools(database), 1);
    const { seq } = reader.position();
    await reader.reach({ ...reader.position(), seq: seq + 1 });
    expect(reader.position().seq).toBe(seq + 1);
    await reader.close();
    await close();
  });
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
