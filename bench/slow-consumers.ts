/**
 * From the sending of a change to its arrival at thousands of subscribers, while one in a hundred does not read, beside rounds in which all
 * read. Each change alters the answers of one in twenty, as a flag does that some of the pages ask for: 5 000 that all heard of 20 changes a
 * second would be 100 000 frames a second, of which the two cores of a small machine could not even read half, and what is waiting for a
 * processor says nothing of who is waiting for whom. No two of them share an evaluation.
 */
import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { askGraphQL } from "../test/support/graphql-client.js";
import { killable, startOwnPostgres } from "../test/support/services/postgres-server.js";
import { type Figure, figureOf, type Round } from "./figure.js";
import { machineMs, type Order, type Told } from "./listeners.js";
import { type BuiltServer, startBuiltServer } from "./server.js";

const subscribers = Number(process.env["BENCH_SUBSCRIBERS"] ?? 5_000);
/** Who reads in a round. */
type Reading = "everybody" | "all but 1 %";
/** Each kind comes first as often as the other: what drifts meanwhile touches both alike. */
const turns: readonly Reading[] = ["everybody", "all but 1 %", "all but 1 %", "everybody"];
const rounds = [turns, turns].flat();
/** As long as those that do not read are let be: after that nobody is left who does not. */
const roundMs = Number(process.env["BENCH_SECONDS"] ?? 40) * 1_000;
const slow = Math.ceil(subscribers / 100);
const groups = 20;
const changesPerSecond = 20;
/** Every fifth change is of the flag that only the slow ones ask for: it is large, so that what they do not read does not fit into the kernel. */
const largeEvery = 5;
const largeText = "x".repeat(48_000);
const settleMs = 2_000;
const lookEveryMs = 2_000;
const closedWithinMs = 60_000;
const liveSubscribers = "halyard_subscribers";

const setValue = `mutation ($flagKey: String!, $value: JSON!) {
  updateVariant(input: { flagKey: $flagKey, variant: "on", value: $value }) { version } }`;
const createFlag = `mutation ($input: CreateFlagInput!) { createFlag(input: $input) { key } }`;

export async function slowConsumersBench(): Promise<readonly Figure[]> {
  // Whoever has thousands of subscribers has PostgreSQL: the embedded one has its turns between theirs, and would be measured instead.
  const postgres = await startOwnPostgres(killable);
  const server = await startBuiltServer(undefined, {
    ...{ DATABASE_URL: postgres.url, SECRET_KEY: randomBytes(48).toString("base64url") },
    ...{ RATE_LIMIT_MANAGEMENT: "0", RATE_LIMIT_EVALUATION: "0" },
  });
  const halves = [openListeners(), openListeners()];
  const slowOnes = openListeners();
  try {
    await makeFlags(server);
    console.log(`server before: ${await residentMib(server)} MiB`);
    await subscribeAll(server, halves, slowOnes);
    console.log(`server with ${subscribers} subscribers: ${await residentMib(server)} MiB`);
    const sender = new Sender(server);
    await sender.sendFor(roundMs / 2); // warm
    const taken: Record<Reading, number[]> = { everybody: [], "all but 1 %": [] };
    for (const who of rounds)
      for (const one of await measure({ server, sender, halves, slowOnes, who })) taken[who].push(one);
    console.log(`server after: ${await residentMib(server)} MiB`);
    const name = `change → frame, p99 of ${subscribers}, 1 % not reading`;
    // The 99th percentile of one round is what a few collections of garbage made of it: that of all rounds together says more.
    const together: Round = {
      value: quantile(taken["all but 1 %"], 0.99),
      reference: quantile(taken.everybody, 0.99),
    };
    return [figureOf(name, "ms", "p99 while all read", [together])];
  } finally {
    for (const child of [...halves, slowOnes]) child.kill();
    await server.stop();
    await postgres.stop();
  }
}

function openListeners(): ChildProcess {
  return fork(fileURLToPath(new URL("listeners.ts", import.meta.url)), { serialization: "advanced" });
}

async function tell(child: ChildProcess, order: Order): Promise<Told> {
  const told = once(child, "message") as Promise<[Told]>;
  child.send(order);
  return (await told)[0];
}

async function makeFlags(server: BuiltServer): Promise<void> {
  const environments = [{ environment: "development", enabled: true }];
  const make = async (key: string, type: string, values: readonly unknown[]): Promise<void> => {
    const variants = ["on", "off"].map((variant, index) => ({ key: variant, value: values[index] }));
    const input = { key, type, environments, variants };
    const { errors } = await askGraphQL(server.url, createFlag, { input }, server.key("management"));
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
  };
  for (let group = 0; group < groups; group += 1) await make(`group-${group}`, "NUMBER", [0, -1]);
  await make("large", "JSON", [[0], [-1]]);
}

async function subscribeAll(
  server: BuiltServer,
  halves: readonly ChildProcess[],
  slowOnes: ChildProcess,
): Promise<void> {
  const common = { kind: "open", url: server.url, credential: server.key("client_development") } as const;
  const others = Array.from({ length: subscribers - slow }, (_, user) =>
    queryOf(user, `group-${user % groups}`, ""),
  );
  const each = Math.ceil(others.length / halves.length);
  for (const [half, child] of halves.entries())
    await tell(child, { ...common, subscriptions: others.slice(half * each, (half + 1) * each) });
  const theirs = Array.from({ length: slow }, () => queryOf(0, "large", "again: value"));
  await tell(slowOnes, { ...common, subscriptions: theirs });
}

function queryOf(user: number, flagKey: string, more: string): string {
  return `subscription { evaluations(context: { targetingKey: "user-${user}" }, flagKeys: ["${flagKey}"]) {
    evaluations { value ${more} } revision } }`;
}

/** Changes one flag after the other, each value being the number of the change. */
class Sender {
  /** Number of the change → when it was sent. */
  readonly sentAt: number[] = [];
  #turn = 0;

  constructor(private readonly server: BuiltServer) {}

  async sendFor(milliseconds: number): Promise<void> {
    const end = machineMs() + milliseconds;
    const answers: Promise<void>[] = [];
    for (let next = machineMs(); next < end; next += 1_000 / changesPerSecond) {
      await pause(Math.max(0, next - machineMs()));
      answers.push(this.#send(this.sentAt.length));
    }
    await Promise.all(answers);
  }

  async #send(number: number): Promise<void> {
    const isLarge = number % largeEvery === 0;
    const variables = isLarge
      ? { flagKey: "large", value: [number, largeText] }
      : { flagKey: `group-${(this.#turn += 1) % groups}`, value: number };
    this.sentAt[number] = machineMs();
    const { errors } = await askGraphQL(this.server.url, setValue, variables, this.server.key("management"));
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
  }
}

interface Measuring {
  readonly server: BuiltServer;
  readonly sender: Sender;
  readonly halves: readonly ChildProcess[];
  readonly slowOnes: ChildProcess;
  readonly who: Reading;
}

/** How long each frame took, in milliseconds, over one round. */
async function measure({ server, sender, halves, slowOnes, who }: Measuring): Promise<readonly number[]> {
  const from = sender.sentAt.length;
  for (const child of [...halves, slowOnes]) await tell(child, { kind: "begin" });
  let most = 0;
  const watching = setInterval(() => {
    void residentMib(server).then((now) => {
      most = Math.max(most, now);
    });
  }, lookEveryMs);
  if (who !== "everybody") await tell(slowOnes, { kind: "pause" });
  await sender.sendFor(roundMs);
  await pause(settleMs);
  clearInterval(watching);
  const taken = await arrivedSince(from, sender, halves);
  console.log(`${who} read: ${told(taken)}, server at most ${most} MiB`);
  if (who !== "everybody") await bringBack(server, slowOnes);
  return taken;
}

async function arrivedSince(
  from: number,
  sender: Sender,
  halves: readonly ChildProcess[],
): Promise<readonly number[]> {
  const taken: number[] = [];
  for (const child of halves) {
    const { arrivals, closed } = await tell(child, { kind: "report" });
    if (Object.keys(closed).length > 0) throw new Error(`Others were closed: ${JSON.stringify(closed)}`);
    for (let at = 0; at < arrivals.length; at += 2) {
      const number = arrivals[at] ?? 0;
      if (number >= from) taken.push((arrivals[at + 1] ?? 0) - (sender.sentAt[number] ?? 0));
    }
  }
  return taken;
}

/** Those that did not read are closed, every one, as slow or as gone; then they come again. */
async function bringBack(server: BuiltServer, slowOnes: ChildProcess): Promise<void> {
  const latest = machineMs() + closedWithinMs;
  while ((await figureIn(server, liveSubscribers)) > subscribers - slow) {
    if (machineMs() > latest) throw new Error("Not all that do not read were closed.");
    await pause(lookEveryMs);
  }
  await tell(slowOnes, { kind: "resume" });
  const { closed } = await tell(slowOnes, { kind: "report" });
  console.log(`what those that did not read found, by code: ${JSON.stringify(closed)}`);
  await pause(settleMs);
}

function told(taken: readonly number[]): string {
  const [half, most] = [0.5, 0.99].map((share) => quantile(taken, share).toFixed(1));
  return `${taken.length} frames, p50 ${half} ms, p99 ${most} ms`;
}

function quantile(values: readonly number[], share: number): number {
  return Float64Array.from(values).sort()[Math.floor(values.length * share)] ?? Number.NaN;
}

async function residentMib(server: BuiltServer): Promise<number> {
  return Math.round((await figureIn(server, "process_resident_memory_bytes")) / 2 ** 20);
}

async function figureIn(server: BuiltServer, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1] ?? 0);
}
