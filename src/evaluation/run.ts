/** What conditions and decisions need of the evaluation they are part of. */
import type { Subject } from "./attributes.js";
import type { Trace } from "./explanation.js";
import type { Resolution } from "./resolution.js";

/** One evaluation under way, for one context at one instant. */
export interface Run extends Subject {
  /** Present when the evaluation is being explained. */
  readonly trace: Trace | undefined;
  /** Whether the subject belongs to a segment. Throws BrokenReference, or what unwinds the whole evaluation. */
  isMember(segmentKey: string): boolean;
  /** What another flag answers the subject. Throws only what unwinds the whole evaluation. */
  answerOf(flagKey: string): Resolution;
}

/** A compiled condition. */
export type Test = (run: Run) => boolean;

/** A definition refers to something that is not there or cannot be read: PARSE_ERROR for the flag being decided. */
export class BrokenReference extends Error {
  override readonly name = "BrokenReference";
}
