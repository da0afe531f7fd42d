/** What a subscriber of `evaluations` holds, and what has changed for it since: from the definitions in memory alone. */
import { evaluateAll, flagNotFound, nextChange, type Resolution } from "../../evaluation/index.js";
import type { FlagIndex, LiveEnvironment } from "../snapshots/index.js";
import type { Asker } from "./asker.js";
import type { CheckedContext } from "./context-input.js";
import type { Delivery } from "./delivery.js";
import { type Evaluation, present } from "./evaluation.js";
import { ended, type Step, type Stepped } from "./feed.js";
import { digestText, emptyDigest, looksSame, readRevision, replaced, withDigest } from "./revision.js";
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

/** What the answers that somebody holds were worked out from; the answers themselves are not kept. */
export interface Standing {
  readonly live: LiveEnvironment;
  /** Epoch milliseconds. */
  readonly now: number;
  readonly digest: bigint;
  /** With tags: the flags served, since yesterday's tags are not kept. */
  readonly held: ReadonlySet<string> | undefined;
}

/** All answers of a moment, told at a revision. */
interface Whole {
  readonly standing: Standing;
  readonly at: string;
  readonly update: EvaluationUpdate;
}

/** Who keeps count of answers. */
export interface AnswerAudience {
  /** Told what was answered, from which context and when. */
  readonly answered: (context: CheckedContext, now: number, answers: readonly Resolution[]) => void;
  /** Whether the answers are shown: then it is told of an experiment that begins to choose one, though the subscriber sees no difference. */
  readonly exposes: boolean;
}

type Moment = Pick<Standing, "live" | "now">;
type Sources = Pick<Delivery, "snapshots" | "now" | "revision" | "hub">;

export class LiveAnswers {
  /** The newest that was worked out: whoever gets as far stands at this very object. */
  #latest: Standing | undefined;
  /** All answers, for those who come just after each other. */
  #whole: Whole | undefined;
  readonly #selection: Selection;

  constructor(
    private readonly sources: Sources,
    private readonly asker: Asker,
    selection: Selection,
    private readonly audience: AnswerAudience,
  ) {
    const { flagKeys, tags } = selection;
    this.#selection = { flagKeys: flagKeys && [...new Set(flagKeys)], tags };
  }

  /** For who comes, with the revision held or null: silence where the answers are those already held. */
  first(since: string | null): Stepped<Standing, EvaluationUpdate> {
    const moment = this.#moment();
    if (moment === undefined) return ended;
    const held = since === null ? undefined : readRevision(since)?.digest;
    const latest = this.#latest;
    if (latest !== undefined && isStill(latest, moment) && held === digestText(latest.digest)) {
      return { cursor: latest, event: undefined };
    }
    const { standing, update } = (this.#whole = this.#wholeAt(moment));
    return { cursor: standing, event: held === digestText(standing.digest) ? undefined : update };
  }

  /** For who holds the answers of `standing`. */
  later(standing: Standing): Stepped<Standing, EvaluationUpdate> {
    const moment = this.#moment();
    if (moment === undefined) return ended;
    if (isStill(standing, moment)) return { cursor: standing, event: undefined };
    const keys = this.#candidates(standing, moment);
    if (keys.length === 0) return { cursor: this.#advance(moment, standing), event: undefined };
    return this.#compare(standing, moment, keys);
  }

  forget(): void {
    this.#whole = undefined;
  }

  /** undefined: there is nothing to hear any more. */
  #moment(): Moment | undefined {
    const { project, environment } = this.asker.place;
    const live = this.sources.snapshots.find(project, environment);
    const now = this.sources.now();
    return live !== undefined && this.asker.mayAsk(live, now) ? { live, now } : undefined;
  }

  #wholeAt(moment: Moment): Whole {
    const at = this.sources.revision();
    const whole = this.#whole;
    if (whole !== undefined && whole.at === at && isStill(whole.standing, moment)) return whole;
    const { asker } = this;
    const index = this.#index();
    const answers = this.#evaluate(moment, selectedKeys(this.#selection, index)).filter((answer) =>
      isSelected(this.#selection, index, answer),
    );
    let digest = emptyDigest;
    for (const answer of answers) digest = replaced(digest, undefined, answer, asker.isPublic);
    const tagged = this.#selection.tags !== undefined && this.#selection.tags !== null;
    const held = tagged ? new Set(answers.filter(exists).map(({ key }) => key)) : undefined;
    const standing = this.#advance(moment, { digest, held });
    return { standing, at, update: this.#update(moment, digest, { snapshot: true, answers }) };
  }

  #compare(standing: Standing, moment: Moment, keys: readonly string[]): Step<Standing, EvaluationUpdate> {
    const { isPublic } = this.asker;
    const before = this.#evaluate(standing, keys).map((answer) => ifHeld(standing, answer));
    const after = this.#evaluate(moment, keys).map((answer) => this.#ifSelected(answer));
    const changed: Resolution[] = [];
    const joined: Resolution[] = [];
    let { digest, held } = standing;
    for (const [index, answer] of after.entries()) {
      const old = before[index] ?? answer;
      if (looksSame(old, answer, isPublic)) {
        if (joins(old, answer)) joined.push(answer);
        continue;
      }
      changed.push(answer);
      digest = replaced(digest, old, answer, isPublic);
    }
    if (held !== undefined && changed.length > 0) held = withThese(held, changed);
    const cursor = this.#advance(moment, { digest, held });
    if (joined.length > 0 && this.audience.exposes) this.#tell(moment, joined);
    if (changed.length === 0) return { cursor, event: undefined };
    return { cursor, event: this.#update(moment, digest, { snapshot: false, answers: changed }) };
  }

  /** The flags whose answers may differ, in order. */
  #candidates(standing: Standing, moment: Moment): readonly string[] {
    const touched = this.sources.hub.touched.between(standing, moment);
    const { flagKeys } = this.#selection;
    return flagKeys?.filter((key) => touched.has(key)) ?? [...touched];
  }

  #advance({ live, now }: Moment, { digest, held }: Pick<Standing, "digest" | "held">): Standing {
    const latest = this.#latest;
    if (latest !== undefined && isStill(latest, { live, now })) return latest;
    return (this.#latest = { live, now, digest, held });
  }

  #evaluate({ live, now }: Moment, keys: readonly string[] | undefined): Resolution[] {
    return evaluateAll(live.snapshot, this.asker.contextIn(live), now, keys, this.asker.options);
  }

  #ifSelected(answer: Resolution): Resolution {
    return isSelected(this.#selection, this.#index(), answer) ? answer : flagNotFound(answer.key);
  }

  #update(
    { live, now }: Moment,
    digest: bigint,
    { snapshot, answers }: { readonly snapshot: boolean; readonly answers: readonly Resolution[] },
  ): EvaluationUpdate {
    this.#tell({ live, now }, this.#asked(answers));
    const removed = snapshot ? [] : answers.filter((answer) => !exists(answer)).map(({ key }) => key);
    const revision = this.sources.revision();
    const evaluations = answers.map((answer) => present(this.asker, answer, revision));
    return { revision: withDigest(revision, digest), snapshot, evaluations, removed };
  }

  #tell({ live, now }: Moment, answers: readonly Resolution[]): void {
    this.audience.answered(this.asker.contextIn(live), now, answers);
  }

  /** Whoever asks for all flags did not ask for one that went. */
  #asked(answers: readonly Resolution[]): readonly Resolution[] {
    const { flagKeys } = this.#selection;
    return flagKeys === undefined || flagKeys === null ? answers.filter(exists) : answers;
  }

  #index(): FlagIndex {
    return this.sources.snapshots.flagsOf(this.asker.place.project);
  }
}

/** Whether what was worked out there holds at that moment, and need not be worked out again. */
function isStill(standing: Standing, { live, now }: Moment): boolean {
  if (standing.live !== live) return false;
  const instant = nextChange(live.snapshot, standing.now);
  return instant === undefined || instant > now;
}

function ifHeld({ held }: Standing, answer: Resolution): Resolution {
  return held === undefined || held.has(answer.key) ? answer : flagNotFound(answer.key);
}

function withThese(held: ReadonlySet<string>, changed: readonly Resolution[]): ReadonlySet<string> {
  const next = new Set(held);
  for (const answer of changed) {
    if (exists(answer)) next.add(answer.key);
    else next.delete(answer.key);
  }
  return next;
}

/** Whether another experiment than before chose the answer. A new epoch that leaves the variant is none. */
function joins({ experiment: before }: Resolution, { experiment: after }: Resolution): boolean {
  return after !== undefined && after.id !== before?.id;
}

function exists({ errorCode }: Resolution): boolean {
  return errorCode !== "FLAG_NOT_FOUND";
}
