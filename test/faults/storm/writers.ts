/** Those who change things: each change is sent again, under the same key and to another server, until it is known what became of it. */
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../../fuzz/random.js";
import { ChangeMaker, type PlannedChange, type Settings } from "./changes.js";
import type { Server } from "./server.js";
import type { Traffic } from "./traffic.js";
import { place } from "./world.js";
import type { SentWrite, WriteLog } from "./write-log.js";

export interface WritersOptions {
  readonly count: number;
  readonly seed: number;
  readonly servers: readonly Server[];
  /** Of an administrator. */
  readonly key: string;
  readonly traffic: Traffic;
  readonly log: WriteLog;
  readonly blame: (what: string) => void;
}

type Verdict =
  { readonly is: "acknowledged" | "unknown" } | { readonly is: "refused"; readonly code: string };

interface Answered {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

const attemptWithinMs = 4_000;
const pauseMs = { least: 250, most: 650 };
/** What says nothing of whether the change was made, or will be. */
const inconclusive = new Set(["UNKNOWN_OUTCOME", "UNAVAILABLE", "RATE_LIMITED", "INTERNAL_SERVER_ERROR"]);
/** What no writer brings about: it holds a good key, and names each thing once. */
const neverDeserved = new Set(["UNAUTHENTICATED", "FORBIDDEN", "BAD_USER_INPUT", "IDEMPOTENCY_KEY_REUSED"]);
const lookUp = `query ($key: String!, $environment: String!) {
  flag(key: $key) { environment(key: $environment) { enabled rules { id name } } }
}`;

/** Resolves once the traffic is over and the fate of every change is known. */
export async function keepWriting(options: WritersOptions): Promise<void> {
  let percent = 0;
  const nextPercent = (): number => {
    percent = (percent % 99_998) + 1; // thousandths: neither 0 nor 100, which would be no split
    return percent / 1_000;
  };
  const hasKeys = await acceptsIdempotencyKeys();
  await Promise.all(
    Array.from({ length: options.count }, async (_, index) => {
      await new Writer(index, options, nextPercent, hasKeys).run();
    }),
  );
}

class Writer {
  readonly #random: Random;
  readonly #changes: ChangeMaker;
  #number = 0;

  constructor(
    private readonly index: number,
    private readonly options: WritersOptions,
    nextPercent: () => number,
    private readonly hasKeys: boolean,
  ) {
    this.#random = new Random(options.seed, 100 + index);
    this.#changes = new ChangeMaker(index, this.#random, async (key) => this.#settingsOf(key), nextPercent);
  }

  async run(): Promise<void> {
    const { traffic } = this.options;
    while (await traffic.mayGoOn()) {
      const change = await this.#changes.next();
      if (change !== null) await this.#make(change);
      await sleep(this.#random.between(pauseMs.least, pauseMs.most));
    }
  }

  async #make(change: PlannedChange): Promise<void> {
    const { log, seed, traffic, blame } = this.options;
    const write = log.begin(`storm-${seed}-${this.index}-${(this.#number += 1)}`, told(change));
    for (;;) {
      await traffic.mayGoOn();
      const verdict = await log.attempt(write, async () => this.#send(change, write));
      if (verdict.is === "acknowledged") {
        write.outcome = "acknowledged";
        return change.done?.();
      }
      if (verdict.is === "refused") {
        log.refused(write, verdict.code);
        if (neverDeserved.has(verdict.code)) blame(`${write.reason} was refused as ${verdict.code}`);
        return;
      }
      write.unknown += 1;
      if (!this.hasKeys || write.isAbandoned) return;
      await sleep(this.#random.between(100, 400));
    }
  }

  async #send({ mutation, input }: PlannedChange, { reason }: SentWrite): Promise<Verdict> {
    const full = { ...input, reason, ...(this.hasKeys && { idempotencyKey: reason }) };
    const answered = await this.#ask(mutation, { input: full });
    if (answered === null) return { is: "unknown" };
    const [error] = answered.errors ?? [];
    if (error === undefined) return { is: answered.data ? "acknowledged" : "unknown" };
    const code = error.extensions?.code ?? "none";
    return inconclusive.has(code) ? { is: "unknown" } : { is: "refused", code };
  }

  async #settingsOf(key: string): Promise<Settings | null> {
    const answered = await this.#ask(lookUp, { key, environment: place.environment });
    const flag = answered?.data?.["flag"] as { environment: Settings | null } | null | undefined;
    return flag?.environment ?? null;
  }

  /** null: no answer, or one that was cut off. */
  async #ask(query: string, variables: Readonly<Record<string, unknown>>): Promise<Answered | null> {
    const server = this.#random.pick(this.options.servers);
    try {
      const response = await fetch(`${server.url}/graphql`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${this.options.key}` },
        body: JSON.stringify({ query, variables }),
        signal: AbortSignal.timeout(attemptWithinMs),
      });
      return (await response.json()) as Answered;
    } catch {
      return null;
    }
  }
}

function told({ mutation, input }: PlannedChange): string {
  return `${/ (\w+)\(input/.exec(mutation)?.[1] ?? ""} ${JSON.stringify(input)}`;
}

async function acceptsIdempotencyKeys(): Promise<boolean> {
  const schema = await readFile(new URL("../../../schema.graphql", import.meta.url), "utf8");
  return /input SetRolloutInput \{[^}]*idempotencyKey/.test(schema);
}
