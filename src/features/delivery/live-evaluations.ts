/** The subscription `evaluations`: the current answers, then only those that changed for this context, by a change or by the clock. */
import { type Caller, isPermitted, isUndecided } from "../permissions/index.js";
import { Asker, type EvaluateArguments } from "./asker.js";
import type { DeliveryTools } from "./delivery.js";
import { type EvaluationUpdate, LiveAnswers } from "./live-answers.js";
import { ended, LiveStream } from "./live-stream.js";
import { placeOf } from "./place.js";
import { readSelection, type Selection } from "./selection.js";

export interface LiveEvaluationsArguments extends EvaluateArguments, Selection {
  /** The revision of the update received last. */
  readonly since?: string | null | undefined;
}

/**
 * Checks everything before the first answer: throws what `evaluate` throws. No I/O, then or later. Ends when the environment is gone or the
 * caller may no longer evaluate there.
 */
export function liveEvaluations(
  { delivery, recognise }: DeliveryTools,
  caller: Caller,
  args: LiveEvaluationsArguments,
): LiveStream<EvaluationUpdate> {
  const action = "evaluation:evaluate";
  const asker = Asker.read(delivery, caller, action, args);
  const answers = new LiveAnswers(delivery, asker, readSelection(args), args.since ?? null);
  return new LiveStream(
    (wake) => delivery.hub.listen(asker.place, wake),
    () => {
      const today = recognise(caller);
      if (isUndecided(today)) return undefined;
      return isPermitted(today, action, placeOf(asker.place)) ? answers.next() : ended;
    },
  );
}
