/** The ordered trace behind an answer, in sentences for whoever asks "why did she get that?". */
import type { Resolution } from "./resolution.js";

/** What a step looked at: WINDOW is a clause on the clock, GATE a bucket test, CONDITION any other clause or a rule's verdict. */
export const ExplanationStepKind = {
  LOOKUP: "LOOKUP",
  ENABLED: "ENABLED",
  PREREQUISITE: "PREREQUISITE",
  TARGET: "TARGET",
  WINDOW: "WINDOW",
  CONDITION: "CONDITION",
  SEGMENT: "SEGMENT",
  GATE: "GATE",
  SPLIT: "SPLIT",
  FALLTHROUGH: "FALLTHROUGH",
} as const;
export type ExplanationStepKind = (typeof ExplanationStepKind)[keyof typeof ExplanationStepKind];

export interface ExplanationStep {
  readonly kind: ExplanationStepKind;
  /** The flag being decided: the one asked for, or one that it depends on. */
  readonly flagKey: string;
  /** Whether this step settled the answer of `flagKey`; exactly one step of each flag does. */
  readonly decided: boolean;
  readonly message: string;
  readonly ruleId?: string;
  readonly segmentKey?: string;
  /** JSON: what was compared, hashed or looked up, and the result. */
  readonly detail?: Readonly<Record<string, unknown>>;
}

export interface Explanation {
  readonly evaluation: Resolution;
  readonly steps: readonly ExplanationStep[];
}

/** Collects steps while an evaluation runs; its members say where the evaluation stands. */
export class Trace {
  readonly steps: ExplanationStep[] = [];
  flagKey = "";
  ruleId: string | undefined;
  segmentKey: string | undefined;

  /** Adds a step at the present place. */
  add(kind: ExplanationStepKind, message: string, detail?: ExplanationStep["detail"], decided = false): void {
    this.steps.push({
      kind,
      flagKey: this.flagKey,
      decided,
      message,
      ...(this.ruleId === undefined ? {} : { ruleId: this.ruleId }),
      ...(this.segmentKey === undefined ? {} : { segmentKey: this.segmentKey }),
      ...(detail === undefined ? {} : { detail }),
    });
  }

  /** Adds the step that settles the answer of the present flag. */
  decide(kind: ExplanationStepKind, message: string, detail?: ExplanationStep["detail"]): void {
    this.add(kind, message, detail, true);
  }

  /** Forgets all but the first steps: what they belong to is begun again. */
  rewind(steps: number): void {
    this.steps.splice(steps);
    this.ruleId = undefined;
  }

  /** Runs `work` for another flag, then comes back to the present place. */
  within<T>(flagKey: string, work: () => T): T {
    const { flagKey: outerFlag, ruleId, segmentKey } = this;
    this.flagKey = flagKey;
    this.ruleId = undefined;
    this.segmentKey = undefined;
    try {
      return work();
    } finally {
      this.flagKey = outerFlag;
      this.ruleId = ruleId;
      this.segmentKey = segmentKey;
    }
  }
}
