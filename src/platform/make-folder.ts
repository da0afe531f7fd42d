/** Folders made with their parents. Node's own way of doing so never ends below a folder that takes none, such as /proc. */
import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** Does nothing where there is one; otherwise it and its parents are its owner's alone. Rejects where it cannot be made. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (await isFolder(path)) return;
    const parent = dirname(path);
    if (parent === path || (await isFolder(parent))) throw error;
    await makeFolder(parent);
    await makeFolder(path);
  }
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
