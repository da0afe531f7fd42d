/** A subscriber to `evaluations`: the answers for one context. */
import type { Held, Operation } from "./held.js";
import { Course, type History } from "./positions.js";
import { type Answer, difference, textOf, textsOf, type Truth } from "./truth.js";
import { contexts, place, poisonedFlag } from "./world.js";

interface Update {
  readonly revision: string;
  readonly snapshot: boolean;
  readonly evaluations: readonly Answer[];
  readonly removed: readonly string[];
}

const query = `subscription ($context: EvaluationContext!, $environment: String!, $since: String) {
  evaluations(context: $context, environment: $environment, since: $since) {
    revision snapshot removed evaluations { key value variant reason errorCode ruleId }
  }
}`;

export class HeldAnswers implements Held {
  readonly name: string;
  readonly resyncs = 0;
  taken = 0;
  readonly #course: Course;
  #answers = new Map<string, string>();

  /** `clientOnly`: by a CLIENT key. `context` is the index of one of `contexts`. */
  constructor(
    private readonly context: number,
    private readonly clientOnly: boolean,
    history: History,
  ) {
    this.#course = new Course(history);
    this.name = `evaluations of ${contexts[context]?.targetingKey ?? ""}${clientOnly ? " by a CLIENT key" : ""}`;
  }

  operation(): Operation {
    const { environment } = place;
    return { query, variables: { context: contexts[this.context], environment, since: this.#course.at } };
  }

  take(data: unknown): string | null {
    const update = (data as { evaluations: Update }).evaluations;
    const isFirst = this.#course.at === null;
    this.taken += 1;
    const back = this.#course.go(update.revision);
    return this.#apply(update, isFirst) ?? back;
  }

  #apply({ snapshot, evaluations, removed }: Update, isFirst: boolean): string | null {
    if (snapshot) {
      this.#answers = textsOf(evaluations);
      return null;
    }
    if (isFirst) return "began with something else than all answers";
    const same = evaluations.find((answer) => this.#answers.get(answer.key) === textOf(answer));
    for (const [key, text] of textsOf(evaluations)) this.#answers.set(key, text);
    for (const key of removed) this.#answers.delete(key);
    return same === undefined || same.key === poisonedFlag
      ? null
      : `was told again what it knew of ${same.key}`;
  }

  differsFrom(truth: Truth): string | null {
    const wanted = (this.clientOnly ? truth.clientAnswers : truth.answers)[this.context];
    return difference(this.#answers, wanted ?? new Map<string, string>());
  }

  agreed(): void {}
}
