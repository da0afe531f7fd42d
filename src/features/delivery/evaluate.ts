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
  /** Absent or null: yes. */
  readonly recordExposure?: boolean | null | undefined;
}

export interface EvaluateFlags extends EvaluateArguments, Selection {
  /** Absent or null: no. */
  readonly recordExposures?: boolean | null | undefined;
}

export interface ExplainFlag extends EvaluateArguments {
  readonly flagKey: string;
  /** RFC 3339. Moves the clock only, over today's definitions. */
  readonly at?: unknown;
}

type Tools = Pick<DeliveryTools, "delivery">;
type CountedTools = Pick<DeliveryTools, "delivery" | "answered">;

/** One flag; what is unknown answers ERROR with FLAG_NOT_FOUND. */
export function evaluate(
  { delivery, answered }: CountedTools,
  caller: Caller,
  args: EvaluateFlag,
): Evaluation {
  const asker = Asker.read(delivery, caller, "evaluation:evaluate", args);
  const live = liveEnvironmentAt(delivery.snapshots, asker.place);
  const context = asker.contextIn(live);
  const now = delivery.now();
  const resolution = decide(live.snapshot, args.flagKey, context, now, asker.options);
  const exposes = args.recordExposure ?? true;
  answered({ place: asker.place, caller, context, now, exposes }, [resolution]);
  return present(asker, resolution, delivery.revision(), { defaultValue: args.defaultValue });
}

/** All flags that the caller may see, by key; or those selected, unknown ones as FLAG_NOT_FOUND, in the order asked. */
export function evaluateAll(
  { delivery, answered }: CountedTools,
  caller: Caller,
  args: EvaluateFlags,
): EvaluationSet {
  const asker = Asker.read(delivery, caller, "evaluation:evaluate", args);
  const live = liveEnvironmentAt(delivery.snapshots, asker.place);
  const selection = readSelection(args);
  const index = delivery.snapshots.flagsOf(asker.place.project);
  const keys = selectedKeys(selection, index);
  const context = asker.contextIn(live);
  const now = delivery.now();
  const answers = decideAll(live.snapshot, context, now, keys, asker.options);
  const revision = delivery.revision();
  const selected = answers.filter((answer) => isSelected(selection, index, answer));
  answered({ place: asker.place, caller, context, now, exposes: args.recordExposures ?? false }, selected);
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
