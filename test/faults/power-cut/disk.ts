/**
 * What a disk may hold after the power was lost at a moment of the journal. The model, and how far it goes:
 *
 * - What was synced before is there. Of each 512-byte sector that was not, the disk has one of the states it had since: a write is kept,
 *   dropped, or torn at sectors, and none is kept without the earlier ones to the same sector, because the page cache holds both.
 * - A file that grew may have its new length with zeros in it (XFS, and ext4 with data=writeback).
 * - Changes of names are ordered or loose, half of the images each. ORDERED is what ext4 and XFS do: all folders share one log, of which a prefix
 *   survives; whoever syncs a file or folder takes with it everything in the log up to the last change of it. LOOSE is what POSIX
 *   promises and a little more: each folder has a log of its own, which only a sync of that folder makes durable; a file's own
 *   sync makes its first name durable (ext4, XFS, Btrfs and F2FS do so) and no later one, a new folder's does not.
 * - A rename is all or nothing in both. Nothing is said of disks that lie about having written, nor of sectors that go bad.
 */
import type { Random } from "../../fuzz/random.js";
import { type Bytes, type Journal, lengthOf } from "./journal.js";
import { contentAt, type Content } from "./content.js";

/** Paths below the folder, parents first; null: a folder. */
export type Image = ReadonlyMap<string, Buffer | null>;

/** A file or folder, whatever its names. */
interface Inode {
  readonly id: number;
  readonly isFolder: boolean;
  readonly content: Content[];
  readonly syncs: { readonly index: number; readonly begun: number }[];
}

interface NameChange {
  readonly index: number;
  readonly folders: readonly number[];
  /** A file's first name. */
  readonly creates?: Inode;
  /** Whom a sync of the inode takes along. */
  readonly touches: readonly number[];
  readonly apply: (names: Names) => void;
}

/** Folder → name → inode. */
type Names = Map<number, Map<string, number>>;

export class Disk {
  readonly #inodes: Inode[] = [];
  readonly #changes: NameChange[] = [];
  readonly #files = new Map<number, Inode>();
  readonly #names: Names = new Map();

  constructor(journal: Journal) {
    this.#add(true);
    for (const [index, operation] of journal.entries()) {
      switch (operation.kind) {
        case "makeFolder":
          this.#link(index, operation.path, this.#add(true), true);
          break;
        case "open":
          if (operation.created) this.#link(index, operation.path, this.#add(false), true);
          this.#files.set(operation.file, this.#at(operation.path));
          break;
        case "write":
          this.#writeTo(operation.file, index, operation.at, operation.bytes);
          break;
        case "truncate":
          this.#opened(operation.file).content.push({ index, size: operation.size });
          break;
        case "rename":
          this.#move(index, operation.path, operation.to);
          break;
        case "link":
          this.#link(index, operation.to, this.#at(operation.path), false);
          break;
        case "remove":
          this.#unlink(index, operation.path);
          break;
        case "sync":
          this.#opened(operation.file).syncs.push({ index, begun: operation.begun });
          break;
        case "phase":
        case "acknowledge":
          break;
      }
    }
  }

  /** What is there if nothing is lost. */
  everything(): Image {
    return this.#walk(this.#names, (inode) => contentAt(inode.content, Infinity, Infinity, null));
  }

  /** What may be there when the power goes before operation `cut`. */
  imageAt(cut: number, random: Random): Image {
    const names = this.#survivingNames(cut, random);
    return this.#walk(names, (inode) => {
      const begun = lastSync(inode, cut);
      return contentAt(inode.content, begun, cut, random);
    });
  }

  #add(isFolder: boolean): Inode {
    const inode: Inode = { id: this.#inodes.length, isFolder, content: [], syncs: [] };
    this.#inodes.push(inode);
    if (isFolder) this.#names.set(inode.id, new Map());
    return inode;
  }

  #opened(file: number): Inode {
    const inode = this.#files.get(file);
    if (inode === undefined) throw new Error(`Opening ${file} is not in the journal.`);
    return inode;
  }

  #writeTo(file: number, index: number, at: number, bytes: Bytes): void {
    this.#opened(file).content.push({ index, at, bytes, end: at + lengthOf(bytes) });
  }

  #at(path: string): Inode {
    let inode = this.#inodes[0];
    for (const name of path === "" ? [] : path.split("/")) {
      const id = inode === undefined ? undefined : this.#names.get(inode.id)?.get(name);
      inode = id === undefined ? undefined : this.#inodes[id];
    }
    if (inode === undefined) throw new Error(`${path} is not in the journal.`);
    return inode;
  }

  #placeOf(path: string): { readonly folder: number; readonly name: string } {
    const slash = path.lastIndexOf("/");
    return { folder: this.#at(slash < 0 ? "" : path.slice(0, slash)).id, name: path.slice(slash + 1) };
  }

  #record(change: NameChange): void {
    this.#changes.push(change);
    change.apply(this.#names);
  }

  #link(index: number, path: string, inode: Inode, isNew: boolean): void {
    const { folder, name } = this.#placeOf(path);
    this.#record({
      ...{ index, folders: [folder], touches: [folder, inode.id] },
      ...(isNew && !inode.isFolder ? { creates: inode } : {}),
      apply: (names) => void names.get(folder)?.set(name, inode.id),
    });
  }

  #unlink(index: number, path: string): void {
    const { folder, name } = this.#placeOf(path);
    this.#record({
      ...{ index, folders: [folder], touches: [folder, this.#at(path).id] },
      apply: (names) => void names.get(folder)?.delete(name),
    });
  }

  #move(index: number, path: string, to: string): void {
    const [from, target] = [this.#placeOf(path), this.#placeOf(to)];
    const { id } = this.#at(path);
    this.#record({
      ...{ index, folders: [from.folder, target.folder], touches: [from.folder, target.folder, id] },
      apply: (names) => {
        names.get(from.folder)?.delete(from.name);
        names.get(target.folder)?.set(target.name, id);
      },
    });
  }

  #survivingNames(cut: number, random: Random): Names {
    const past = this.#changes.filter(({ index }) => index < cut);
    const survive = random.chance(0.5) ? this.#ordered(past, cut, random) : this.#loose(past, cut, random);
    const names: Names = new Map(this.#inodes.filter((one) => one.isFolder).map(({ id }) => [id, new Map()]));
    for (const change of past) if (survive(change)) change.apply(names);
    return names;
  }

  /** One log for all: a prefix of it. */
  #ordered(past: readonly NameChange[], cut: number, random: Random): (change: NameChange) => boolean {
    const begun = this.#inodes.map((inode) => lastSync(inode, cut));
    const durable = past.findLastIndex(({ touches, index }) =>
      touches.some((id) => index < (begun[id] ?? 0)),
    );
    const last = drawPrefix(durable + 1, past.length, random);
    const bound = past[last]?.index ?? Infinity;
    return ({ index }) => index < bound;
  }

  /** A log for each folder. A change of two folders survives where it does in the one that has more of it left. */
  #loose(past: readonly NameChange[], cut: number, random: Random): (change: NameChange) => boolean {
    const bounds = new Map<number, number>();
    const bound = (folder: number): number => {
      const known = bounds.get(folder);
      if (known !== undefined) return known;
      const own = past.filter(({ folders }) => folders.includes(folder));
      const inode = this.#inodes[folder];
      const begun = inode === undefined ? 0 : lastSync(inode, cut);
      const last = drawPrefix(own.filter(({ index }) => index < begun).length, own.length, random);
      const drawn = own[last]?.index ?? Infinity;
      bounds.set(folder, drawn);
      return drawn;
    };
    return ({ index, folders, creates }) =>
      folders.some((folder) => index < bound(folder)) ||
      (creates !== undefined && index < lastSync(creates, cut));
  }

  #walk(names: Names, contentOf: (inode: Inode) => Buffer): Image {
    const image = new Map<string, Buffer | null>();
    const visit = (folder: number, prefix: string): void => {
      for (const [name, id] of names.get(folder) ?? []) {
        const inode = this.#inodes[id];
        if (inode === undefined) continue;
        image.set(prefix + name, inode.isFolder ? null : contentOf(inode));
        if (inode.isFolder) visit(id, `${prefix}${name}/`);
      }
    };
    visit(0, "");
    return image;
  }
}

/** Index before which everything done to it is durable at `cut`; 0: nothing is known to be. */
function lastSync({ syncs }: Inode, cut: number): number {
  return syncs.findLast(({ index }) => index < cut)?.begun ?? 0;
}

/** How many of `length` survive, at least `least`: often only those, often all. */
function drawPrefix(least: number, length: number, random: Random): number {
  return random.weighed([
    [3, least],
    [3, length],
    [4, random.between(least, length)],
  ]);
}
