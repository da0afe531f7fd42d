/** The storm: an installation under load, to which everything happens that its promises speak of, while it is checked that they hold. */
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../../fuzz/random.js";
import { type Cluster, startCluster } from "./cluster.js";
import { brokenRow } from "./chain.js";
import { type Checked, Convergence } from "./convergence.js";
import { Crowd } from "./crowd.js";
import { type Evaluated, keepEvaluating } from "./evaluators.js";
import { allFaults, type Fault } from "./faults.js";
import { type Measured, measure } from "./measured.js";
import { Rounds } from "./rounds.js";
import type { Build } from "./server.js";
import { Traffic } from "./traffic.js";
import { readTruth } from "./truth.js";
import { furnishWorld } from "./world.js";
import { WriteLog } from "./write-log.js";
import { keepWriting } from "./writers.js";

export interface StormOptions {
  readonly seed: number;
  /** How long faults are injected. */
  readonly seconds: number;
  readonly instances: number;
  readonly build: Build;
  readonly writers: number;
  readonly subscribers: number;
  /** Only faults whose name holds this. */
  readonly only?: string | undefined;
  /** Told of what happens as it happens. */
  readonly tell: (line: string) => void;
}

/** One fault, or two at once, and how long it took until all agreed again; milliseconds. */
export interface Round {
  readonly faults: readonly string[];
  readonly heldMs: number;
  /** While Redis alone was away; null where something else was. */
  readonly meanwhileMs: number | null;
  readonly afterMs: number;
  readonly slackMs: number;
}

export interface StormReport {
  readonly options: StormOptions;
  readonly rounds: readonly Round[];
  readonly log: WriteLog;
  readonly evaluated: Evaluated;
  readonly crowd: {
    readonly size: number;
    readonly taken: number;
    readonly returns: number;
    readonly resyncs: number;
  };
  readonly doorbellsMeddledWith: number;
  readonly failedStarts: number;
  readonly rows: number;
  /** Of the server that lived through it all: before and after, without load. */
  readonly witness: { readonly before: Measured; readonly after: Measured };
  readonly violations: readonly string[];
  /** Where the servers' output is, when something was wrong. */
  readonly folder: string;
}

/** What the promises allow, milliseconds. */
const withinMs = { redisAway: 1_500, healed: 2_500 };
const heldMs = { least: 1_500, most: 5_000 };
const quietMs = { least: 500, most: 1_500 };
const warmUpMs = 2_000;
const coolDownMs = 6_000;
const enough = 20; // different ones

export async function storm(options: StormOptions): Promise<StormReport> {
  const random = new Random(options.seed);
  const cluster = await startCluster({ random: new Random(options.seed, 1), ...options });
  let isWell = false;
  try {
    const report = await new Storm(cluster, options, random).run();
    isWell = report.violations.length === 0;
    return report;
  } finally {
    await cluster.close({ keep: !isWell });
  }
}

class Storm {
  readonly #violations: string[] = [];
  readonly #rounds: Round[] = [];
  readonly #log = new WriteLog();
  readonly #traffic = new Traffic();
  readonly #evaluated: Evaluated = { answered: 0, failed: 0, took: [] };
  readonly #blame = (what: string): void => {
    if (this.#violations.includes(what)) return;
    this.#violations.push(what);
    this.options.tell(`VIOLATION ${what}`);
  };

  constructor(
    private readonly cluster: Cluster,
    private readonly options: StormOptions,
    private readonly random: Random,
  ) {}

  async run(): Promise<StormReport> {
    const { cluster, options } = this;
    const { servers, key } = cluster;
    const witness = servers[0];
    if (witness === undefined) throw new Error("A storm needs a server.");
    const before = await measure(witness);
    await furnishWorld(witness.url, key("management"), options.writers);
    const { head } = await readTruth(cluster.postgres.url, 0);
    const { seed, subscribers: size } = options;
    const load = { seed, servers, traffic: this.#traffic, blame: this.#blame };
    const crowd = new Crowd({ ...load, size, key, revision: `${head.epoch}.${head.seq}` });
    const convergence = new Convergence(cluster, crowd, this.#traffic, this.#log, head.seq);
    crowd.start();
    const writing = keepWriting({ ...load, count: options.writers, key: key("management"), log: this.#log });
    const evaluating = keepEvaluating({ ...load, count: 2, key: key("server_development") }, this.#evaluated);
    await sleep(warmUpMs);
    await this.#check(convergence, performance.now(), "the warm-up", withinMs.healed);
    await this.#weather(convergence, crowd);
    this.#traffic.end();
    await Promise.all([writing, evaluating]);
    await this.#check(convergence, performance.now(), "the end", withinMs.healed);
    const taken = {
      size,
      taken: crowd.total("taken"),
      returns: crowd.total("returns"),
      resyncs: crowd.total("resyncs"),
    };
    await crowd.stop();
    const rows = await this.#lastLook();
    await sleep(coolDownMs);
    return {
      ...{ options, rounds: this.#rounds, log: this.#log, evaluated: this.#evaluated, crowd: taken, rows },
      doorbellsMeddledWith: cluster.doorbells.meddledWith,
      failedStarts: servers.reduce((sum, { failedStarts }) => sum + failedStarts, 0),
      witness: { before, after: await measure(witness) },
      violations: this.#violations,
      folder: cluster.folder,
    };
  }

  async #weather(convergence: Convergence, crowd: Crowd): Promise<void> {
    const { cluster, options, random } = this;
    const scene = { cluster, crowd, key: cluster.key("management"), random, blame: this.#blame };
    const faults = allFaults(scene).filter(({ name }) => name.includes(options.only ?? ""));
    const rounds = new Rounds(faults, random);
    const until = performance.now() + options.seconds * 1_000;
    while (performance.now() < until && this.#violations.length < enough) {
      await this.#round(rounds.next(), convergence);
      await sleep(random.between(quietMs.least, quietMs.most));
    }
  }

  async #round(faults: readonly Fault[], convergence: Convergence): Promise<void> {
    const names = faults.map(({ name }) => name);
    const title = names.join(", and ");
    const began = performance.now();
    let meanwhileMs: number | null = null;
    for (const fault of faults) {
      await fault.inject();
      await sleep(this.random.between(heldMs.least, heldMs.most));
    }
    if (faults.every(({ victims }) => victims.join() === "redis")) {
      meanwhileMs = (await this.#check(convergence, 0, `during: ${title}`, withinMs.redisAway)).tookMs;
    }
    for (const fault of faults) await fault.heal();
    const healedAt = performance.now();
    const { tookMs, slackMs } = await this.#check(convergence, healedAt, `after: ${title}`, withinMs.healed);
    const round = { faults: names, heldMs: healedAt - began, meanwhileMs, afterMs: tookMs, slackMs };
    this.#rounds.push(round);
    this.options.tell(toldRound(round));
  }

  async #check(convergence: Convergence, healedAt: number, when: string, within: number): Promise<Checked> {
    const acknowledged = this.#log.acknowledged();
    const checked = await convergence.check(healedAt);
    const { differences, tookMs, slackMs } = checked;
    const ms = `${Math.round(tookMs)} ms (slack ${Math.round(slackMs)} ms)`;
    if (differences.length > 0) {
      this.#blame(
        `${when}: after ${ms} ${differences.length} differ; ${differences.slice(0, 5).join(" | ")}`,
      );
    } else if (tookMs - slackMs > within) {
      this.#blame(`${when}: all agreed only after ${ms}`);
    }
    for (const { write, what } of this.#log.faults(acknowledged)) {
      const { reason, attempts, unknown } = write;
      this.#blame(
        `${reason} was ${what}: ${write.what}, sent ${attempts} times, ${unknown} without an answer`,
      );
    }
    for (const { mistakes } of this.cluster.servers)
      for (const mistake of mistakes.splice(0)) this.#blame(`${when}: ${mistake}`);
    return checked;
  }

  /** When nothing moves any more: the whole chain. Gives the number of its rows. */
  async #lastLook(): Promise<number> {
    const { url } = this.cluster.postgres;
    const broken = await brokenRow(url);
    if (broken !== null) this.#blame(`the ledger's chain is broken: ${broken}`);
    const { rows } = await readTruth(url, 0);
    return rows.length;
  }
}

function toldRound({ faults, heldMs: held, meanwhileMs, afterMs, slackMs }: Round): string {
  const meanwhile = meanwhileMs === null ? "" : `, meanwhile within ${Math.round(meanwhileMs)} ms`;
  const after = `agreed ${Math.round(afterMs)} ms after the healing${meanwhile}`;
  return `${faults.join(", and ")} (${(held / 1_000).toFixed(1)} s): ${after}; slack ${Math.round(slackMs)} ms`;
}
