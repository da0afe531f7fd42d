/**
 * What it costs an answer that evaluations are counted and exposures are recorded, beside the same answer that nobody is told; and what it costs that an
 * experiment chose it. In CPU time of this process, so that the hashing and the storing count, and the waiting for PostgreSQL does not.
 */
import { sql } from "drizzle-orm";
import { createAnalytics } from "../src/features/analytics/index.js";
import { evaluate as decide } from "../src/evaluation/index.js";
import { evaluate, type OnAnswered } from "../src/features/delivery/index.js";
import { createTracking } from "../src/features/tracking/index.js";
import { rowsOf } from "../src/platform/database/index.js";
import { openMetrics } from "../src/platform/metrics.js";
import { silentLog } from "../test/support/silent-log.js";
import { cipher, evaluationKey } from "../test/features/delivery/delivery-fixture.js";
import { asOwner, experiment, measured as rule } from "../test/features/flags/owned-fixture.js";
import { begin, openTracked, start, type Tracked } from "../test/features/tracking/tracking-fixture.js";
import { openBenchDatabase } from "./database.js";
import { type Figure, figureOf, type Round } from "./figure.js";

interface Sizes {
  readonly rounds: number;
  readonly perRound: number;
  /** Of those who are asked about again and again. */
  readonly people: number;
  readonly newPerRound: number;
}

const full: Sizes = { rounds: 12, perRound: 200_000, people: 10_000, newPerRound: 20_000 };
const inTurns = 1_000;
const silent: OnAnswered = () => undefined;
const halves = [
  { variant: "on", weight: 50_000 },
  { variant: "off", weight: 50_000 },
];

export async function exposedEvaluationBench(sizes: Sizes = full): Promise<readonly Figure[]> {
  const database = await openBenchDatabase();
  const tracked = await openTracked(database.opened);
  await openExperiment(tracked);
  const recorders = openRecorders(tracked);
  const ask = askerOf(tracked);
  const everybody = contextsOf("person", 0, sizes.people);
  const known = (answered: OnAnswered, flagKey: string) => (index: number) =>
    ask(answered, flagKey, everybody[index % everybody.length] ?? {});
  const measured: Record<"known" | "new" | "experiment" | "own", Round[]> = {
    ...{ known: [], new: [], experiment: [], own: [] },
  };
  const alone = evaluatorOf(tracked, everybody);
  for (let round = 0; round < sizes.rounds; round += 1) {
    const told = known(recorders.answered, "checkout");
    measured.known.push(inTurn(sizes.perRound, told, known(silent, "checkout")));
    measured.experiment.push(inTurn(sizes.perRound, told, known(recorders.answered, "plain")));
    measured.own.push(inTurn(sizes.perRound, alone("checkout"), alone("plain")));
    await recorders.flush();
    const strangers = contextsOf(`round-${round}`, 0, sizes.newPerRound);
    const meet = (answered: OnAnswered) => (): void =>
      strangers.forEach((context) => ask(answered, "checkout", context));
    const reference = await nanosecondsEach(sizes.newPerRound, meet(silent));
    const value = await nanosecondsEach(sizes.newPerRound, async () => {
      meet(recorders.answered)();
      await recorders.flush();
    });
    measured.new.push({ value, reference });
  }
  await recorders.close();
  await holdAllStored(tracked, sizes);
  await tracked.close();
  await database.close();
  const late = (rounds: readonly Round[]) => rounds.slice(rounds.length / 3);
  const unheard = "the same, and nobody is told";
  return [
    figureOf("CPU of an answer by an experiment, units seen before", "ns", unheard, late(measured.known)),
    figureOf("CPU of an answer by an experiment, each unit new, stored", "ns", unheard, late(measured.new)),
    figureOf(
      "CPU of an answer by an experiment, counted",
      "ns",
      "by the same split of no experiment",
      late(measured.experiment),
    ),
    figureOf(
      "CPU of the evaluator alone, while an experiment runs",
      "ns",
      "by the same split of no experiment",
      late(measured.own),
    ),
  ];
}

/** `checkout` has an experiment of everybody; `plain` the same rule, which nobody owns. */
async function openExperiment(tracked: Tracked): Promise<void> {
  const split = { ...rule, serve: { ...rule.serve, split: halves } };
  await tracked.toggle("checkout", true);
  await asOwner(tracked.tools, { flag: "checkout", environment: "staging" }, { rule: split });
  await begin(tracked, { id: experiment.id, slots: halves });
  const shares = halves.map(({ variant, weight }) => ({ variant, percent: weight / 1_000 }));
  const rules = [{ id: rule.id, serve: { split: shares } }];
  await tracked.addFlag("plain", { environments: [{ environment: "staging", enabled: true, rules }] });
}

/** As the server puts them together. */
function openRecorders({ database }: Tracked) {
  const tools = { database, log: silentLog, now: () => start, metrics: openMetrics(), cipher };
  const analytics = createAnalytics(tools);
  const tracking = createTracking(tools);
  const answered: OnAnswered = (question, answers) => {
    analytics.count(question, answers);
    tracking.expose(question, answers);
  };
  const both = async (work: "flush" | "close"): Promise<void> =>
    void (await Promise.all([analytics[work](), tracking[work]()]));
  return { answered, flush: async () => both("flush"), close: async () => both("close") };
}

function askerOf({ tools }: Tracked) {
  const server = evaluationKey("SERVER");
  return (answered: OnAnswered, flagKey: string, context: object): void => {
    const { reason } = evaluate({ ...tools, answered }, server, { flagKey, context });
    if (reason !== "SPLIT") throw new Error(`${flagKey} answered ${reason}.`);
  };
}

/** Without anything around it. */
function evaluatorOf({ tools }: Tracked, contexts: ReturnType<typeof contextsOf>) {
  const snapshot = tools.delivery.snapshots.find("default", "staging")?.snapshot;
  if (snapshot === undefined) throw new Error("There is no environment staging.");
  return (flagKey: string) =>
    (index: number): void => {
      const { reason } = decide(snapshot, flagKey, contexts[index % contexts.length] ?? {}, start);
      if (reason !== "SPLIT") throw new Error(`${flagKey} answered ${reason}.`);
    };
}

function contextsOf(name: string, from: number, to: number) {
  return Array.from({ length: to - from }, (_none, index) => ({
    targetingKey: `${name}-${from + index}`,
    attributes: { country: index % 8 === 0 ? "DE" : "FR", plan: "free" },
  }));
}

/** Nanoseconds each, a thousand of one and a thousand of the other, again and again. */
function inTurn(times: number, work: (index: number) => void, reference: (index: number) => void): Round {
  const taken = { value: 0, reference: 0 };
  for (let from = 0; from < times; from += inTurns) {
    taken.value += cpuOf(work, from);
    taken.reference += cpuOf(reference, from);
  }
  return { value: taken.value / times, reference: taken.reference / times };
}

function cpuOf(work: (index: number) => void, from: number): number {
  const before = cpu();
  for (let index = from; index < from + inTurns; index += 1) work(index);
  return cpu() - before;
}

async function nanosecondsEach(times: number, work: () => void | Promise<void>): Promise<number> {
  const before = cpu();
  await work();
  return (cpu() - before) / times;
}

/** Nanoseconds of this process so far. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return 1_000 * (user + system);
}

/** What was measured did happen. */
async function holdAllStored({ database }: Tracked, sizes: Sizes): Promise<void> {
  const [row] = rowsOf(
    await database.execute(sql`
      select (select count(*) from exposures) as exposed, (select sum(count) from evaluation_hours) as counted`),
  );
  const { rounds, perRound, people, newPerRound } = sizes;
  const wanted = { exposed: people + rounds * newPerRound, counted: rounds * (3 * perRound + newPerRound) };
  const got = { exposed: Number(row?.["exposed"]), counted: Number(row?.["counted"]) };
  if (JSON.stringify(got) !== JSON.stringify(wanted))
    throw new Error(`Of ${JSON.stringify(wanted)} ${JSON.stringify(got)} is stored.`);
}
