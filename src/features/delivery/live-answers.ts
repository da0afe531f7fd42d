/** What one subscriber of `evaluations` was last served, and what has changed since. */
import {
  changedFlags,
  definitions,
  evaluateAll,
  flagNotFound,
  nextChange,
  type Resolution,
} from "../../evaluation/index.js";
import type { Asker } from "./asker.js";
import type { Delivery } from "./delivery.js";
import { type Evaluation, present } from "./evaluation.js";
import type { FlagIndex } from "./flag-facts.js";
import type { LiveEnvironment } from "./live-environment.js";
import { ended } from "./live-stream.js";
import { AnswersDigest, looksSame, readRevision, withDigest } from "./revision.js";
import { isSelected, selectedKeys, type Selection } from "./selection.js";

export interface EvaluationUpdate {
  /** Opaque: where the server stood, and which answers the subscriber now holds. */
  readonly revision: string;
  /** Whether these are all answers rather than the changed ones. */
  readonly snapshot: boolean;
  readonly evaluations: readonly Evaluation[];
  /** Keys of flags that are gone; each is also among the evaluations, as FLAG_NOT_FOUND. */
  readonly removed: readonly string[];
}

/** What the subscriber's answers were worked out from; the answers themselves are not kept. */
interface Served {
  readonly live: LiveEnvironment;
  /** Epoch milliseconds. */
  readonly now: number;
}

type Sources = Pick<Delivery, "snapshots" | "now" | "revision">;

export class LiveAnswers {
  #served: Served | undefined;
  /** With tags: the flags served, since yesterday's tags are not kept. */
  #held: Set<string> | undefined;
  readonly #digest = new AnswersDigest();
  readonly #selection: Selection;

  constructor(
    private readonly sources: Sources,
    private readonly asker: Asker,
    selection: Selection,
    private readonly since: string | null,
  ) {
    const { flagKeys, tags } = selection;
    this.#selection = { flagKeys: flagKeys && [...new Set(flagKeys)], tags };
  }

  /** The next update; undefined while nothing changed for this context. */
  next(): EvaluationUpdate | undefined | typeof ended {
    const { project, environment } = this.asker.place;
    const live = this.sources.snapshots.find(project, environment);
    const now = this.sources.now();
    if (live === undefined || !this.asker.mayAsk(live, now)) return ended;
    const served = this.#served;
    const current = { live, now };
    this.#served = current;
    return served === undefined ? this.#first(current) : this.#later(served, current);
  }

  #first(current: Served): EvaluationUpdate | undefined {
    const index = this.#index();
    const answers = this.#evaluate(current, selectedKeys(this.#selection, index)).filter((answer) =>
      isSelected(this.#selection, index, answer),
    );
    for (const answer of answers) this.#digest.add(answer, this.asker.isPublic);
    if (this.#selection.tags !== undefined && this.#selection.tags !== null) {
      this.#held = new Set(answers.filter(exists).map(({ key }) => key));
    }
    const known = this.since === null ? undefined : readRevision(this.since)?.digest;
    return known === this.#digest.toString() ? undefined : this.#update(true, answers, []);
  }

  #later(served: Served, current: Served): EvaluationUpdate | undefined {
    const keys = this.#candidates(served, current);
    if (keys.length === 0) return undefined;
    const before = this.#evaluate(served, keys).map((answer) => this.#ifHeld(answer));
    const after = this.#evaluate(current, keys).map((answer) => this.#ifSelected(answer));
    const changed: Resolution[] = [];
    const removed: string[] = [];
    for (const [index, answer] of after.entries()) {
      const old = before[index] ?? answer;
      if (looksSame(old, answer, this.asker.isPublic)) continue;
      changed.push(answer);
      if (!exists(answer)) removed.push(answer.key);
      this.#replace(old, answer);
    }
    return changed.length === 0 ? undefined : this.#update(false, changed, removed);
  }

  /** The flags whose answers may differ, in order: those that a change touches; all, once the clock has passed an instant. */
  #candidates(served: Served, current: Served): readonly string[] {
    const { flagKeys } = this.#selection;
    const { snapshot } = current.live;
    const changed = changedFlags(served.live.snapshot, snapshot);
    const instant = nextChange(snapshot, served.now);
    if (instant === undefined || instant > current.now) {
      return flagKeys?.filter((key) => changed.has(key)) ?? [...changed].sort();
    }
    if (flagKeys !== undefined && flagKeys !== null) return flagKeys;
    for (const { key } of definitions(snapshot).flags) changed.add(key);
    return [...changed].sort();
  }

  #evaluate({ live, now }: Served, keys: readonly string[] | undefined): Resolution[] {
    return evaluateAll(live.snapshot, this.asker.contextIn(live), now, keys, this.asker.options);
  }

  #ifHeld(answer: Resolution): Resolution {
    return this.#held === undefined || this.#held.has(answer.key) ? answer : flagNotFound(answer.key);
  }

  #ifSelected(answer: Resolution): Resolution {
    return isSelected(this.#selection, this.#index(), answer) ? answer : flagNotFound(answer.key);
  }

  #replace(old: Resolution, answer: Resolution): void {
    this.#digest.remove(old, this.asker.isPublic);
    this.#digest.add(answer, this.asker.isPublic);
    if (exists(answer)) this.#held?.add(answer.key);
    else this.#held?.delete(answer.key);
  }

  #update(snapshot: boolean, answers: readonly Resolution[], removed: readonly string[]): EvaluationUpdate {
    const revision = this.sources.revision();
    const evaluations = answers.map((answer) => present(this.asker, answer, revision));
    return { revision: withDigest(revision, this.#digest), snapshot, evaluations, removed };
  }

  #index(): FlagIndex {
    return this.sources.snapshots.flagsOf(this.asker.place.project);
  }
}

function exists({ errorCode }: Resolution): boolean {
  return errorCode !== "FLAG_NOT_FOUND";
}
