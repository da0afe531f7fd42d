/** A file that is replaced as a whole and never lost: the one before it stays, in case that the newest does not read. */
import { randomUUID } from "node:crypto";
import { open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { syncPath } from "./durable-folders.js";
import { makeFolder } from "./make-folder.js";
import type { Signer } from "./signed-lines.js";

const draftsLiveMs = 600_000; // ten minutes: longer than writing one takes, wherever it is written
const draftEnd = ".new";

/** In a folder of its own; readable by its owner alone. */
export class KeptFile {
  readonly #newest: string;
  readonly #previous: string;
  /** Whether the newest is known to be whole: only then it may take the place of the one before. */
  #isWhole = false;

  constructor(
    private readonly folder: string,
    private readonly signer: Signer,
  ) {
    this.#newest = join(folder, "newest");
    this.#previous = join(folder, "previous");
  }

  /**
   * Signs the lines and puts them in the place of the newest, durably. Others have their turn meanwhile. Not to be called twice at a time. `alone`:
   * with the one before goes what must not be kept any longer.
   */
  async write(lines: Iterable<string>, alone = false): Promise<void> {
    await makeFolder(this.folder);
    const draft = join(this.folder, `${randomUUID()}${draftEnd}`);
    try {
      await this.#writeDraft(draft, lines);
      if (this.#isWhole) await rename(this.#newest, this.#previous);
      await rename(draft, this.#newest);
      this.#isWhole = true;
    } finally {
      await rm(draft, { force: true });
    }
    await syncPath(this.folder);
    if (alone) await rm(this.#previous, { force: true });
    await this.#removeOldDrafts();
  }

  /** The lines of the newest and then of the previous file, as far as they are whole and this installation's; `take` says whether they will do. */
  async read(take: (lines: Iterable<string>) => boolean): Promise<boolean> {
    for (const path of [this.#newest, this.#previous]) {
      const bytes = await readFile(path).catch(() => null);
      const lines = bytes === null ? null : this.signer.verify(bytes);
      if (lines === null || !take(lines)) continue;
      this.#isWhole = path === this.#newest;
      return true;
    }
    return false;
  }

  async #writeDraft(draft: string, lines: Iterable<string>): Promise<void> {
    const file = await open(draft, "wx", 0o600);
    try {
      for (const bytes of this.signer.sign(lines)) await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** Of those who were killed while they wrote. */
  async #removeOldDrafts(): Promise<void> {
    const { mtimeMs: now } = await stat(this.#newest);
    for (const name of await readdir(this.folder)) {
      if (!name.endsWith(draftEnd)) continue;
      const path = join(this.folder, name);
      const found = await stat(path).catch(() => null);
      if (found !== null && now - found.mtimeMs > draftsLiveMs) await rm(path, { force: true });
    }
  }
}
