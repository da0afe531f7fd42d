/** Holds the traffic, and measures how long it takes until database, servers and subscribers all say the same. */
import { setTimeout as sleep } from "node:timers/promises";
import { Busyness } from "./busyness.js";
import type { Cluster } from "./cluster.js";
import type { Crowd } from "./crowd.js";
import { instanceDifference } from "./instance-state.js";
import type { Traffic } from "./traffic.js";
import { readTruth, reasonsOf, type Truth } from "./truth.js";
import type { WriteLog } from "./write-log.js";

export interface Checked {
  /** From the healing, or the last commit where that was later, until all agreed; milliseconds. */
  readonly tookMs: number;
  /** What of that was this machine's doing and not the servers': they, or the harness, had to wait for a processor. */
  readonly slackMs: number;
  /** Who still differed when time was up; empty: all agreed. */
  readonly differences: readonly string[];
}

const lookEveryMs = 20;
const truthLastsMs = 500;
/** Whatever the machine is busy with: who has not come to agree by then will not. */
const giveUpAfterMs = 20_000;
/** How long an attempt to write that was under way may take to end, once all is healed. */
const settleWithinMs = 15_000;
const truthWithinMs = 15_000;

export class Convergence {
  /** Up to here the log was told of the ledger's rows. */
  #seenTo = 0;
  /** The oldest row that a subscriber may still have to hear of. */
  #agreedTo = 0;

  constructor(
    private readonly cluster: Cluster,
    private readonly crowd: Crowd,
    private readonly traffic: Traffic,
    private readonly log: WriteLog,
    startedAt: number,
  ) {
    this.#agreedTo = startedAt;
  }

  /** History was replaced: rows are to be read anew. */
  historyReplaced(): void {
    this.#seenTo = 0;
    this.#agreedTo = 0;
  }

  /** `healedAt` by performance.now(). The traffic goes on afterwards. */
  async check(healedAt: number): Promise<Checked> {
    const busyness = new Busyness(this.cluster.servers.map(({ pid }) => pid));
    this.traffic.hold();
    try {
      await busyness.begin();
      await this.#settle();
      return await this.#untilEqual(Math.max(healedAt, this.log.lastSettledAt), busyness);
    } finally {
      busyness.end();
      this.traffic.goOn();
    }
  }

  /** What was sent before the traffic was held comes to its end. */
  async #settle(): Promise<void> {
    const deadline = performance.now() + settleWithinMs;
    while (this.log.inFlight > 0 && performance.now() < deadline) await sleep(5);
  }

  async #untilEqual(from: number, busyness: Busyness): Promise<Checked> {
    let since = from;
    let truth = await this.#truth();
    for (;;) {
      const { tookMs, differences } = await this.#compare(truth, since);
      const slackMs = await busyness.soFar();
      const now = await this.#truth();
      if (now.head.seq === truth.head.seq && (differences.length === 0 || tookMs > giveUpAfterMs)) {
        if (differences.length === 0) this.#agreed(truth);
        return { tookMs, slackMs, differences };
      }
      if (now.head.seq !== truth.head.seq) {
        since = performance.now(); // somebody committed late
        await busyness.begin();
      }
      truth = now;
    }
  }

  /** Looks until all agree with that truth, or long enough for another look at the truth itself. */
  async #compare(truth: Truth, since: number): Promise<Omit<Checked, "slackMs">> {
    const until = performance.now() + truthLastsMs;
    for (;;) {
      const differences = await this.#differences(truth);
      const now = performance.now();
      if (differences.length === 0 || now > until) return { tookMs: Math.max(0, now - since), differences };
      await sleep(lookEveryMs);
    }
  }

  #agreed(truth: Truth): void {
    this.crowd.agreed(truth);
    this.#agreedTo = truth.head.seq;
  }

  /** PostgreSQL may still be rolling forward what it had when it was killed. */
  async #truth(): Promise<Truth> {
    const deadline = performance.now() + truthWithinMs;
    for (;;) {
      try {
        const truth = await readTruth(this.cluster.postgres.url, Math.min(this.#agreedTo, this.#seenTo));
        this.#tellLog(truth);
        return truth;
      } catch (error) {
        if (performance.now() > deadline) throw error;
        await sleep(lookEveryMs);
      }
    }
  }

  #tellLog({ rows, head }: Truth): void {
    this.log.sawInLedger(reasonsOf(rows.filter(({ seq }) => seq > this.#seenTo)));
    this.#seenTo = head.seq;
  }

  async #differences(truth: Truth): Promise<string[]> {
    const { servers, key } = this.cluster;
    const serverKey = key("server_development");
    const found = await Promise.all(
      servers
        .filter(({ isUp }) => isUp)
        .map(async ({ name, url }) => {
          const how = await instanceDifference(url, serverKey, truth);
          return how === null ? [] : [`${name}: ${how}`];
        }),
    );
    return [...found.flat(), ...this.crowd.differences(truth)];
  }
}
