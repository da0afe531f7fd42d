/** A client that changes things, one after the other, and repeats what nobody answered, under the same key, until somebody does. */
import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "../../fuzz/random.js";
import { type Answer, askGraphQL } from "../../support/graphql-client.js";

/** A change that was answered. */
export interface Change {
  /** Its reason in the ledger, and its idempotency key. */
  readonly reason: string;
  /** How often it was sent. */
  readonly sent: number;
  /** Epoch milliseconds of the second sending. */
  readonly repeatedAt: number | undefined;
}

/** What a flag must have in the end. */
export interface Made {
  readonly rules: number;
  readonly variants: number;
}

export interface WriterOptions {
  readonly name: string;
  readonly random: Random;
  /** Where the server is, once it is somewhere. */
  readonly url: () => Promise<string>;
  readonly credential: string;
}

/** Answers that say: not now, or who knows. */
const passing = new Set(["UNAVAILABLE", "UNKNOWN_OUTCOME"]);
const mostRules = 20;

const operations = {
  createFlag: `mutation ($input: CreateFlagInput!) { createFlag(input: $input) { key } }`,
  addRule: `mutation ($input: AddRuleInput!) { addRule(input: $input) { version } }`,
  addVariant: `mutation ($input: AddVariantInput!) { addVariant(input: $input) { key } }`,
  updateFlag: `mutation ($input: UpdateFlagInput!) { updateFlag(input: $input) { key } }`,
} as const;

export class Writer {
  /** Changes that were answered, oldest first. */
  readonly changes: Change[] = [];
  /** Key → what it must have. */
  readonly flags = new Map<string, { rules: number; variants: number }>();
  /** Answers that should not be. */
  readonly strange: string[] = [];
  #newest = "";

  constructor(private readonly options: WriterOptions) {}

  /** Until it is told; what is under way is brought to its end. */
  async work(isOver: () => boolean): Promise<void> {
    while (!isOver()) await this.#change(`${this.options.name}-${this.changes.length}`);
  }

  async #change(reason: string): Promise<void> {
    const { random } = this.options;
    const made = this.flags.get(this.#newest);
    const [flagKey, environment] = [this.#newest, "development"];
    if (made === undefined || made.rules + made.variants >= mostRules) {
      const variants = ["one", "two"].map((key) => ({ key, value: key }));
      await this.#send("createFlag", { key: `flag-${reason}`, type: "STRING", variants }, reason);
      this.#newest = `flag-${reason}`;
      this.flags.set(this.#newest, { rules: 0, variants: 2 });
    } else if (random.chance(0.5)) {
      await this.#send("addRule", { flagKey, environment, rule: { serve: { variant: "one" } } }, reason);
      made.rules += 1;
    } else if (random.chance(0.3)) {
      await this.#send("addVariant", { flagKey, variant: { key: `of-${reason}`, value: reason } }, reason);
      made.variants += 1;
    } else await this.#send("updateFlag", { flagKey, description: reason }, reason);
  }

  async #send(
    operation: keyof typeof operations,
    input: Readonly<Record<string, unknown>>,
    reason: string,
  ): Promise<void> {
    const variables = { input: { ...input, reason, idempotencyKey: reason } };
    let sent = 0;
    let repeatedAt: number | undefined;
    for (;;) {
      const url = await this.options.url();
      sent += 1;
      if (sent === 2) repeatedAt = Date.now();
      const answer = await this.#ask(url, operations[operation], variables);
      const code = answer?.errors?.[0]?.extensions.code;
      if (answer !== undefined && (code === undefined || !passing.has(code))) {
        if (answer.errors !== undefined)
          this.strange.push(`${operation} ${reason}: ${JSON.stringify(answer.errors)}`);
        this.changes.push({ reason, sent, repeatedAt });
        return;
      }
      await pause(20);
    }
  }

  /** undefined: nobody answered. */
  async #ask(url: string, query: string, variables: Record<string, unknown>): Promise<Answer | undefined> {
    try {
      return await askGraphQL(url, query, variables, this.options.credential);
    } catch {
      return undefined;
    }
  }
}
