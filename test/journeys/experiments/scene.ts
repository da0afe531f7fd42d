/** What all scenarios do: set up an experiment, let everybody be shown it, and see who is served what. */
import type { Claims } from "./claims.js";
import { byGraphQL, byOfrep, inLanes, mutate, peek, tell, toldTwice } from "./clients.js";
import { named, type Shown } from "./people.js";
import type { Stage } from "./stage.js";

export const control = "off";
export const treatment = "on";
export const bought = "bought";
export const failed = "failed";

/** From how many people on effects are as small as they are in life; fewer people can prove only large ones. */
const many = 20_000;
const lanes = 32;

export interface Scene {
  readonly stage: Stage;
  /** Of the experiment and of its flag. */
  readonly key: string;
  readonly people: number;
  readonly seed: number;
  readonly claims: Claims;
  /** How long anything may take that happens by itself. */
  readonly patienceMs: number;
  /** What happens, as it does. */
  readonly tell: (line: string) => void;
}

/** What there is to tell of a scenario. */
export interface Played {
  readonly exposures: number;
  readonly events: number;
  readonly decided: string;
  /** From the first event on, until who follows the other process had the new answer, or the alarm was raised. */
  readonly afterMs: number;
  readonly saw: string;
  readonly ledger: readonly string[];
}

export interface Scenario {
  readonly key: string;
  readonly title: string;
  /** What its experiment has beside what all have. */
  readonly settings: object;
  /** Throws where it cannot go on. */
  readonly play: (scene: Scene) => Promise<Played>;
}

/** What few people can prove, or what is more like life. */
export function byPeople<Effect>({ people }: Scene, few: Effect, asInLife: Effect): Effect {
  return people < many ? few : asInLife;
}

/** Through the process at `url`. */
export async function defineMetrics(url: string, admin: string): Promise<void> {
  const call = ["createMetric", "CreateMetricInput", "key"] as const;
  await mutate(url, admin, call, { key: bought, type: "CONVERSION" });
  await mutate(url, admin, call, { key: failed, type: "CONVERSION", direction: "DECREASE" });
}

/** A flag that serves its control to all, and an experiment with it that runs. Nothing waits for days: `minimumRuntimeDays` is 0. */
export async function setUp(
  url: string,
  admin: string,
  { key, settings }: Scenario,
  people: number,
): Promise<void> {
  const place = { flagKey: key, environment: "development" };
  await mutate(url, admin, ["createFlag", "CreateFlagInput", "key"], { key });
  await mutate(url, admin, ["setFlagEnabled", "SetFlagEnabledInput", "version"], { ...place, enabled: true });
  const fallthrough = { ...place, serve: { variant: control } };
  await mutate(url, admin, ["setFallthrough", "SetFallthroughInput", "version"], fallthrough);
  const experiment = {
    ...{ ...place, key, control, minimumRuntimeDays: 0, plannedUnits: people },
    ...{ promotesAutomatically: true, ...settings },
  };
  await mutate(url, admin, ["createExperiment", "CreateExperimentInput", "key"], experiment);
  await mutate(url, admin, ["startExperiment", "ExperimentRefInput", "status"], { experiment: key });
}

/** Everybody asks once, by either door of either process; one of ten comes again by the other door of the other process. */
export async function showAll({ stage, key, people, claims }: Scene): Promise<Shown> {
  const { urls, client } = stage;
  const shown = new Map<string, string>();
  const others: string[] = [];
  await inLanes(named(key, people), lanes, async (who, index) => {
    const [url, other] = index % 2 === 0 ? urls : [urls[1], urls[0]];
    const [visit, comeAgain] = index % 4 < 2 ? [byGraphQL, byOfrep] : [byOfrep, byGraphQL];
    const variant = await visit(url, client, key, who);
    shown.set(who, variant);
    if (index % 10 === 0 && (await comeAgain(other, client, key, who)) !== variant) others.push(who);
  });
  claims.same("who was shown another variant by the other process", others, []);
  return shown;
}

/** Sends events to the process at `url`; each is stored once. */
export async function track(
  { stage, claims }: Scene,
  url: string,
  events: readonly object[],
  kind: "track" | "trackExposures" = "track",
): Promise<void> {
  const told = await tell(url, stage.client, kind, events);
  const once = { accepted: events.length, duplicates: toldTwice(events), rejected: [] };
  claims.same(`what ${kind} took`, told, once);
}

/** Asks both processes about everybody. */
export async function claimServed({ stage, key, people, claims }: Scene, variant: string): Promise<void> {
  const all = named(key, people);
  const tens = Array.from({ length: Math.ceil(people / 10) }, (_, ten) => all.slice(ten * 10, ten * 10 + 10));
  for (const url of stage.urls) {
    let served = 0;
    await inLanes(tens, lanes, async (ten) => {
      const variants = await peek(url, stage.client, key, ten);
      served += variants.filter((one) => one === variant).length;
    });
    claims.same(`how many are served ${variant}`, served, people);
  }
}
