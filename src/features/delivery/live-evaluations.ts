/** The subscription `evaluations`: the current answers, then only those that changed for this context, by a change or by the clock. */
import { hash } from "node:crypto";
import { mentionedAttributes } from "../../evaluation/index.js";
import { canonicalJson } from "../ledger/index.js";
import { type Caller, isEvaluationKey, isPermitted, isUndecided } from "../permissions/index.js";
import { putOff, welcome } from "./arrival.js";
import { Asker, type EvaluateArguments } from "./asker.js";
import { boundedText } from "./context-input.js";
import type { DeliveryTools } from "./delivery.js";
import { ended, type Feed, type FeedSource, type Stepped } from "./feed.js";
import { type EvaluationUpdate, LiveAnswers, type Standing } from "./live-answers.js";
import { feedOf } from "./live-stream.js";
import { placeOf } from "./place.js";
import { readSelection, type Selection } from "./selection.js";

export interface LiveEvaluationsArguments extends EvaluateArguments, Selection {
  /** The revision of the update received last. */
  readonly since?: string | null | undefined;
  /** Absent or null: no. */
  readonly recordExposures?: boolean | null | undefined;
}

/** Somebody who holds answers; or somebody who comes, with a revision or null. */
type Cursor = Standing | string | null;

const action = "evaluation:evaluate";

/**
 * Checks everything before the first answer: throws what `evaluate` throws, and LIMIT_EXCEEDED for a context that is too large to be kept for
 * long. The feed reads memory alone, except for who knows more than this instance. It ends when the environment is gone or the caller may no
 * longer evaluate there.
 */
export function liveEvaluations(
  tools: DeliveryTools,
  caller: Caller,
  args: LiveEvaluationsArguments,
): Feed<Cursor, EvaluationUpdate> {
  return feedOf(new EvaluationFeed(tools, caller, args));
}

class EvaluationFeed implements FeedSource<Cursor, EvaluationUpdate> {
  readonly start: string | null;
  readonly #asker: Asker;
  readonly #answers: LiveAnswers;
  /** Of everything asked, but for what the server derives. */
  readonly #question: string;

  constructor(
    private readonly tools: DeliveryTools,
    private readonly caller: Caller,
    args: LiveEvaluationsArguments,
  ) {
    const { delivery } = tools;
    this.#asker = Asker.read(delivery, caller, action, args);
    const selection = readSelection(args);
    const { place, sent, isPublic } = this.#asker;
    const exposes = isEvaluationKey(caller.identity) && (args.recordExposures ?? false);
    const asked = [place, boundedText(sent), args.context.proof, isPublic, selection, exposes];
    this.#question = hash("sha256", canonicalJson(asked), "base64url");
    this.#answers = new LiveAnswers(delivery, this.#asker, selection, {
      answered: (context, now, answers) => tools.answered({ place, caller, context, now, exposes }, answers),
      exposes,
    });
    this.start = args.since ?? null;
  }

  /** Of what the server derives only that counts which definitions look at. */
  topic(): string {
    const { project, environment } = this.#asker.place;
    const live = this.tools.delivery.snapshots.find(project, environment);
    if (!this.#asker.isPublic || live?.looksAtRequest !== true) return this.#question;
    const { attributes } = this.#asker.contextIn(live);
    const seen = [...mentionedAttributes(live.snapshot)].sort().map((name) => [name, attributes[name]]);
    return `${this.#question} ${canonicalJson(seen)}`;
  }

  listen(wake: () => void): () => void {
    return this.tools.delivery.hub.listen(this.#asker.place, wake);
  }

  step(cursor: Cursor): Stepped<Cursor, EvaluationUpdate> | Promise<Stepped<Cursor, EvaluationUpdate>> {
    const { delivery, recognise } = this.tools;
    const today = recognise(this.caller);
    if (isUndecided(today)) return putOff(delivery.hub, cursor);
    if (!isPermitted(today, action, placeOf(this.#asker.place))) return ended;
    if (cursor !== null && typeof cursor === "object") return this.#answers.later(cursor);
    return welcome(delivery, cursor, (since) => this.#answers.first(since));
  }

  forget(): void {
    this.#answers.forget();
  }
}
