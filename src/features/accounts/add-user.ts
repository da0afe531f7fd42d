/** A new user and its row in the ledger, whoever makes it. */
import type { Transaction } from "../../platform/database/index.js";
import { AuditSubject, type RecordEntry } from "../ledger/index.js";
import { settingsOf, type User, type UserSettings } from "./user.js";
import { insertUser } from "./user.store.js";

/** Throws ALREADY_EXISTS for the address, in whatever case, and NOT_FOUND for a project. */
export async function addUser(
  tx: Transaction,
  record: RecordEntry,
  settings: UserSettings,
  passwordHash: string,
  reason: string | null,
): Promise<User> {
  const user = await insertUser(tx, settings, passwordHash);
  const after = settingsOf(user);
  record({ kind: "user.created", subjectType: AuditSubject.USER, subject: user.id, after, reason });
  return user;
}
