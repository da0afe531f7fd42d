/** Whether a change that failed was made before, under the same idempotency key. */
import type { Database, Transaction } from "../../platform/database/index.js";
import { Problem, type ProblemCode } from "../../platform/problems.js";
import type { Caller } from "../permissions/index.js";
import { findChangeAt } from "./change.store.js";
import { type NamingInput, ownerOf, refuseReuse, Repeated, type Repetition } from "./idempotency.js";
import { findKeyUse, takeKey } from "./idempotency.store.js";

/**
 * Takes the caller's key, if the change came with one, as the first act of its transaction: a repetition that comes meanwhile waits here.
 * Throws `Repeated` when the change was made before, and IDEMPOTENCY_KEY_REUSED.
 */
export async function claimKey(tx: Transaction, caller: Caller): Promise<void> {
  const { claim } = caller;
  if (claim === undefined) return;
  const { key, operation, fingerprints } = claim;
  const name = { owner: ownerOf(caller), key };
  if (await takeKey(tx, name, { operation, inputHash: fingerprints[0] ?? "" })) return;
  const use = await findKeyUse(tx, name);
  if (use === null) throw new Error("A key was neither free nor taken.");
  refuseReuse(use, claim);
  throw new Repeated(use);
}

/**
 * What the world as it is now may object to in a change that was made before: it is no longer there, it was changed, a moment has passed.
 * What says that the caller may not ask is not among them.
 */
const objections: ReadonlySet<ProblemCode> = new Set([
  "NOT_FOUND",
  "BAD_USER_INPUT",
  "CONFLICT",
  "ALREADY_EXISTS",
  "PRECONDITION_REQUIRED",
]);

/** What the attempt that failed with `error` was a repetition of; null: of nothing, and `error` stands. Throws IDEMPOTENCY_KEY_REUSED. */
export async function findRepetition(
  { database }: { readonly database: Database },
  caller: Caller,
  input: NamingInput,
  error: unknown,
): Promise<Repetition | null> {
  const use = error instanceof Repeated ? error.use : await findObjected(database, caller, error);
  if (use === null) return null;
  return { input, change: use.seq === null ? null : await findChangeAt(database, use.seq) };
}

async function findObjected(database: Database, caller: Caller, error: unknown) {
  const { claim } = caller;
  if (claim === undefined || !(error instanceof Problem) || !objections.has(error.code)) return null;
  const use = await findKeyUse(database, { owner: ownerOf(caller), key: claim.key });
  if (use !== null) refuseReuse(use, claim);
  return use;
}
