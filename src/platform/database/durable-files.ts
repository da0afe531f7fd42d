/** PGlite's files as shipped are never synced; these are, so that a commit survives a power cut. */
import { fsyncSync } from "node:fs";
import { NodeFS } from "@electric-sql/pglite/nodefs";

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
