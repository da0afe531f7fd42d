/** Makes folders and files durable, and their names, so that a power cut does not take them along. */
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";

const SYNCED_AT_ONCE = 32;

/** Makes everything below a folder, and the folder, durable. */
export async function syncTree(root: string): Promise<void> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  // Disks are slow to sync and good at several at once.
  for (let from = 0; from < paths.length; from += SYNCED_AT_ONCE) {
    await Promise.all(paths.slice(from, from + SYNCED_AT_ONCE).map(syncPath));
  }
  await syncPath(root);
}

/** Makes a file's content, or a folder's list of names, durable. Windows cannot, and is left alone. */
export async function syncPath(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
