/** Projects by key, for lists of what belongs to them. */
import DataLoader from "dataloader";
import type { Database } from "../../platform/database/index.js";
import type { Project } from "./project.js";
import { readProjectsByKey } from "./project.store.js";

/** A project by its key; null when it was deleted meanwhile. Only for keys that the caller was given by something it may see. */
export function projectByKey(tools: { readonly database: Database }): DataLoader<string, Project | null> {
  return new DataLoader(async (keys: readonly string[]) => {
    const found = new Map((await readProjectsByKey(tools.database, keys)).map((it) => [it.key, it]));
    return keys.map((key) => found.get(key) ?? null);
  });
}
