/** The two openers of writing transactions; there is no third. */
import { randomUUID } from "node:crypto";
import { type Database, isOutcomeUnknown, type Transaction } from "../../platform/database/index.js";
import { conflict, Problem, unknownOutcome } from "../../platform/problems.js";
import type { Caller, Permit } from "../permissions/index.js";
import { append, type IdentifiedEntry } from "./append.js";
import type { Entry, Position } from "./change.js";
import { claimKey } from "./find-repetition.js";
import { ownerOf } from "./idempotency.js";
import { settleKey } from "./idempotency.store.js";

/** What writing needs. */
export interface LedgerTools {
  readonly database: Database;
  /** Called after each commit that changed the ledger; resolves once this instance answers by the new state. Never rejects. */
  readonly committed: (position: Position) => Promise<void>;
  /** Asked before each row is added; throws a Problem for a change that must not be. */
  readonly admit?: (entry: Entry) => void;
}

/** Adds a row to the ledger as part of the transaction and gives the row's id. */
export type RecordEntry = (entry: Entry) => string;

/**
 * Changes configuration, permissions or credentials: `work` changes rows through `tx` (and through nothing else: the embedded database has one
 * connection) and records each change; rows of the ledger are appended last, in the same transaction. Work that records nothing must change nothing.
 * Returns what `work` returned, once this instance answers by it. Throws UNKNOWN_OUTCOME when the database went away after it was asked to commit.
 * For a caller with a claim nothing is done that was done before: IDEMPOTENCY_KEY_REUSED, or `Repeated`, which `findRepetition` explains. A use
 * case that such a caller may come to calls `write` once.
 */
export async function write<T>(
  tools: LedgerTools,
  permit: Permit,
  work: (tx: Transaction, record: RecordEntry) => Promise<T>,
): Promise<T> {
  const { caller } = permit;
  const { result, position } = await decided(
    caller,
    tools.database.transaction(
      async (tx) => {
        await claimKey(tx, caller);
        const entries: IdentifiedEntry[] = [];
        const done = await work(tx, (entry) => {
          tools.admit?.(entry);
          const id = randomUUID();
          entries.push({ ...entry, id });
          return id;
        });
        return { result: done, position: await appendFor(tx, caller, entries) };
      },
      { isolationLevel: "read committed" },
    ),
  );
  if (position !== null) await tools.committed(position);
  return result;
}

async function appendFor(
  tx: Transaction,
  caller: Caller,
  entries: readonly IdentifiedEntry[],
): Promise<Position | null> {
  const head = await append(tx, caller, entries);
  if (head !== null && caller.claim !== undefined) {
    const name = { owner: ownerOf(caller), key: caller.claim.key };
    await settleKey(tx, name, head.seq - entries.length + 1);
  }
  return head;
}

/** Says it where nobody knows whether the transaction was committed. */
async function decided<T>({ claim }: Caller, transaction: Promise<T>): Promise<T> {
  try {
    return await transaction;
  } catch (error) {
    throw isOutcomeUnknown(error) ? unknownOutcome(error, claim !== undefined) : error;
  }
}

/** Stores measurements, session use, counters and clean-up: nothing that an evaluator reads, so no row in the ledger. */
export async function note<T>(
  tools: Pick<LedgerTools, "database">,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  return tools.database.transaction(work, { isolationLevel: "read committed" });
}

/**
 * Refuses an update that builds on another version than the current one.
 * Throws CONFLICT when `expected` is stale, PRECONDITION_REQUIRED when there is none and `required` says there must be; both carry currentVersion.
 */
export function checkVersion(
  noun: string,
  current: number,
  expected: number | null | undefined,
  required = false,
): void {
  if (expected === undefined || expected === null) {
    if (!required) return;
    throw new Problem(
      "PRECONDITION_REQUIRED",
      `${noun} needs expectedVersion here; its version is ${current}.`,
      {
        currentVersion: current,
      },
    );
  }
  if (expected !== current) {
    throw conflict(`${noun} is at version ${current}, not ${expected}: read it again.`, current);
  }
}
