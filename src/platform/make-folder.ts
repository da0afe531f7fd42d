/** Folders made with their parents. Node's own way of doing so never ends below a folder that takes none, such as /proc. */
import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { syncPath } from "./durable-folders.js";

/**
 * Leaves one that is there alone; otherwise it and its parents are its owner's alone. Its name is durable: with a name that is not, a power cut takes
 * along everything in the folder, synced or not. Rejects where it cannot be made.
 */
export async function makeFolder(path: string): Promise<void> {
  const parent = dirname(resolve(path));
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (await isFolder(path)) return await syncPath(parent).catch(forgiveForeign); // whoever made it may have been killed before the sync
    if (parent === path || (await isFolder(parent))) throw error;
    await makeFolder(parent);
    return await makeFolder(path);
  }
  await syncPath(parent).catch(forgiveForeign);
}

/** What the folders above ours allow is not ours to say: some can be entered and not read, and some file systems cannot sync folders. */
function forgiveForeign(error: unknown): void {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "EACCES" && code !== "EPERM" && code !== "EINVAL") throw error;
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
