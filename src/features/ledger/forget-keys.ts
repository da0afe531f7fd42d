/** Forgets idempotency keys a day after they were used, a few at a time. */
import type { Database } from "../../platform/database/index.js";
import { deleteForgottenKeys } from "./idempotency.store.js";
import { note } from "./write.js";

const batchSize = 1_000;

/** Deletes all keys that are a day old, or as many as it can before the signal, in transactions of at most `limit`, and tells how many. */
export async function forgetKeys(
  tools: { readonly database: Database },
  { limit = batchSize, signal }: { readonly limit?: number; readonly signal?: AbortSignal } = {},
): Promise<number> {
  let total = 0;
  for (;;) {
    const deleted = await note(tools, async (tx) => deleteForgottenKeys(tx, limit));
    total += deleted;
    if (deleted < limit || signal?.aborted === true) return total;
  }
}
