/** Tells the other instances that this one is there, and hears which others are: nothing is written that one of them cannot evaluate. */
import { randomInt, randomUUID } from "node:crypto";
import type { Database } from "../../platform/database/index.js";
import { withDeadline } from "../../platform/deadline.js";
import type { Log } from "../../platform/log.js";
import { conflict } from "../../platform/problems.js";
import { type Entry, note, type Position } from "../ledger/index.js";
import { knownOperators, type LiveInstance, operatorsOf } from "./instance.js";
import { removeInstance, stampInstance } from "./instance.store.js";

const beatEveryMs = 10_000; // ±20 %
const goodbyeMs = 1_000;

export interface HeartbeatOptions {
  readonly database: Database;
  readonly log: Log;
  /** Of this server, as it is released. */
  readonly version: string;
  /** Epoch milliseconds. */
  readonly startedAt: number;
  /** Up to where this instance has taken in the ledger. */
  readonly position: () => Position;
}

export class Heartbeats {
  readonly #id = randomUUID();
  #others: readonly LiveInstance[] = [];
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(private readonly options: HeartbeatOptions) {}

  /** How many instances run on the database, as far as this one has heard; itself included. */
  count(): number {
    return 1 + this.#others.length;
  }

  /** Throws CONFLICT for a change with a condition that an instance would not understand. Asks memory alone. */
  readonly admit = (entry: Pick<Entry, "subjectType" | "after">): void => {
    for (const operator of operatorsOf(entry)) {
      const behind = this.#others.find(({ operators }) => !operators.includes(operator));
      if (behind === undefined) continue;
      throw conflict(
        `An instance of version ${behind.version} still runs that does not know the operator ${operator}: wait until every instance is of this version, ${this.options.version}.`,
      );
    }
  };

  /** The first is awaited, so that nothing is written before the others are known. Never rejects: without the database nothing can be written either. Safe to call twice. */
  async start(): Promise<void> {
    if (this.#timer !== undefined) return;
    this.#beating = this.#beat();
    await this.#beating;
    this.#schedule();
  }

  /** Takes leave, if the database answers. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    const leaving = this.#beating.then(async () =>
      note(this.options, async (tx) => removeInstance(tx, this.#id)),
    );
    await withDeadline(leaving, goodbyeMs, () => new Error("no answer")).catch(() => undefined);
  }

  #schedule(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(
      () => {
        this.#beating = this.#beat().then(() => this.#schedule());
      },
      randomInt(beatEveryMs * 0.8, beatEveryMs * 1.2),
    );
    this.#timer.unref();
  }

  async #beat(): Promise<void> {
    const { version, startedAt, position, log } = this.options;
    const stamp = { id: this.#id, version, operators: knownOperators, startedAt: new Date(startedAt) };
    try {
      const live = await note(this.options, async (tx) =>
        stampInstance(tx, { ...stamp, position: position() }),
      );
      this.#others = live.filter(({ id }) => id !== this.#id);
    } catch (error) {
      log.debug({ err: error }, "The other instances could not be told that this one is there.");
    }
  }
}
