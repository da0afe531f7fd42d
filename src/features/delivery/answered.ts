/** What was answered, for those who keep count of it: told after each answer was worked out, and never waited for. */
import type { Resolution } from "../../evaluation/index.js";
import type { Caller } from "../permissions/index.js";
import type { CheckedContext } from "./context-input.js";
import type { PlaceKeys } from "./place.js";

/** One question: about one flag, or about several. */
export interface AnsweredQuestion {
  readonly place: PlaceKeys;
  readonly caller: Caller;
  /** As it counted. */
  readonly context: CheckedContext;
  /** When, epoch milliseconds. */
  readonly now: number;
  /** Whether whoever asked shows somebody what was answered, who thereby takes part in the experiment that chose it. */
  readonly exposes: boolean;
}

/** Must be quick, must not throw, and keeps no reference to the list. An answer that several subscribers share is told once. */
export type OnAnswered = (question: AnsweredQuestion, answers: readonly Resolution[]) => void;
