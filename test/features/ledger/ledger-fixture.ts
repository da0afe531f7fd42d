/** What the ledger's tests write with: a caller, an entry, tools without a reader. */
import { randomUUID } from "node:crypto";
import {
  canonicalJson,
  type Change,
  type Entry,
  type LedgerTools,
  listChangesAfter,
  note,
  type Position,
  write,
} from "../../../src/features/ledger/index.js";
import { origin, seal } from "../../../src/features/ledger/change.js";
import { insertChanges } from "../../../src/features/ledger/change.store.js";
import { permit, systemCaller } from "../../../src/features/permissions/index.js";
import type { Database } from "../../../src/platform/database/index.js";

export function ledgerTools(database: Database): LedgerTools {
  return { database, committed: async () => await Promise.resolve() };
}

export function entry(overrides: Partial<Entry> = {}): Entry {
  return {
    kind: "flag.updated",
    subjectType: "FLAG",
    subject: "new-checkout",
    project: "default",
    before: { name: "a" },
    after: { name: "b" },
    ...overrides,
  };
}

/** Writes these entries in one transaction and gives their ids. */
export async function record(tools: LedgerTools, ...entries: readonly Entry[]): Promise<string[]> {
  const proof = permit(systemCaller("test"), "project:update");
  return await write(tools, proof, async (_tx, add) => await Promise.resolve(entries.map((one) => add(one))));
}

export const secretKeys = ["first-secret-of-at-least-32-bytes-0123456789"];

/** Continues the chain with rows as old as that, each by the user `u1` and in a transaction of its own. */
export async function recordLongAgo(database: Database, daysAgo: number, count: number): Promise<void> {
  const [newest] = (await listChangesAfter(database, 0, Number.MAX_SAFE_INTEGER, 10_000)).slice(-1);
  let last: Position = newest ?? origin;
  const rows: Change[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = new Date(Date.now() - daysAgo * 86_400_000 + index).toISOString().replace("Z", "000Z");
    const what = { kind: "flag.updated", subjectType: "FLAG", subject: "new-checkout" } as const;
    const who = { actorId: "u1", actorKind: "USER", requestId: "r" } as const;
    const place = { project: "default", environment: null };
    const envelope = {
      seq: last.seq + 1,
      epoch: last.epoch,
      id: randomUUID(),
      ...place,
      ...what,
      ...who,
      at,
    };
    const body = { text: canonicalJson({ before: { index }, after: null, reason: null }), salt: "00" };
    const person = { text: canonicalJson({ actor: "alice@example.com", ip: "192.0.2.1" }), salt: "01" };
    const row = seal(last.hash, envelope, body, person);
    rows.push(row);
    last = row;
  }
  await note({ database }, async (tx) => insertChanges(tx, rows));
}
