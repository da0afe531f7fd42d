/** Users by id, for lists of what refers to them. */
import DataLoader from "dataloader";
import type { Database } from "../../platform/database/index.js";
import type { User } from "./user.js";
import { listUsersById } from "./user.store.js";

/** A user by id; null when there is none. Only for ids that the caller was given by something it may see. */
export function userById(tools: { readonly database: Database }): DataLoader<string, User | null> {
  return new DataLoader(async (ids: readonly string[]) => {
    const found = new Map((await listUsersById(tools.database, ids)).map((user) => [user.id, user]));
    return ids.map((id) => found.get(id) ?? null);
  });
}
