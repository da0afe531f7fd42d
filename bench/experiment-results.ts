/** Results of a large experiment: what they cost beside reading their sums, and how long everything else waits for them beside an analysis without a pause. */
import { and, eq, sql } from "drizzle-orm";
import { weightToPercent } from "../src/evaluation/index.js";
import { analyse } from "../src/features/experiments/analysis/analyse.js";
import type { Experiment } from "../src/features/experiments/experiment.js";
import { createResults, type Results } from "../src/features/experiments/results/desk.js";
import { createMetric } from "../src/features/tracking/create-metric.js";
import type { Metric } from "../src/features/tracking/metric.js";
import { readSums } from "../src/features/tracking/sums.store.js";
import type { TrialSums } from "../src/features/tracking/sums.js";
import { exposureSums, metricSums } from "../src/features/tracking/trial.table.js";
import { openMetrics } from "../src/platform/metrics.js";
import { admin } from "../test/features/delivery/delivery-fixture.js";
import { begun } from "../test/features/experiments/analysis/analysis-fixture.js";
import { manyDays, type Size } from "../test/features/experiments/analysis/many-days.js";
import { type Laboratory, openLaboratory } from "../test/features/experiments/experiment-fixture.js";
import { silentLog } from "../test/support/silent-log.js";
import { openBenchDatabase } from "./database.js";
import { type Figure, figureOf, type Round } from "./figure.js";

interface Sizes extends Omit<Size, "epochs"> {
  readonly rounds: number;
}

const full: Sizes = { rounds: 9, metrics: 10, treatments: 3, days: 90 };
const dayMs = 86_400_000;
const keptMs = 6_000; // results are no older than that

export async function experimentResultsBench(sizes: Sizes = full): Promise<readonly Figure[]> {
  const { opened, close } = await openBenchDatabase();
  const lab = await openLaboratory({ opened });
  const { now } = lab.tools;
  const results = createResults({
    ...{ database: opened.database, log: silentLog, metrics: openMetrics(), now },
  });
  try {
    const given = manyDays(1, { ...sizes, epochs: 1 });
    const { experiment, metrics, sums } = given;
    const ids = await furnish(lab, experiment, metrics);
    const endsAt = new Date(begun.getTime() + (sizes.days + 2) * dayMs).toISOString();
    const anytime = await run(lab, "anytime", experiment, {});
    const dated = await run(lab, "dated", experiment, { mode: "GROUP_SEQUENTIAL", endsAt });
    for (const { id } of [anytime, dated]) await keep(lab, id, sums, ids);
    lab.setClock(given.now.toISOString());
    const bench = new Looks(lab, results, sizes);
    return [
      ...(await bench.of(anytime, "at any time", given.now)),
      ...(await bench.of(dated, "until a date, all looks new", begun)),
      ...(await bench.of(dated, "until a date, the latest look new", given.now)),
    ];
  } finally {
    await results.close();
    await lab.close();
    await close();
  }
}

/** Gives the metrics' ids, by those that they are given with. */
async function furnish(
  { addFlag, tools }: Laboratory,
  { arms, control }: Experiment,
  metrics: readonly Metric[],
): Promise<ReadonlyMap<string, string>> {
  const variants = arms.map(({ variant }) => ({ key: variant, value: variant }));
  const served = { fallthrough: { variant: control }, offVariant: control };
  const environments = [{ environment: "staging", enabled: true, ...served }];
  for (const key of ["anytime", "dated"]) await addFlag(key, { type: "STRING", variants, environments });
  const ids = new Map<string, string>();
  for (const { id, key, type, direction } of metrics) {
    const made = await createMetric(tools, admin, { key, type: type === "RATIO" ? "MEAN" : type, direction });
    ids.set(id, made.id);
  }
  return ids;
}

async function run(
  lab: Laboratory,
  key: string,
  { arms, metrics, control, plannedUnits }: Experiment,
  more: Parameters<Laboratory["run"]>[1],
): Promise<Experiment> {
  lab.setClock(begun.toISOString());
  const percents = arms.map(({ variant, weight }) => ({ variant, percent: weightToPercent(weight) }));
  return lab.run(key, { flagKey: key, control, metrics, plannedUnits, arms: percents, ...more });
}

async function keep(
  { opened: { database } }: Laboratory,
  trial: string,
  { exposures, metrics }: TrialSums,
  ids: ReadonlyMap<string, string>,
): Promise<void> {
  const outcomes = metrics.map((sum) => ({ ...sum, trial, metric: ids.get(sum.metric) ?? "" }));
  await database.insert(exposureSums).values(exposures.map((sum) => ({ ...sum, trial })));
  for (let from = 0; from < outcomes.length; from += 1_000)
    await database.insert(metricSums).values(outcomes.slice(from, from + 1_000));
}

class Looks {
  constructor(
    private readonly lab: Laboratory,
    private readonly results: Results,
    private readonly sizes: Sizes,
  ) {}

  /** Of an experiment, before each of which somebody more comes on `day`. */
  async of(experiment: Experiment, name: string, day: Date): Promise<readonly Figure[]> {
    const { metrics, treatments, days, rounds } = this.sizes;
    const { database } = this.lab.opened;
    const costs: Round[] = [];
    const waits: Round[] = [];
    for (let round = 0; round < rounds; round += 1) {
      await this.#comes(experiment, day);
      const reading = await measured(async () => readSums(database, experiment.id));
      const { answer, ms, longestMs } = await measured(async () => this.results.of(experiment));
      const fresh = { ...experiment, id: `${experiment.id} ${name} ${round}` };
      const startedAt = performance.now();
      analyse({ ...answer.input, experiment: fresh });
      costs.push({ value: ms, reference: reading.ms });
      waits.push({ value: longestMs, reference: performance.now() - startedAt });
    }
    const size = `${metrics} metrics, ${treatments} treatments, ${days} days, ${name}`;
    return [
      figureOf(`results: ${size}`, "ms", "reading their sums", costs),
      figureOf(`longest turn: ${size}`, "ms", "all of the analysis without a pause", waits),
    ];
  }

  async #comes({ id }: Experiment, day: Date): Promise<void> {
    const ofDay = and(eq(exposureSums.trial, id), eq(exposureSums.day, day.toISOString().slice(0, 10)));
    await this.lab.opened.database
      .update(exposureSums)
      .set({ n: sql`${exposureSums.n} + 1` })
      .where(ofDay);
    this.lab.setClock(new Date(this.lab.tools.now() + keptMs).toISOString());
  }
}

/** With the longest time between two turns of the event loop meanwhile. */
async function measured<Answer>(work: () => Promise<Answer>) {
  const begunAt = performance.now();
  let [turnedAt, longestMs] = [begunAt, 0];
  const turn = (): void => {
    longestMs = Math.max(longestMs, performance.now() - turnedAt);
    turnedAt = performance.now();
  };
  let next = setImmediate(function again() {
    turn();
    next = setImmediate(again);
  });
  const answer = await work();
  clearImmediate(next);
  turn();
  return { answer, ms: performance.now() - begunAt, longestMs };
}
