/** Those who ask all the time, by every door: whatever is down, a server that lives answers. */
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../../fuzz/random.js";
import { Course, type History } from "./positions.js";
import type { Server } from "./server.js";
import type { Traffic } from "./traffic.js";
import { contexts, flagsOf, place, sharedFlags } from "./world.js";

export interface EvaluatorsOptions {
  /** For each server. */
  readonly count: number;
  readonly seed: number;
  readonly servers: readonly Server[];
  readonly key: string;
  readonly traffic: Traffic;
  readonly history: History;
  readonly blame: (what: string) => void;
}

export interface Evaluated {
  answered: number;
  /** Questions that a server which was up did not answer as it should. */
  failed: number;
  /** Milliseconds of each answer. */
  readonly took: number[];
}

interface Question {
  readonly path: string;
  readonly body: unknown;
  /** Gives what is wrong with the answer, or null. */
  readonly check: (answer: unknown) => string | null;
}

const answerWithinMs = 5_000;
const pauseMs = { least: 20, most: 80 };

/** Resolves once the traffic is over. They are never held: evaluations go on whatever is compared meanwhile. */
export async function keepEvaluating(options: EvaluatorsOptions, evaluated: Evaluated): Promise<void> {
  const { servers, count, seed } = options;
  const loops = servers.flatMap((server, at) =>
    Array.from({ length: count }, async (_, index) => {
      await new Evaluator(server, new Random(seed, 500 + at * count + index), options, evaluated).run();
    }),
  );
  await Promise.all(loops);
}

class Evaluator {
  readonly #course: Course;
  #downs = 0;

  constructor(
    private readonly server: Server,
    private readonly random: Random,
    private readonly options: EvaluatorsOptions,
    private readonly evaluated: Evaluated,
  ) {
    this.#course = new Course(options.history);
  }

  async run(): Promise<void> {
    while (!this.options.traffic.isOver) {
      if (this.server.isUp) await this.#ask();
      await sleep(this.random.between(pauseMs.least, pauseMs.most));
    }
  }

  async #ask(): Promise<void> {
    const { server, evaluated } = this;
    if (this.#downs !== server.downs) {
      this.#downs = server.downs;
      this.#course.forget(); // another process, which may be behind its predecessor
    }
    const question = this.#anyQuestion();
    const began = performance.now();
    const wrong = await this.#send(question).catch((error: unknown) => String(error));
    if (server.downs !== this.#downs) return; // it went down meanwhile
    if (wrong === null) {
      evaluated.answered += 1;
      evaluated.took.push(performance.now() - began);
      return;
    }
    evaluated.failed += 1;
    const ms = Math.round(performance.now() - began);
    this.options.blame(`${server.name} answered ${question.path} after ${ms} ms with: ${wrong}`);
  }

  async #send({ path, body, check }: Question): Promise<string | null> {
    const response = await fetch(`${this.server.url}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${this.options.key}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const text = await response.text();
    return response.status === 200 ? check(JSON.parse(text)) : `${response.status} ${text.slice(0, 500)}`;
  }

  #anyQuestion(): Question {
    const context = this.random.pick(contexts);
    const flagKey = this.random.chance(0.3) ? this.random.pick(sharedFlags) : this.random.pick(flagsOf(0));
    const ofrep = { context: { targetingKey: context.targetingKey, ...context.attributes } };
    const variables = { context, flagKey, ...place };
    return this.random.pick<Question>([
      { path: "/graphql", body: { query: one, variables }, check: (answer) => this.#checkGraphQL(answer) },
      { path: "/graphql", body: { query: all, variables }, check: (answer) => this.#checkGraphQL(answer) },
      { path: `/ofrep/v1/evaluate/flags/${flagKey}`, body: ofrep, check: checkOfrep },
      { path: "/ofrep/v1/evaluate/flags", body: ofrep, check: checkOfrep },
    ]);
  }

  /** Within the life of a process no answer is older than the one before it. */
  #checkGraphQL(answer: unknown): string | null {
    const { data, errors } = answer as {
      data?: { answer: { revision: string; errorCode?: string | null } };
      errors?: unknown;
    };
    if (errors !== undefined || data === undefined) return JSON.stringify(errors);
    const { revision, errorCode = null } = data.answer;
    return errorCode ?? this.#course.go(revision);
  }
}

const one = `query ($context: EvaluationContext!, $environment: String!, $flagKey: String!) {
  answer: evaluate(context: $context, environment: $environment, flagKey: $flagKey) { revision value reason errorCode }
}`;
const all = `query ($context: EvaluationContext!, $environment: String!) {
  answer: evaluateAll(context: $context, environment: $environment) { revision evaluations { key value reason } }
}`;

function checkOfrep(answer: unknown): string | null {
  const { errorCode, flags = [] } = answer as { errorCode?: string; flags?: readonly unknown[] };
  return errorCode === undefined && Array.isArray(flags) ? null : JSON.stringify(answer).slice(0, 500);
}
