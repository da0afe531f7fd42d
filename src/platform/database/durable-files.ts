/** PGlite's files as shipped are never synced; these are, so that a commit survives a power cut. */
import { fsyncSync } from "node:fs";
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import { NodeFS } from "@electric-sql/pglite/nodefs";

const SYNCED_AT_ONCE = 32;

/** The part of Emscripten's NODEFS that is mended; `nfd` is the real descriptor of an open file. */
interface EmscriptenModule {
  readonly NODEFS: { readonly stream_ops: { fsync?: (file: { readonly nfd?: number | null }) => number } };
}

/** Gives Emscripten's NODEFS the fsync it lacks. PostgreSQL must run with `wal_sync_method=fsync`: fdatasync is a stub. */
export class DurableFS extends NodeFS {
  override async init(...given: Parameters<NodeFS["init"]>): ReturnType<NodeFS["init"]> {
    const started = await super.init(...given);
    started.emscriptenOpts.preRun?.unshift((module: EmscriptenModule) => {
      module.NODEFS.stream_ops.fsync = (file) => {
        if (typeof file.nfd === "number") fsyncSync(file.nfd);
        return 0;
      };
    });
    return started;
  }
}

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
