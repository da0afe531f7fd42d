/** Answers for callers: permission, place, context, then the evaluator; all of it in memory. */
import {
  evaluate as decide,
  evaluateAll as decideAll,
  explain as decideAndTell,
  type ExplanationStep,
} from "../../evaluation/index.js";
import { dateTime, Mistakes } from "../../platform/input.js";
import type { Caller } from "../permissions/index.js";
import { Asker, type EvaluateArguments } from "./asker.js";
import type { DeliveryTools } from "./delivery.js";
import { type Evaluation, present } from "./evaluation.js";
import { liveEnvironmentAt, type PlaceKeys } from "./place.js";
import { isSelected, readSelection, selectedKeys, type Selection } from "./selection.js";

export interface EvaluationSet {
  readonly revision: string;
  /** Where they hold. */
  readonly place: PlaceKeys;
  readonly evaluations: readonly Evaluation[];
}

export interface ExplainedEvaluation {
  readonly evaluation: Evaluation;
  readonly steps: readonly ExplanationStep[];
}

export interface EvaluateFlag extends EvaluateArguments {
  readonly flagKey: string;
  /** The value whenever there would be none. */
  readonly defaultValue?: unknown;
}

export interface EvaluateFlags extends EvaluateArguments, Selection {}

export interface ExplainFlag extends EvaluateArguments {
  readonly flagKey: string;
  /** RFC 3339. Moves the clock only, over today's definitions. */
  readonly at?: unknown;
}

type Tools = Pick<DeliveryTools, "delivery">;

/** One flag; what is unknown answers ERROR with FLAG_NOT_FOUND. */
export function evaluate({ delivery }: Tools, caller: Caller, args: EvaluateFlag): Evaluation {
  const asker = Asker.read(delivery, caller, "evaluation:evaluate", args);
  const live = liveEnvironmentAt(delivery.snapshots, asker.place);
  const resolution = decide(
    live.snapshot,
    args.flagKey,
    asker.contextIn(live),
    delivery.now(),
    asker.options,
  );
  return present(asker, resolution, delivery.revision(), { defaultValue: args.defaultValue });
}

/** All flags that the caller may see, by key; or those selected, unknown ones as FLAG_NOT_FOUND, in the order asked. */
export function evaluateAll({ delivery }: Tools, caller: Caller, args: EvaluateFlags): EvaluationSet {
  const asker = Asker.read(delivery, caller, "evaluation:evaluate", args);
  const live = liveEnvironmentAt(delivery.snapshots, asker.place);
  const selection = readSelection(args);
  const index = delivery.snapshots.flagsOf(asker.place.project);
  const keys = selectedKeys(selection, index);
  const answers = decideAll(live.snapshot, asker.contextIn(live), delivery.now(), keys, asker.options);
  const revision = delivery.revision();
  const selected = answers.filter((answer) => isSelected(selection, index, answer));
  return {
    revision,
    place: asker.place,
    evaluations: selected.map((answer) => present(asker, answer, revision)),
  };
}

/** One flag, and how its answer came about. */
export function explain({ delivery }: Tools, caller: Caller, args: ExplainFlag): ExplainedEvaluation {
  const asker = Asker.read(delivery, caller, "evaluation:explain", args);
  const live = liveEnvironmentAt(delivery.snapshots, asker.place);
  const at = readMoment(args.at);
  const context = asker.contextIn(live);
  const told = decideAndTell(live.snapshot, args.flagKey, context, at ?? delivery.now(), asker.options);
  return { evaluation: present(asker, told.evaluation, delivery.revision(), { at }), steps: told.steps };
}

/** Epoch milliseconds. */
function readMoment(at: unknown): number | undefined {
  if (at === undefined || at === null) return undefined;
  const mistakes = new Mistakes();
  const moment = dateTime("at", at, mistakes);
  mistakes.throwIfAny();
  return Date.parse(moment);
}
