/**
 * A client that evaluates by itself loses a part of the treatment's exposures and takes some people's variant from an old cache: whatever the numbers
 * say, nothing is promoted, and alarms are raised.
 */
import { compile, evaluate, type Ruleset } from "../../../src/evaluation/index.js";
import { ask, until } from "./clients.js";
import { follow } from "./followers.js";
import { type Course, claimReplay, decidedIfHonest, readCourse, readLedger } from "./looking-back.js";
import { among, drawn, eventsOf, inList, named, type Shown, tally } from "./people.js";
import { outcomesOf, type Results, ResultsReader, unitsOf } from "./results-reader.js";
import {
  bought,
  byPeople,
  control,
  type Played,
  type Scenario,
  type Scene,
  track,
  treatment,
} from "./scene.js";

export const brokenAssignment: Scenario = {
  key: "new-menu",
  title: "an assignment that is broken",
  settings: { metrics: [{ metric: bought, role: "PRIMARY" }] },
  play,
};

async function play(scene: Scene): Promise<Played> {
  const { stage, key } = scene;
  const reader = new ResultsReader(stage.urls[1], stage.admin, key);
  const client = await LocalClient.open(scene, stage.urls[0]);
  const slots = client.askAll(scene);
  const [listener = ""] = [...slots].find(([, variant]) => variant === control) ?? [];
  const followers = follow(stage, key, listener);
  try {
    const first = await followers.next(scene.patienceMs);
    scene.claims.same("what is pushed at first", first, [control, control]);
    const played = await playBefore(reader, scene, client, misreport(scene, slots));
    scene.claims.same("how much is pushed after that", followers.pending(), 0);
    return played;
  } finally {
    await followers.leave();
    await reader.leave();
  }
}

/** Events are told before the exposures of those who did it, which have been waiting for longer. */
async function playBefore(
  reader: ResultsReader,
  scene: Scene,
  client: LocalClient,
  { shown, reported, conflicts }: Misreported,
): Promise<Played> {
  const { stage, key, seed, claims, patienceMs, tell } = scene;
  tell(`${key}: everybody was shown it, ${inList(tally(shown))}; told is ${inList(tally(reported))}`);
  const buyers = drawn(shown, byPeople(scene, { off: 0.2, on: 0.5 }, { off: 0.1, on: 0.2 }), seed, bought);
  const now = Date.now();
  const began = performance.now();
  await track(scene, stage.urls[0], eventsOf(buyers, bought, new Date(now).toISOString()));
  const exposures = client.exposuresOf(reported, new Date(now - 1_000).toISOString());
  await track(scene, stage.urls[0], exposures, "trackExposures");

  const results = await reader.until(({ units }) => units >= reported.size, patienceMs);
  claims.same("units", results.units, reported.size);
  claims.same("units by variant", unitsOf(results), tally(reported));
  claims.same("buyers by variant", outcomesOf(results, bought), tally(among(reported, buyers)));
  claimAlarming(scene, results, conflicts);
  const look = async (): Promise<Course> => readCourse(stage.urls[1], stage.admin, key);
  const course = await until("alarms", look, ({ decisions }) => decisions.nodes.length > 1, patienceMs);
  const afterMs = performance.now() - began;
  tell(`${key}: alarms were raised`);
  await claimUntouched(scene, course);
  const { anytimePValue } = results.sampleRatio;
  return {
    ...{ exposures: exposures.length, events: buyers.size, afterMs, saw: reader.story, ledger: [] },
    decided: `nothing; alarms of the sample ratio (p = ${anytimePValue.toPrecision(2)}) and of ${conflicts} conflicts`,
  };
}

/** A backend that fetches the ruleset once and answers by it. */
class LocalClient {
  private constructor(
    private readonly key: string,
    private readonly snapshot: ReturnType<typeof compile>,
  ) {}

  static async open({ stage, key }: Scene, url: string): Promise<LocalClient> {
    const query = "{ ruleset { formatVersion revision project environment flags segments } }";
    return new LocalClient(key, compile((await ask<{ ruleset: Ruleset }>(url, stage.server, query)).ruleset));
  }

  askAll({ people }: Scene): Shown {
    return new Map(named(this.key, people).map((who) => [who, this.#ask(who).variant ?? ""]));
  }

  exposuresOf(shown: Shown, at: string): readonly object[] {
    return [...shown].map(([unit, variant]) => {
      const { experiment } = this.#ask(unit);
      return { flagKey: this.key, experiment: experiment?.id, epoch: experiment?.epoch, unit, variant, at };
    });
  }

  #ask(who: string) {
    return evaluate(this.snapshot, this.key, { targetingKey: who }, Date.now());
  }
}

interface Misreported {
  /** What people saw. */
  readonly shown: Shown;
  /** What the client says of it. */
  readonly reported: Shown;
  /** Of whom it says another variant than theirs. */
  readonly conflicts: number;
}

/** `slots` has what everybody ought to see. */
function misreport(scene: Scene, slots: Shown): Misreported {
  const staleShare = byPeople(scene, 0.05, 0.02);
  const stale = drawn(slots, { off: staleShare, on: staleShare }, scene.seed, "stale");
  const lost = drawn(slots, { on: byPeople(scene, 0.7, 0.15) }, scene.seed, "lost");
  const wrong = (variant: string): string => (variant === control ? treatment : control);
  const shown = new Map([...slots].map(([who, own]) => [who, stale.has(who) ? wrong(own) : own]));
  const reported = new Map([...shown].filter(([who]) => !lost.has(who)));
  return { shown, reported, conflicts: among(reported, stale).size };
}

function claimAlarming({ claims }: Scene, results: Results, conflicts: number): void {
  const { checks, verdict, sampleRatio, automatic } = results;
  const stateOf = (name: string) => checks.find((check) => check.name === name);
  claims.same("verdict", verdict.state, "UNTRUSTWORTHY");
  claims.same("check of the sample ratio", stateOf("SAMPLE_RATIO")?.state, "FAILED");
  claims.holds("p of the shares is below 0.001", sampleRatio.anytimePValue < 0.001, sampleRatio);
  const conflicted = stateOf("CONFLICTS");
  claims.same("check of conflicts", conflicted?.state, "FAILED");
  const count = Number(/^[\d\s,]+/.exec(conflicted?.sentence ?? "")?.[0].replaceAll(/\D/g, ""));
  claims.same("conflicts", count, conflicts);
  claims.same("what is said of a promotion", automatic, {
    ...{ promote: null, rollBack: [], obstacles: ["SAMPLE_RATIO", "CONFLICTS"] },
    standings: [{ variant: treatment, beatsMinimum: true, unproven: [], breached: [] }],
  });
}

/** It runs on as it was, and nothing but what the alarms are about stood in the way; conflicts show before there is enough to promote anything. */
async function claimUntouched(scene: Scene, { status, decisions }: Course): Promise<void> {
  const { stage, key, claims } = scene;
  claims.same("status", status, "RUNNING");
  claims.same(
    "decisions",
    decisions.nodes.map(({ action }) => action),
    ["ALARM", "ALARM"],
  );
  for (const decision of decisions.nodes) claimReplay(claims, decision);
  const kinds = decisions.nodes.map(({ inputs }) => (inputs.decided as { kind: string }).kind);
  claims.same("alarms", kinds.toSorted(), ["CONFLICTS", "SAMPLE_RATIO"]);
  const ofShares = decisions.nodes.find((_decision, index) => kinds[index] === "SAMPLE_RATIO");
  const honest = ofShares === undefined ? [] : decidedIfHonest(ofShares);
  claims.same("what would be done otherwise", honest, [{ action: "PROMOTED", variant: treatment }]);
  claims.same("what the ledger has of it", await readLedger(stage.urls[1], stage.admin, key), []);
}
