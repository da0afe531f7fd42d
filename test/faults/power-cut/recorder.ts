/** Stands between this process and node:fs, and writes down everything that changes files below one folder, or makes them durable. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import type { Bytes, Journal, Operation } from "./journal.js";

export interface Recorder {
  readonly journal: Journal;
  /** Writes down what is no call of node:fs. */
  readonly add: (operation: Operation) => void;
  /** Gives node:fs back as it was. */
  readonly stop: () => void;
}

/** Any function; the ones of node:fs have more shapes than are worth naming. */
type Call = (...given: never[]) => unknown;
type Table = Record<string, Call>;

interface Opening {
  readonly file: number;
  readonly path: string;
  readonly appends: boolean;
  /** Where a write goes that names no place. */
  position: number;
}

const { O_CREAT, O_TRUNC, O_APPEND } = fs.constants;

/** Changes that no image could be made of: whoever meets one adds it to the model first. */
const unknownCalls = ["symlinkSync", "copyFileSync", "cpSync", "rmSync", "writevSync", "appendFileSync"];
const unknownPromises = ["symlink", "copyFile", "cp", "truncate"];
const unknownHandles = ["writev", "appendFile", "createWriteStream"];

/** Records until it is stopped. Only one may record at a time. */
export async function startRecorder(folder: string): Promise<Recorder> {
  const root = resolve(folder);
  const probe = await fs.promises.open(root, "r");
  const handles = Object.getPrototypeOf(probe) as Table;
  await probe.close();

  const journal: Journal = [];
  const add = (operation: Operation): void => void journal.push(operation);
  const notes = new Notes(root, add, () => journal.length);
  const restore = [
    replace(fs as unknown as Table, syncCalls(fs as unknown as Table, notes)),
    replace(fs.promises as unknown as Table, promisedCalls(fs.promises as unknown as Table, notes)),
    replace(handles, handleCalls(handles, notes)),
  ];
  syncBuiltinESMExports();
  return {
    ...{ journal, add },
    stop: () => {
      for (const undo of restore) undo();
      notes.stop(); // Node's own code may have kept hold of what stood in the way
      syncBuiltinESMExports();
    },
  };
}

/** What the calls mean for the files below the folder. */
class Notes {
  readonly #open = new Map<number, Opening>();
  #openings = 0;
  #stopped = false;

  constructor(
    private readonly root: string,
    readonly add: (operation: Operation) => void,
    readonly now: () => number,
  ) {}

  stop(): void {
    this.#stopped = true;
    this.#open.clear();
  }

  /** Relative to the folder; undefined where it lies elsewhere. */
  pathOf(given: unknown): string | undefined {
    if (this.#stopped) return undefined;
    if (typeof given !== "string" && !(given instanceof URL) && !Buffer.isBuffer(given)) return undefined;
    const path = relative(this.root, resolve(given instanceof URL ? given.pathname : given.toString()));
    return path === ".." || path.startsWith("../") ? undefined : path;
  }

  /** Called before the file is opened; what it gives, once its descriptor is known. */
  opening(given: unknown, flags: unknown): ((descriptor: number) => void) | undefined {
    const path = this.pathOf(given);
    if (path === undefined) return undefined;
    const bits = bitsOf(flags);
    const created = (bits & O_CREAT) !== 0 && !fs.existsSync(join(this.root, path));
    return (descriptor) => {
      const file = (this.#openings += 1);
      this.#open.set(descriptor, { file, path, position: 0, appends: (bits & O_APPEND) !== 0 });
      this.add({ kind: "open", file, path, created });
      if ((bits & O_TRUNC) !== 0 && !created) this.add({ kind: "truncate", file, size: 0 });
    };
  }

  closed(descriptor: number): void {
    this.#open.delete(descriptor);
  }

  wrote(descriptor: number, bytes: Uint8Array, at: unknown): void {
    const opening = this.#open.get(descriptor);
    if (opening === undefined || bytes.length === 0) return;
    const place = this.#placeOf(opening, bytes.length, at);
    this.add({ kind: "write", file: opening.file, at: place, bytes: kept(bytes) });
  }

  #placeOf(opening: Opening, length: number, at: unknown): number {
    if (opening.appends) return fs.statSync(join(this.root, opening.path)).size - length;
    if (typeof at === "number" || typeof at === "bigint") return Number(at);
    opening.position += length;
    return opening.position - length;
  }

  truncated(descriptor: number, size: number): void {
    const opening = this.#open.get(descriptor);
    if (opening !== undefined) this.add({ kind: "truncate", file: opening.file, size });
  }

  /** Called before the sync; what it gives, once it is done. */
  syncing(descriptor: number): () => void {
    const opening = this.#open.get(descriptor);
    const begun = this.now();
    return () => {
      if (opening !== undefined) this.add({ kind: "sync", file: opening.file, begun });
    };
  }

  /** Of one that was made, with those above it that were missing. `first` is the uppermost. */
  madeFolder(given: unknown, first: unknown): void {
    const path = this.pathOf(given);
    if (path === undefined) return;
    const top = this.pathOf(first) ?? path;
    const made: string[] = [];
    for (let each = path; ; each = dirname(each)) {
      made.unshift(each);
      if (each === top) break;
    }
    for (const each of made) this.add({ kind: "makeFolder", path: each });
  }

  moved(kind: "rename" | "link", from: unknown, to: unknown): void {
    const [path, target] = [this.pathOf(from), this.pathOf(to)];
    if (path !== undefined && target !== undefined) this.add({ kind, path, to: target });
    else if (path !== undefined || target !== undefined) throw new Error(`${kind} out of the folder`);
  }

  removed(given: unknown): void {
    const path = this.pathOf(given);
    if (path !== undefined) this.add({ kind: "remove", path });
  }
}

function syncCalls(real: Table, notes: Notes): Table {
  const call = (name: string, ...given: unknown[]): unknown => (real[name] as Call)(...(given as never[]));
  const originals = Object.fromEntries(Object.entries(real)) as Record<string, Call>;
  const run = (name: string, ...given: unknown[]): unknown =>
    (originals[name] as Call)(...(given as never[]));
  return {
    openSync: (path: string, flags: unknown = "r", mode?: unknown) => {
      const opened = notes.opening(path, flags);
      const descriptor = run("openSync", path, flags, mode) as number;
      opened?.(descriptor);
      return descriptor;
    },
    closeSync: (descriptor: number) => {
      run("closeSync", descriptor);
      notes.closed(descriptor);
    },
    writeSync: (
      descriptor: number,
      data: NodeJS.ArrayBufferView | string,
      offset?: number,
      ...rest: unknown[]
    ) => {
      const written = run("writeSync", descriptor, data, offset, ...rest) as number;
      if (typeof data === "string") notes.wrote(descriptor, Buffer.from(data), offset);
      else notes.wrote(descriptor, viewOf(data, offset ?? 0, written), rest[1]);
      return written;
    },
    writeFileSync: (path: string, data: string | Uint8Array, options?: unknown) => {
      const { flag = "w", mode = 0o666 } = optionsOf(options);
      const descriptor = call("openSync", path, flag, mode) as number;
      const bytes = Buffer.from(data as Uint8Array);
      if (bytes.length > 0) call("writeSync", descriptor, bytes, 0, bytes.length);
      call("closeSync", descriptor);
    },
    ftruncateSync: (descriptor: number, size = 0) => {
      run("ftruncateSync", descriptor, size);
      notes.truncated(descriptor, size);
    },
    truncateSync: (path: string, size = 0) => {
      const descriptor = call("openSync", path, "r+") as number;
      call("ftruncateSync", descriptor, size);
      call("closeSync", descriptor);
    },
    fsyncSync: (descriptor: number) => {
      const synced = notes.syncing(descriptor);
      run("fsyncSync", descriptor);
      synced();
    },
    fdatasyncSync: (descriptor: number) => call("fsyncSync", descriptor),
    mkdirSync: (path: string, options?: unknown) => {
      const first = run("mkdirSync", path, options);
      if (first !== undefined || !isRecursive(options)) notes.madeFolder(path, first);
      return first;
    },
    renameSync: (from: string, to: string) => {
      run("renameSync", from, to);
      notes.moved("rename", from, to);
    },
    linkSync: (from: string, to: string) => {
      run("linkSync", from, to);
      notes.moved("link", from, to);
    },
    unlinkSync: (path: string) => {
      run("unlinkSync", path);
      notes.removed(path);
    },
    rmdirSync: (path: string) => {
      run("rmdirSync", path);
      notes.removed(path);
    },
    ...refusals(originals, unknownCalls, notes),
  };
}

function promisedCalls(real: Table, notes: Notes): Table {
  const originals = Object.fromEntries(Object.entries(real)) as Record<string, Call>;
  const run = async <T>(name: string, ...given: unknown[]): Promise<T> =>
    (await (originals[name] as Call)(...(given as never[]))) as T;
  const open = async (
    path: string,
    flags: unknown = "r",
    mode?: unknown,
  ): Promise<fs.promises.FileHandle> => {
    const opened = notes.opening(path, flags);
    const handle = await run<fs.promises.FileHandle>("open", path, flags, mode);
    opened?.(handle.fd);
    return handle;
  };
  const write = async (path: string, data: string, options: unknown, usual: string): Promise<void> => {
    if (notes.pathOf(path) === undefined) {
      await run(usual === "a" ? "appendFile" : "writeFile", path, data, options);
      return;
    }
    const { flag = usual, mode = 0o666 } = optionsOf(options);
    const handle = await open(path, flag, mode);
    try {
      await handle.writeFile(data);
    } finally {
      await handle.close();
    }
  };
  return {
    open,
    writeFile: async (path: string, data: string, options?: unknown) => write(path, data, options, "w"),
    appendFile: async (path: string, data: string, options?: unknown) => write(path, data, options, "a"),
    mkdir: async (path: string, options?: unknown) => {
      const first = await run<unknown>("mkdir", path, options);
      if (first !== undefined || !isRecursive(options)) notes.madeFolder(path, first);
      return first;
    },
    rename: async (from: string, to: string) => {
      await run("rename", from, to);
      notes.moved("rename", from, to);
    },
    link: async (from: string, to: string) => {
      await run("link", from, to);
      notes.moved("link", from, to);
    },
    ...Object.fromEntries(
      ["rm", "unlink", "rmdir"].map((name) => [
        name,
        async (path: string, options?: unknown) => {
          const isThere = fs.existsSync(path);
          await run(name, path, options);
          if (isThere) notes.removed(path);
        },
      ]),
    ),
    ...refusals(originals, unknownPromises, notes),
  };
}

function handleCalls(real: Table, notes: Notes): Table {
  const originals = Object.fromEntries(
    ["write", "writeFile", "truncate", "sync", "close", ...unknownHandles].map((name) => [name, real[name]]),
  ) as Record<string, Call>;
  const run = async <T>(handle: unknown, name: string, ...given: unknown[]): Promise<T> =>
    (await Reflect.apply(originals[name] as Call, handle, given)) as T;
  type Handle = fs.promises.FileHandle;
  const sync = async function (this: Handle): Promise<void> {
    const synced = notes.syncing(this.fd);
    await run(this, "sync");
    synced();
  };
  return {
    ...{ sync, datasync: sync },
    async write(this: Handle, data: Uint8Array | string, ...rest: unknown[]) {
      const written = await run<{ bytesWritten: number }>(this, "write", data, ...rest);
      if (typeof data === "string") notes.wrote(this.fd, Buffer.from(data), rest[0]);
      else notes.wrote(this.fd, viewOf(data, Number(rest[0] ?? 0), written.bytesWritten), rest[2]);
      return written;
    },
    async writeFile(this: Handle, data: string | Uint8Array, ...rest: unknown[]) {
      await run(this, "writeFile", data, ...rest);
      notes.wrote(this.fd, Buffer.from(data as Uint8Array), null);
    },
    async truncate(this: Handle, size = 0) {
      await run(this, "truncate", size);
      notes.truncated(this.fd, size);
    },
    async close(this: Handle) {
      const descriptor = this.fd;
      notes.closed(descriptor);
      await run(this, "close");
    },
    ...Object.fromEntries(
      unknownHandles.map((name) => [
        name,
        function (this: Handle): never {
          throw new Error(`The recorder knows no FileHandle.${name}.`);
        },
      ]),
    ),
  };
}

/** Calls that go through as ever elsewhere, and are refused below the folder. */
function refusals(originals: Record<string, Call>, names: readonly string[], notes: Notes): Table {
  return Object.fromEntries(
    names.map((name) => [
      name,
      (...given: unknown[]) => {
        if (given.slice(0, 2).some((path) => notes.pathOf(path) !== undefined))
          throw new Error(`The recorder knows no ${name}.`);
        return (originals[name] as Call)(...(given as never[]));
      },
    ]),
  );
}

function replace(table: Table, calls: Table): () => void {
  const before = Object.fromEntries(Object.keys(calls).map((name) => [name, table[name]])) as Table;
  Object.assign(table, calls);
  return () => void Object.assign(table, before);
}

function bitsOf(flags: unknown): number {
  if (typeof flags === "number") return flags;
  const text = String(flags);
  const bits = text.startsWith("w") ? O_CREAT | O_TRUNC : text.startsWith("a") ? O_CREAT | O_APPEND : 0;
  return text.includes("x") ? bits & ~O_TRUNC : bits;
}

function viewOf(data: NodeJS.ArrayBufferView, offset: number, length: number): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset + offset, length);
}

/** A copy: the buffer is used again. */
function kept(bytes: Uint8Array): Bytes {
  const copy = Buffer.from(bytes);
  return copy.every((byte) => byte === 0) ? copy.length : copy;
}

function optionsOf(options: unknown): { readonly flag?: unknown; readonly mode?: unknown } {
  return typeof options === "object" && options !== null ? options : {};
}

function isRecursive(options: unknown): boolean {
  return (
    typeof options === "object" && options !== null && "recursive" in options && options.recursive === true
  );
}
