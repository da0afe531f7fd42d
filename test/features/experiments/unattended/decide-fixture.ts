/** People who take part in experiments: shown what the flag answers, and then doing what chance, by a seed, makes them do. */
import { bucketOf } from "../../../../src/evaluation/index.js";
import { listDecisions } from "../../../../src/features/experiments/unattended/decision.store.js";
import type { Decision, Experiment } from "../../../../src/features/experiments/experiment.js";
import { readExperiment } from "../../../../src/features/experiments/experiment.store.js";
import { note } from "../../../../src/features/ledger/index.js";
import { ingestEvents } from "../../../../src/features/tracking/ingest-events.js";
import { ingestExposures, openTrials } from "../../../../src/features/tracking/ingest-exposures.js";
import { keepDays } from "../../../../src/features/tracking/keep-days.js";
import { unitsBy } from "../../../../src/features/tracking/unit.js";
import { Random } from "../../../statistics/simulations/random.js";
import type { Laboratory } from "../experiment-fixture.js";

export interface People {
  /** Also the seed. */
  readonly name: string;
  readonly size: number;
  /** When they are shown it, and do what they do. */
  readonly at: string;
  /** By metric: the share of those who do it, by variant. */
  readonly rates: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** The share of those who saw a variant whose exposure is lost. */
  readonly lost?: Readonly<Record<string, number>>;
}

const unitOf = unitsBy("a secret of the tests");

/** Asks for all of them, and stores what came of it. Gives how many saw each variant. */
export async function visit(
  lab: Laboratory,
  experiment: Experiment,
  people: People,
): Promise<Map<string, number>> {
  const { id, project, environment, flag, attribute } = experiment;
  const random = new Random(7, people.name);
  const at = Date.parse(people.at);
  const seen = Array.from({ length: people.size }, (_, index) => `${people.name}-${index}`).flatMap((who) => {
    const { variant, experiment: participation } = lab.ask(who, flag);
    const chances = Object.keys(people.rates).map((metric) => ({ metric, chance: random.uniform() }));
    const isLost = random.uniform() < (people.lost?.[variant ?? ""] ?? 0);
    if (participation === undefined || variant === null || isLost) return [];
    const unit = unitOf(attribute, who);
    const exposure = { trial: id, unit, bucket: bucketOf(id, who, 100_000), variant, slice: null };
    const did = chances.filter(({ metric, chance }) => chance < (people.rates[metric]?.[variant] ?? 0));
    return [{ ...exposure, epoch: participation.epoch, at, did: did.map(({ metric }) => metric) }];
  });
  const place = { project, environment };
  await keepDays({ database: lab.opened.database, now: () => at });
  await note(lab.opened, async (tx) => {
    await ingestExposures(tx, place, await openTrials(tx, place, [id]), seen);
    const events = seen.flatMap(({ unit, did }) =>
      did.map((metric) => ({ id: `${unit} ${metric}`, metric, unit, at, value: 1 })),
    );
    await ingestEvents(tx, place, events);
  });
  const variants = new Map<string, number>();
  for (const { variant } of seen) variants.set(variant, (variants.get(variant) ?? 0) + 1);
  return variants;
}

export async function stored(lab: Laboratory, key: string): Promise<Experiment> {
  const found = await readExperiment(lab.opened.database, { project: "default", key });
  if (found === null) throw new Error(`There is no ${key}.`);
  return found;
}

/** The oldest first. */
export async function decisions(lab: Laboratory, { id }: Experiment): Promise<Decision[]> {
  const page = { cursor: null, forward: true, limit: 50 };
  return (await listDecisions(lab.opened.database, id, page)).toReversed();
}
