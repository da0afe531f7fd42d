/** What this instance puts away of itself and takes up again: everything on its own disk, the definitions where all instances find them. */
import type { KeptFile } from "../../platform/kept-file.js";
import type { Log } from "../../platform/log.js";
import type { Instruments } from "../../platform/metrics.js";
import { type Change, emptiesOthers, type Reader } from "../ledger/index.js";
import { Keeper, type KeeperOptions, type Shelf } from "./keeper.js";
import { type KeptAt, type KeptParts, keepState, restoreState } from "./kept-state.js";
import type { SharedSnapshot } from "./shared-snapshot.js";
import type { Snapshots } from "./snapshots.js";

/** Where it is put, and what is put there beside the environments. */
export interface KeepingOptions {
  readonly file: KeptFile;
  /** null where instances share nothing. */
  readonly shared: SharedSnapshot | null;
  readonly parts: KeptParts;
  /** Milliseconds: see `KeeperOptions`. */
  readonly pace?: KeeperOptions["pace"];
}

const prolongEveryMs = 21_600_000; // six hours: several times in the life of what is shared

interface KeepingTools {
  readonly snapshots: Snapshots;
  readonly reader: Pick<Reader, "position" | "status">;
  readonly log: Log;
  readonly metrics: Pick<Instruments, "counter">;
}

export class Keeping {
  readonly #parts: KeptParts;
  readonly #onDisk: Keeper;
  readonly #inRedis: Keeper | null;
  #takenUp: KeptAt | null = null;
  readonly #prolonging: NodeJS.Timeout | undefined;
  /** Whether what is on the disk may name somebody who was erased since. */
  #namesErased = false;

  constructor(
    private readonly options: KeepingOptions,
    private readonly tools: KeepingTools,
  ) {
    const { shared, parts } = options;
    const { snapshots, log, metrics } = tools;
    this.#parts = { ...parts, projects: snapshots };
    const help = "Times that an instance put its state away, for starts while the database is away or busy";
    const count = metrics.counter("halyard_kept_snapshots_total", help, "place", "outcome");
    const keeper = (shelf: Shelf, kept: Parameters<typeof keepState>[1]): Keeper => {
      const lines = (at: KeptAt): Iterable<string> => keepState(at, kept);
      const pace = options.pace === undefined ? {} : { pace: options.pace };
      return new Keeper({ shelf, log, count, lines, at: () => this.#at(), ...pace });
    };
    const disk: Shelf = { name: "disk", put: async (_at, lines) => this.#write(lines()) };
    this.#onDisk = keeper(disk, this.#parts);
    this.#inRedis = shared && keeper(shared, { projects: snapshots.definitions });
    this.#prolonging = shared ? setInterval(() => void shared.prolong(), prolongEveryMs).unref() : undefined;
  }

  /** When what was taken up was the newest state, epoch milliseconds; null where nothing was. */
  asOf(): number | null {
    return this.#takenUp?.asOf ?? null;
  }

  /** Makes what the disk has the current state, and gives where that stands; null where there is nothing whole. */
  async takeUp(): Promise<KeptAt | null> {
    await this.options.file.read((lines) => {
      const read = restoreState(lines, this.#parts);
      if (read === null) return false;
      read.apply();
      this.#takenUp = read.at;
      this.#onDisk.knows(read.at);
      return true;
    });
    return this.#takenUp;
  }

  /** Lets the next full load read only what has changed since another instance handed the definitions on. */
  async sow(): Promise<void> {
    const lines = await this.options.shared?.take();
    if (lines === null || lines === undefined) return;
    let sow: ReturnType<Snapshots["readSeed"]> = () => undefined;
    const restore = (values: readonly unknown[]) => {
      sow = this.tools.snapshots.readSeed(values);
      return () => undefined;
    };
    const read = restoreState(lines, { projects: { restore } });
    if (read !== null) sow(read.at.position);
  }

  /** The state has changed; null: anything may have. */
  changed(changes: readonly Change[] | null): void {
    const isAnew = changes === null;
    if (isAnew || changes.some(emptiesOthers)) this.#namesErased = true;
    this.#onDisk.changed(isAnew);
    this.#inRedis?.changed(isAnew);
  }

  async close(): Promise<void> {
    clearInterval(this.#prolonging);
    this.#inRedis?.stop();
    await this.#onDisk.close();
  }

  async #write(lines: Iterable<string>): Promise<true> {
    const alone = this.#namesErased;
    this.#namesErased = false;
    try {
      await this.options.file.write(lines, alone);
      return true;
    } catch (error) {
      this.#namesErased ||= alone;
      throw error;
    }
  }

  #at(): KeptAt {
    const { reader } = this.tools;
    return { position: reader.position(), asOf: reader.status().lastReadAt ?? this.asOf() ?? 0 };
  }
}
