/**
 * Subscribers are cut off, come to another instance and go on by what they held last: in the end each knows what a fresh question tells, and
 * nobody was told a thing twice, out of order or not at all.
 */
import type { Client } from "graphql-ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listChangesAfter, revisionOf } from "../../src/features/ledger/index.js";
import { Random } from "../fuzz/random.js";
import { freshPostgresUrl } from "../support/databases.js";
import { makeFirst, startInstance, type TestInstance } from "../support/instance.js";
import { liveClient } from "../support/live.js";
import { redisUrl } from "../support/services.js";

const redis = await redisUrl("subscribers who resume");
const steps = 40;
const seeds = [11, 12];
const environment = "development";
const contexts = [{ targetingKey: "a", attributes: { plan: "pro" } }, { targetingKey: "b" }];

/** What a subscriber of any kind tells of what it heard: where it got to, and what is wrong with that. */
interface Hearing<Message> {
  readonly field: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly credential: "SERVER" | "MANAGEMENT";
  readonly hear: (message: Message, revision: string | null) => string;
}

/** One subscriber, through all its connections. */
class Subscriber {
  readonly wrong: string[] = [];
  revision: string | null = null;
  #client: Client | undefined;

  constructor(
    private readonly hearing: Hearing<never>,
    private readonly key: (kind: "SERVER" | "MANAGEMENT") => string,
  ) {}

  come({ url }: TestInstance): void {
    const { field, query, variables, credential, hear } = this.hearing as Hearing<unknown>;
    const client = liveClient(url, this.key(credential));
    this.#client = client;
    client.subscribe(
      { query, variables: { ...variables, since: this.revision } },
      {
        next: ({ data, errors }) => {
          if (this.#client !== client) return; // the line was cut: it is lost
          if (errors !== undefined || data?.[field] === undefined) this.wrong.push(JSON.stringify(errors));
          else this.#reach(hear(data[field], this.revision));
        },
        error: () => undefined,
        complete: () => undefined,
      },
    );
  }

  cut(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.terminate();
  }

  #reach(revision: string): void {
    if (placeIn(revision) < placeIn(this.revision ?? "0.0")) {
      this.wrong.push(`${this.hearing.field} went back from ${this.revision} to ${revision}`);
    }
    this.revision = revision;
  }
}

function placeIn(revision: string): number {
  return Number(/^1\.(\d+)/.exec(revision)?.[1] ?? 0);
}

interface Answer {
  readonly key: string;
  readonly value: unknown;
}

const asking = "{ key value variant reason errorCode }";

function answersFor(context: object, held: Map<string, Answer>) {
  return {
    field: "evaluations",
    credential: "SERVER",
    query: `subscription ($context: EvaluationContext!, $since: String) {
      evaluations(context: $context, since: $since) { revision snapshot removed evaluations ${asking} } }`,
    variables: { context },
    hear: (update) => {
      if (update.snapshot) held.clear();
      for (const answer of update.evaluations) held.set(answer.key, answer);
      for (const key of update.removed) held.delete(key);
      return update.revision;
    },
  } satisfies Hearing<{
    readonly revision: string;
    readonly snapshot: boolean;
    readonly evaluations: readonly Answer[];
    readonly removed: readonly string[];
  }>;
}

interface Part {
  readonly flags: readonly Answer[];
}

function rulesFor(held: Map<string, unknown>, wrong: string[]) {
  return {
    field: "ruleset",
    credential: "SERVER",
    query:
      "subscription ($since: String) { ruleset(since: $since) { snapshot from to put { flags } remove { flags } } }",
    hear: ({ snapshot, from, to, put, remove }, revision) => {
      if (snapshot) held.clear();
      else if (from !== revision) wrong.push(`A delta from ${from} came to who held ${revision}`);
      for (const key of remove.flags) held.delete(key);
      for (const flag of put.flags) held.set(flag.key, flag);
      return to;
    },
  } satisfies Hearing<{
    readonly snapshot: boolean;
    readonly from: string | null;
    readonly to: string;
    readonly put: Part;
    readonly remove: { readonly flags: readonly string[] };
  }>;
}

function changesTo(heard: string[]) {
  return {
    field: "flagChanges",
    credential: "MANAGEMENT",
    query: "subscription ($since: String) { flagChanges(since: $since) { revision kind } }",
    hear: ({ revision, kind }) => {
      heard.push(kind === "RESYNC" ? kind : revision);
      return revision;
    },
  } satisfies Hearing<{ readonly revision: string; readonly kind: string }>;
}

const rule = `{ when: { attribute: "plan", operator: EQUALS, values: ["pro"] }, serve: { variant: "off" } }`;

describe.skipIf(redis === undefined)("subscribers of two instances", () => {
  let instances: TestInstance[] = [];
  let key: Awaited<ReturnType<typeof makeFirst>>;
  beforeAll(async () => {
    const env = { DATABASE_URL: await freshPostgresUrl(), REDIS_URL: redis ?? "" };
    instances = [await startInstance(env)];
    key = await makeFirst(instances[0] ?? expect.fail(), env);
    instances.push(await startInstance(env));
  });
  afterAll(async () => {
    for (const { app } of instances) await app.close();
  });

  async function ask<Data>(
    on: TestInstance,
    query: string,
    variables = {},
    kind: "SERVER" | "MANAGEMENT" = "MANAGEMENT",
  ) {
    const { data, errors } = await on.graphql<Data>(
      query,
      variables,
      key(kind, kind === "SERVER" ? environment : undefined),
    );
    if (errors !== undefined || data === undefined || data === null) throw new Error(JSON.stringify(errors));
    return data;
  }

  /** One change by chance; `flags` are those that there are. */
  async function change(random: Random, flags: string[]): Promise<void> {
    const on = random.pick(instances);
    const flagKey = random.pick(flags);
    const settings = random.pick(["enabled: true", "enabled: false", "rules: []", `rules: [${rule}]`]);
    if (random.chance(0.15)) {
      flags.push(`f-${flags.length}-${random.below(1_000_000)}`);
      await ask(on, "mutation ($key: String!) { createFlag(input: { key: $key }) { key } }", {
        key: flags.at(-1),
      });
    } else {
      const query = `mutation ($flagKey: String!) {
        updateFlagEnvironment(input: { flagKey: $flagKey, environment: "${environment}", ${settings} }) { version } }`;
      await ask(on, query, { flagKey });
    }
  }

  it.each(seeds)("know in the end what there is to know, by chance %i", async (seed) => {
    const random = new Random(seed);
    const secret = (kind: "SERVER" | "MANAGEMENT") => key(kind, kind === "SERVER" ? environment : undefined);
    const [here] = instances;
    if (here === undefined) throw new Error("not open");
    const start = here.app.tools.delivery.reader.position();
    const wrong: string[] = [];
    const answers = [...contexts, ...contexts].map((context) => ({
      context,
      held: new Map<string, Answer>(),
    }));
    const rules = [new Map<string, unknown>(), new Map<string, unknown>()];
    const changes: string[][] = [[], []];
    const revision = `${start.epoch}.${start.seq}`;
    const all = [
      ...answers.map(({ context, held }) => new Subscriber(answersFor(context, held), secret)),
      ...rules.map((held) => new Subscriber(rulesFor(held, wrong), secret)),
      ...changes.map((heard) => Object.assign(new Subscriber(changesTo(heard), secret), { revision })),
    ];
    for (const one of all) one.come(random.pick(instances));
    const flags = ["welcome"];
    for (let step = 0; step < steps; step += 1) {
      await change(random, flags);
      for (const one of all) {
        if (random.chance(0.8)) continue;
        one.cut();
        if (random.chance(0.5)) await change(random, flags);
        one.come(random.pick(instances));
      }
    }
    const { epoch, seq } = here.app.tools.delivery.reader.position();
    const last = instances[1] ?? here;
    await last.app.tools.delivery.reader.reach({ epoch, seq });
    const rows = await listChangesAfter(here.app.tools.database, start.seq, Number.MAX_SAFE_INTEGER, 10_000);
    const told = rows.filter(({ subjectType }) => subjectType === "FLAG").map(revisionOf);
    for (const heard of changes) await expect.poll(() => heard, { timeout: 5_000 }).toEqual(told);
    for (const { context, held } of answers) {
      const query = `query ($context: EvaluationContext!) { evaluateAll(context: $context) { evaluations ${asking} } }`;
      const fresh = await ask<{ evaluateAll: { evaluations: readonly Answer[] } }>(
        last,
        query,
        { context },
        "SERVER",
      );
      const sorted = (): Answer[] => [...held.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
      await expect.poll(sorted, { timeout: 5_000 }).toEqual(fresh.evaluateAll.evaluations);
    }
    const { ruleset } = await ask<{ ruleset: Part }>(here, "{ ruleset { flags } }", {}, "SERVER");
    for (const held of rules) {
      const sorted = (): unknown[] => ruleset.flags.map(({ key: flag }) => held.get(flag));
      await expect.poll(sorted, { timeout: 5_000 }).toEqual(ruleset.flags);
      expect(held.size).toBe(ruleset.flags.length);
    }
    for (const one of all) one.cut();
    expect([...wrong, ...all.flatMap((one) => one.wrong)]).toEqual([]);
  });
});
