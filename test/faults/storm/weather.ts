/** Lets the faults come, one round after another, each of which ends with everybody agreeing. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../fuzz/random.js";
import type { Fault } from "./fault.js";
import type { Checking, Judge } from "./judge.js";
import { look } from "./measured.js";
import { Rounds } from "./rounds.js";

/** One fault, or two at once, and how long it took until all agreed again; milliseconds. */
export interface Round {
  readonly faults: readonly string[];
  readonly heldMs: number;
  /** While Redis alone was away; null where something else was. */
  readonly meanwhileMs: number | null;
  readonly afterMs: number;
  readonly slackMs: number;
  /** Of the server that lives through it all, bytes. */
  readonly heap: number;
}

export interface WeatherOptions extends Checking {
  readonly faults: readonly Fault[];
  readonly random: Random;
  readonly judge: Judge;
  readonly seconds: number;
  readonly tell: (line: string) => void;
}

/** What the promises allow, milliseconds. */
export const withinMs = { redisAway: 1_500, healed: 2_500 };
const heldMs = { least: 1_500, most: 5_000 };
const quietMs = { least: 500, most: 1_500 };
const enough = 10; // violations

/** Until the time is over, or enough is wrong. */
export async function weather(options: WeatherOptions): Promise<readonly Round[]> {
  const { random, judge, faults, seconds, tell } = options;
  const deck = new Rounds(faults, random);
  const rounds: Round[] = [];
  const until = performance.now() + seconds * 1_000;
  while (performance.now() < until && judge.violations.length < enough) {
    const round = await blow(deck.next(), options);
    rounds.push(round);
    tell(told(round));
    await sleep(random.between(quietMs.least, quietMs.most));
  }
  return rounds;
}

async function blow(faults: readonly Fault[], options: WeatherOptions): Promise<Round> {
  const { judge, random, cluster } = options;
  const names = faults.map(({ name }) => name);
  const title = names.join(", and ");
  const began = performance.now();
  for (const fault of faults) {
    await fault.inject();
    await sleep(random.between(heldMs.least, heldMs.most));
  }
  const isRedisAlone = faults.every(({ victims }) => victims.join() === "redis");
  const meanwhile = isRedisAlone
    ? await judge.check(options, 0, `during: ${title}`, withinMs.redisAway)
    : null;
  for (const fault of servicesFirst(faults)) await fault.heal();
  const healedAt = performance.now();
  const after = await judge.check(options, healedAt, `after: ${title}`, withinMs.healed);
  const [witness] = cluster.servers;
  return {
    faults: names,
    heldMs: healedAt - began,
    meanwhileMs: meanwhile?.tookMs ?? null,
    afterMs: after.tookMs,
    slackMs: after.slackMs,
    heap: witness === undefined ? 0 : (await look(witness)).heap,
  };
}

/** Whoever starts a server may need what it needs. */
function servicesFirst(faults: readonly Fault[]): readonly Fault[] {
  const isOfServer = ({ victims }: Fault): number => Number(victims.includes("servers"));
  return [...faults].sort((a, b) => isOfServer(a) - isOfServer(b));
}

function told({ faults, heldMs: held, meanwhileMs, afterMs, slackMs }: Round): string {
  const meanwhile = meanwhileMs === null ? "" : `, meanwhile within ${Math.round(meanwhileMs)} ms`;
  const after = `agreed ${Math.round(afterMs)} ms after the healing${meanwhile}`;
  return `${faults.join(", and ")} (${(held / 1_000).toFixed(1)} s): ${after}; slack ${Math.round(slackMs)} ms`;
}
