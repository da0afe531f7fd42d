/** Says what is wrong: after each fault, and when all is over. */
import { brokenRow } from "./chain.js";
import type { Cluster } from "./cluster.js";
import type { Checked, Convergence } from "./convergence.js";
import type { History } from "./positions.js";
import { readTruth } from "./truth.js";
import type { WriteLog } from "./write-log.js";

const mostOfAKind = 3;

export class Judge {
  readonly violations: string[] = [];
  /** What was wrong, without its figures → how often. */
  readonly #kinds = new Map<string, number>();
  /** `tell` is told of each violation as it is found; of a kind that comes again and again, a few times. */
  constructor(
    private readonly history: History,
    private readonly tell: (line: string) => void,
  ) {}

  readonly blame = (what: string): void => {
    const kind = what.replaceAll(/\d+/g, "#");
    const times = (this.#kinds.get(kind) ?? 0) + 1;
    this.#kinds.set(kind, times);
    if (times > mostOfAKind) return;
    this.violations.push(what);
    this.tell(`VIOLATION ${what}`);
  };

  /** All must agree within so many milliseconds of `healedAt` (by performance.now()), the ledger must hold what was acknowledged, and no log tell of a bug. */
  async check(scene: Checking, healedAt: number, when: string, withinMs: number): Promise<Checked> {
    const { log, convergence, cluster } = scene;
    const acknowledged = log.acknowledged();
    const checked = await convergence.check(healedAt);
    const { differences, tookMs, slackMs } = checked;
    const after = `after ${Math.round(tookMs)} ms (slack ${Math.round(slackMs)} ms)`;
    if (differences.length > 0) {
      this.blame(`${when}: ${after} ${differences.length} differ: ${differences.slice(0, 5).join(" | ")}`);
    } else if (tookMs - slackMs > withinMs) {
      this.blame(`${when}: all agreed only ${after}`);
    }
    for (const { write, what } of log.faults(acknowledged)) {
      const { reason, attempts, unknown } = write;
      this.blame(
        `${reason} was ${what}: ${write.what}, sent ${attempts} times, ${unknown} without an answer`,
      );
    }
    for (const { mistakes } of cluster.servers) {
      for (const mistake of mistakes.splice(0)) this.blame(`${when}: ${mistake}`);
    }
    return checked;
  }

  /** The whole ledger, when nothing moves any more. Gives the number of its rows. */
  async checkLedger(url: string): Promise<number> {
    const broken = await brokenRow(url);
    if (broken !== null) this.blame(`the ledger's chain is broken: ${broken}`);
    const { rows } = await readTruth(url, 0);
    const { replaced } = this.history;
    const forks = rows.filter(({ kind }) => kind === "ledger.forked").length;
    if (forks !== replaced) this.blame(`history was replaced ${replaced} times, and noticed ${forks} times`);
    return rows.length;
  }
}

export interface Checking {
  readonly cluster: Cluster;
  readonly convergence: Convergence;
  readonly log: WriteLog;
}
