/** The storm: an installation under load, to which everything happens that its promises speak of, while it is checked that they hold. */
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../../fuzz/random.js";
import { type Cluster, startCluster } from "./cluster.js";
import { Convergence } from "./convergence.js";
import { Crowd } from "./crowd.js";
import { type Evaluated, keepEvaluating } from "./evaluators.js";
import { allFaults } from "./faults.js";
import { Judge } from "./judge.js";
import { leaks, type Measured, measure } from "./measured.js";
import { History } from "./positions.js";
import { Traffic } from "./traffic.js";
import { readTruth } from "./truth.js";
import { type Round, weather, withinMs } from "./weather.js";
import { furnishWorld } from "./world.js";
import { WriteLog } from "./write-log.js";
import { keepWriting } from "./writers.js";

export interface StormOptions {
  readonly seed: number;
  /** How long faults are injected. */
  readonly seconds: number;
  readonly instances: number;
  /** The built program, `dist/main.js`. */
  readonly main: string;
  readonly writers: number;
  readonly subscribers: number;
  /** Which faults, by name. */
  readonly chooses: (fault: string) => boolean;
  /** Told of what happens as it happens. */
  readonly tell: (line: string) => void;
}

export interface StormReport {
  readonly options: StormOptions;
  readonly rounds: readonly Round[];
  readonly log: WriteLog;
  readonly evaluated: Evaluated;
  /** Of all subscribers together. */
  readonly crowd: Readonly<Record<"taken" | "returns" | "resyncs", number>>;
  readonly doorbellsMeddledWith: number;
  readonly failedStarts: number;
  /** Of the ledger. */
  readonly rows: number;
  /** Of the server that lived through it all: before and after, without load. */
  readonly witness: { readonly before: Measured; readonly after: Measured };
  readonly violations: readonly string[];
  /** Where the servers' output is, when something was wrong. */
  readonly folder: string;
}

const evaluatorsEach = 2;
const warmUpMs = 2_000;
/** Afterwards, until what was held for the load is given back, such as idle connections of clients after 72 s: a share of the storm's own time, at most so much. */
const coolDown = { share: 0.05, mostMs: 85_000 };

export async function storm(options: StormOptions): Promise<StormReport> {
  const { seed, instances, main, writers } = options;
  const furnish = async (url: string, key: string): Promise<void> => furnishWorld(url, key, writers);
  const cluster = await startCluster({ random: new Random(seed, 1), instances, main, furnish });
  let isWell = false;
  try {
    const report = await rage(cluster, options);
    isWell = report.violations.length === 0;
    return report;
  } finally {
    await cluster.close({ keep: !isWell });
  }
}

async function rage(cluster: Cluster, options: StormOptions): Promise<StormReport> {
  const { servers, key, postgres } = cluster;
  const { seed, seconds, tell } = options;
  const [witness] = servers;
  if (witness === undefined) throw new Error("A storm needs a server.");
  const before = await measure(witness);
  const { head } = await readTruth(postgres.url, 0);
  const history = new History();
  const judge = new Judge(history, tell);
  const log = new WriteLog();
  const evaluated: Evaluated = { answered: 0, failed: 0, took: [] };
  const traffic = new Traffic();
  const load = { seed, servers, traffic, history, blame: judge.blame };
  const crowd = new Crowd({ ...load, size: options.subscribers, key, revision: `${head.epoch}.${head.seq}` });
  const convergence = new Convergence(cluster, crowd, traffic, log, head.seq);
  const checking = { cluster, convergence, log };

  crowd.start();
  const loads = [
    keepWriting({ ...load, count: options.writers, key: key("management"), log }),
    keepEvaluating({ ...load, count: evaluatorsEach, key: key("server_development") }, evaluated),
  ];
  await sleep(warmUpMs);
  await judge.check(checking, performance.now(), "the warm-up", withinMs.healed);
  const random = new Random(seed);
  const historyReplaced = (): void => {
    history.replaced += 1;
    for (const one of [log, convergence]) one.historyReplaced();
  };
  const scene = { cluster, crowd, key: key("management"), random, blame: judge.blame, historyReplaced };
  const faults = allFaults(scene).filter(({ name }) => options.chooses(name));
  const rounds = await weather({ ...checking, faults, random, judge, seconds, tell });

  traffic.end();
  await Promise.all(loads);
  await judge.check(checking, performance.now(), "the end", withinMs.healed);
  const totals = {
    taken: crowd.total("taken"),
    returns: crowd.total("returns"),
    resyncs: crowd.total("resyncs"),
  };
  await crowd.stop();
  const rows = await judge.checkLedger(postgres.url);
  await sleep(Math.min(coolDown.mostMs, seconds * 1_000 * coolDown.share));
  const after = await measure(witness);
  for (const leak of leaks(
    before,
    after,
    rounds.map(({ heap }) => heap),
  ))
    judge.blame(`${witness.name}: ${leak}`);
  return {
    ...{ options, rounds, log, evaluated, crowd: totals, rows, witness: { before, after } },
    doorbellsMeddledWith: cluster.doorbells.meddledWith,
    failedStarts: servers.reduce((sum, { failedStarts }) => sum + failedStarts, 0),
    violations: judge.violations,
    folder: cluster.folder,
  };
}
