/** Makes a project ready to be deleted: foreign keys refuse to delete what is named before what names it, even in one statement. */
import type { Transaction } from "../../platform/database/index.js";
import { removeEnvironments } from "../environments/index.js";
import { removeUses } from "./segment.store.js";

/** Removes the environments, with the settings of flags that name flags and segments, and what segments name. The rest goes with the project. */
export async function emptyProject(tx: Transaction, project: string): Promise<void> {
  await removeEnvironments(tx, project);
  await removeUses(tx, project);
}
