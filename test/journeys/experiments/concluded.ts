/** Scenarios in which the experiment is concluded by itself: who is shown, told, pushed and served what, and what is left of it. */
import { follow } from "./followers.js";
import { claimReplay, type Decision, type Entry, readCourse, readLedger } from "./looking-back.js";
import { drawn, eventsOf, inList, type Rates, type Shown, tally } from "./people.js";
import { outcomesOf, type Results, ResultsReader, unitsOf } from "./results-reader.js";
import {
  bought,
  claimServed,
  control,
  failed,
  type Played,
  type Scene,
  showAll,
  track,
  treatment,
} from "./scene.js";

export interface Plot {
  /** To which process all is told; the other is watched. */
  readonly toldTo: 0 | 1;
  readonly buys: Rates;
  readonly fails: Rates;
  readonly action: "PROMOTED" | "ROLLED_BACK";
  /** What everybody has from then on; those who follow had the other one before. */
  readonly served: typeof control | typeof treatment;
  /** What Halyard does to the experiment and to its flag. */
  readonly entries: readonly string[];
  /** Claims more of the results and of the decision; says in a word what was decided. */
  readonly claim: (results: Results, decision: Decision) => string;
}

export async function playToTheEnd(scene: Scene, plot: Plot): Promise<Played> {
  const { stage, key } = scene;
  const reader = new ResultsReader(stage.urls[1 - plot.toldTo] ?? "", stage.admin, key);
  try {
    return await playBefore(reader, scene, plot);
  } finally {
    await reader.leave();
  }
}

async function playBefore(reader: ResultsReader, scene: Scene, plot: Plot): Promise<Played> {
  const { people, seed, claims, patienceMs, tell, key } = scene;
  const shown = await showAll(scene);
  tell(`${key}: everybody was shown it, ${inList(tally(shown))}`);
  const buyers = drawn(shown, plot.buys, seed, bought);
  const troubled = drawn(shown, plot.fails, seed, failed);
  const afterMs = await untilPushed(scene, plot, shown, [buyers, troubled]);
  await claimServed(scene, plot.served);
  const isWhole = (found: Results): boolean =>
    found.experiment.status === "CONCLUDED" &&
    found.units >= people &&
    sumOf(outcomesOf(found, bought)) >= buyers.size &&
    sumOf(outcomesOf(found, failed)) >= troubled.size;
  const results = await reader.until(isWhole, patienceMs);
  claims.same("units", results.units, people);
  claims.same("units by variant", unitsOf(results), tally(shown));
  claims.same("buyers by variant", outcomesOf(results, bought), tally(buyers));
  claims.same("failures by variant", outcomesOf(results, failed), tally(troubled));
  const { decision, ledger } = await lookBack(scene, plot);
  return {
    ...{ exposures: people, events: buyers.size + troubled.size, afterMs, saw: reader.story },
    ...{ decided: plot.claim(results, decision), ledger },
  };
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, one) => sum + one, 0);
}

/** Tells what people did, and waits for what follows from it; gives how long that took. */
async function untilPushed(
  scene: Scene,
  { toldTo, served }: Plot,
  shown: Shown,
  [buyers, troubled]: readonly [Shown, Shown],
): Promise<number> {
  const { stage, key, claims, patienceMs, tell } = scene;
  const before = served === treatment ? control : treatment;
  const [listener = ""] = [...shown].find(([, variant]) => variant === before) ?? [];
  const followers = follow(stage, key, listener);
  try {
    claims.same("what is pushed at first", await followers.next(patienceMs), [before, before]);
    const at = new Date(Date.now()).toISOString();
    const began = performance.now();
    await track(scene, stage.urls[toldTo], eventsOf(troubled, failed, at));
    await track(scene, stage.urls[toldTo], eventsOf(buyers, bought, at));
    claims.same("what is pushed then", await followers.next(patienceMs), [served, served]);
    const afterMs = performance.now() - began;
    tell(`${key}: who follows has ${served}`);
    claims.same("how much is pushed after that", followers.pending(), 0);
    return afterMs;
  } finally {
    await followers.leave();
  }
}

async function lookBack(
  { stage, key, claims }: Scene,
  { toldTo, action, entries: expected }: Plot,
): Promise<{ decision: Decision; ledger: readonly string[] }> {
  const url = stage.urls[1 - toldTo] ?? "";
  const { status, conclusion, decisions } = await readCourse(url, stage.admin, key);
  const [decision] = decisions.nodes;
  if (decision === undefined) throw new Error("Nothing was decided.");
  claims.same("status", status, "CONCLUDED");
  claims.same(
    "what was decided",
    decisions.nodes.map((one) => one.action),
    [action],
  );
  claimReplay(claims, decision);
  const variant = action === "PROMOTED" ? treatment : null;
  claims.same("conclusion", conclusion, { variant, automatic: true, text: decision.summary });
  const entries = await readLedger(url, stage.admin, key);
  claims.same("what the ledger has of it", entries.map(({ kind }) => kind).toSorted(), expected.toSorted());
  for (const entry of entries) claims.same(`why ${entry.kind}`, entry.reason, decision.summary);
  const concluded = entries.find(({ kind }) => kind === "experiment.concluded");
  claims.holds("the ledger says that it was decided automatically", isAutomatic(concluded), concluded);
  return { decision, ledger: entries.map((entry) => rowOf(entry)) };
}

function isAutomatic(entry: Entry | undefined): boolean {
  const after = entry?.after as { conclusion?: { automatic?: boolean } } | undefined;
  return after?.conclusion?.automatic === true && entry?.requestId === "due-experiments";
}

function rowOf({ kind, actor, requestId, reason }: Entry): string {
  const why = kind === "experiment.concluded" ? `: ${reason}` : "";
  return `${kind} by ${actor.name} (${requestId})${why}`;
}
