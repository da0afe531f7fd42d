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
const pairs = 3;
const roundMs = Number(process.env["BENCH_SECONDS"] ?? 75) * 1_000;
const slow = Math.ceil(subscribers / 100);
const groups = 20;
const changesPerSecond = 20;
/** Every fifth change is of the flag that only the slow ones ask for: it is large, so that what they do not read does not fit into the kernel. */
const largeEvery = 5;
const largeText = "x".repeat(48_000);
const settleMs = 2_000;
const closedAsSlow = "halyard_slow_consumers_closed_total";

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
    await sender.sendFor(roundMs / 4); // warm
    const measured: Round[] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      const reference = await measure({ server, sender, halves, slowOnes, name: "all read" });
      await tell(slowOnes, { kind: "pause" });
      const value = await measure({ server, sender, halves, slowOnes, name: `${slow} do not read` });
      await tell(slowOnes, { kind: "resume" });
      const { closed } = await tell(slowOnes, { kind: "report" });
      console.log(`what those that did not read found, by code: ${JSON.stringify(closed)}`);
      await pause(settleMs);
      measured.push({ value, reference });
    }
    console.log(`server after: ${await residentMib(server)} MiB`);
    const name = `change → frame, p99 of ${subscribers}, 1 % not reading`;
    return [figureOf(name, "ms", "p99 while all read", measured)];
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
  readonly name: string;
}

/** The 99th percentile of a round, in milliseconds. */
async function measure({ server, sender, halves, slowOnes, name }: Measuring): Promise<number> {
  const from = sender.sentAt.length;
  for (const child of [...halves, slowOnes]) await tell(child, { kind: "begin" });
  const begun = machineMs();
  const closedBefore = await figureIn(server, closedAsSlow);
  let most = 0;
  let ending = "nobody was closed";
  const look = async (): Promise<void> => {
    most = Math.max(most, await residentMib(server));
    const closed = (await figureIn(server, closedAsSlow)) - closedBefore;
    if (closed === slow && ending.startsWith("nobody"))
      ending = `${closed} were closed as slow within ${Math.round((machineMs() - begun) / 1_000)} s`;
  };
  const watching = setInterval(() => void look(), 1_000);
  await sender.sendFor(roundMs);
  await pause(settleMs);
  clearInterval(watching);
  const taken: number[] = [];
  for (const child of halves) {
    const { arrivals, closed } = await tell(child, { kind: "report" });
    if (Object.keys(closed).length > 0) throw new Error(`Others were closed: ${JSON.stringify(closed)}`);
    for (let at = 0; at < arrivals.length; at += 2) {
      const number = arrivals[at] ?? 0;
      if (number >= from) taken.push((arrivals[at + 1] ?? 0) - (sender.sentAt[number] ?? 0));
    }
  }
  taken.sort((a, b) => a - b);
  const [middle, high] = [0.5, 0.99].map((share) => taken[Math.floor(taken.length * share)] ?? Number.NaN);
  console.log(
    `${name}: ${taken.length} frames, p50 ${middle?.toFixed(1)} ms, p99 ${high?.toFixed(1)} ms, server at most ${most} MiB, ${ending}`,
  );
  return high ?? Number.NaN;
}

async function residentMib(server: BuiltServer): Promise<number> {
  return Math.round((await figureIn(server, "process_resident_memory_bytes")) / 2 ** 20);
}

async function figureIn(server: BuiltServer, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1] ?? 0);
}
