/** Where exposures wait on disk while the database is away and memory is full: hashed, signed, and within bounds. */
import { randomUUID } from "node:crypto";
import { open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { syncPath } from "../../platform/durable-folders.js";
import { makeFolder } from "../../platform/make-folder.js";
import type { Signer } from "../../platform/signed-lines.js";
import type { Exposure } from "./exposure.js";
import type { TrackingPlace } from "./ingest.store.js";

/** Exposures of one environment. */
export interface PlacedExposures {
  readonly place: TrackingPlace;
  readonly exposures: readonly Exposure[];
}

const mostFiles = 100;
const ending = ".exposures";

export class ExposureSpill {
  /** The files, oldest first; undefined: not looked yet. */
  #names: string[] | undefined;

  constructor(
    private readonly folder: string,
    private readonly signer: Signer,
  ) {}

  /** Whether anything waits, as far as was looked. */
  get hasFiles(): boolean {
    return (this.#names?.length ?? 0) > 0;
  }

  /** Durable once it resolves true; false: there are too many files. Rejects where the disk does not take it. */
  async put(batches: readonly PlacedExposures[]): Promise<boolean> {
    const names = await this.#list();
    if (names.length >= mostFiles) return false;
    await makeFolder(this.folder);
    const name = `${String((numberOf(names.at(-1)) ?? 0) + 1).padStart(12, "0")}-${randomUUID()}${ending}`;
    const path = join(this.folder, name);
    try {
      await this.#write(`${path}.new`, batches);
      await rename(`${path}.new`, path);
    } finally {
      await rm(`${path}.new`, { force: true });
    }
    await syncPath(this.folder);
    names.push(name);
    return true;
  }

  /**
   * Hands over what waits, file after file, oldest first; a file is gone once `take` resolves. Stops where it rejects. Gives how many files did not
   * read: those that the disk does not give stay there for whoever starts next, and nothing waits for them.
   */
  async drain(take: (batch: PlacedExposures) => Promise<void>): Promise<number> {
    const names = await this.#list();
    let unreadable = 0;
    for (let name = names[0]; name !== undefined; name = names[0]) {
      const path = join(this.folder, name);
      const batches = await this.#read(path).catch(() => undefined);
      if (batches === null || batches === undefined) unreadable += 1;
      else for (const batch of batches) await take(batch);
      if (batches !== undefined) await rm(path, { force: true }).catch(() => undefined); // twice is the same as once
      names.shift();
    }
    return unreadable;
  }

  async #write(path: string, batches: readonly PlacedExposures[]): Promise<void> {
    const file = await open(path, "wx", 0o600);
    try {
      for (const bytes of this.signer.sign(linesOf(batches))) {
        await file.writeFile(bytes);
      }
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** null: it is not whole, or not this installation's. Nothing where another instance took it. */
  async #read(path: string): Promise<readonly PlacedExposures[] | null> {
    const bytes = await readFile(path).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
      throw error;
    });
    if (bytes === null) return [];
    const lines = this.signer.verify(bytes);
    return lines === null ? null : [...lines].map((line) => JSON.parse(line) as PlacedExposures);
  }

  async #list(): Promise<string[]> {
    const found = this.#names ?? (await readdir(this.folder).catch(() => []));
    return (this.#names ??= found.filter((name) => name.endsWith(ending)).sort());
  }
}

/** One after the other: all at once they would keep everybody else waiting. */
function* linesOf(batches: readonly PlacedExposures[]): Generator<string> {
  for (const batch of batches) yield JSON.stringify(batch);
}

function numberOf(name: string | undefined): number | undefined {
  return name === undefined ? undefined : Number(name.split("-")[0]);
}
