/** Ends sessions and says so in the ledger, from which every instance learns it. */
import type { Transaction } from "../../platform/database/index.js";
import { AuditSubject, type RecordEntry } from "../ledger/index.js";
import { type RevokeSessions, revokeSessions } from "./session.store.js";
import type { User } from "./user.js";

/** Ends the user's sessions that have not ended yet: all, or those chosen. Gives the ids of those that it ended. */
export async function endSessions(
  tx: Transaction,
  record: RecordEntry,
  { id, email }: Pick<User, "id" | "email">,
  chosen: Omit<RevokeSessions, "userId">,
  reason: string | null = null,
): Promise<readonly string[]> {
  const sessions = await revokeSessions(tx, { userId: id, ...chosen });
  if (sessions.length === 0) return sessions;
  const after = { email, sessions };
  record({ kind: "session.revoked", subjectType: AuditSubject.USER, subject: id, after, reason });
  return sessions;
}
