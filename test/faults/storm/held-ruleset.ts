/** A subscriber to `ruleset`: the definitions of the environment, by a chain of differences. */
import type { Held, Operation } from "./held.js";
import { Course, type History } from "./positions.js";
import { type Definition, definitionTexts, difference, type Truth } from "./truth.js";
import { place } from "./world.js";

interface Update {
  readonly snapshot: boolean;
  readonly from: string | null;
  readonly to: string;
  readonly put: { readonly flags: readonly Definition[]; readonly segments: readonly Definition[] };
  readonly remove: { readonly flags: readonly string[]; readonly segments: readonly string[] };
}

const query = `subscription ($environment: String!, $since: String) {
  ruleset(environment: $environment, since: $since) {
    snapshot from to put { flags segments } remove { flags segments }
  }
}`;

export class HeldRuleset implements Held {
  readonly name = "ruleset";
  readonly resyncs = 0;
  taken = 0;
  readonly #course: Course;
  #flags = new Map<string, string>();
  #segments = new Map<string, string>();

  constructor(history: History) {
    this.#course = new Course(history);
  }

  operation(): Operation {
    return { query, variables: { environment: place.environment, since: this.#course.at } };
  }

  take(data: unknown): string | null {
    const update = (data as { ruleset: Update }).ruleset;
    const before = this.#course.at;
    this.taken += 1;
    const back = this.#course.go(update.to);
    this.#apply(update);
    if (update.snapshot || update.from === before) return back;
    return `got what follows ${update.from}, while it was at ${before}`;
  }

  #apply({ snapshot, put, remove }: Update): void {
    if (snapshot) {
      this.#flags = new Map();
      this.#segments = new Map();
    }
    for (const [key, text] of definitionTexts(put.flags)) this.#flags.set(key, text);
    for (const [key, text] of definitionTexts(put.segments)) this.#segments.set(key, text);
    for (const key of remove.flags) this.#flags.delete(key);
    for (const key of remove.segments) this.#segments.delete(key);
  }

  differsFrom(truth: Truth): string | null {
    return difference(this.#flags, truth.flags) ?? difference(this.#segments, truth.segments);
  }

  agreed(): void {}
}
