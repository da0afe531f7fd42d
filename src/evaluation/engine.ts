/** Runs decisions that depend on one another, to any depth, without deep recursion and without deciding twice what others need. */
import { decide } from "./decide.js";
import type { CompiledFlag } from "./definitions/flag.js";
import type { CompiledSegment } from "./definitions/segment.js";
import type { Trace } from "./explanation.js";
import { isObject, type JsonObject } from "./json.js";
import type { EvaluationContext } from "./model.js";
import { tellSegment } from "./narration.js";
import { EvaluationErrorCode, failure, flagNotFound, type Resolution } from "./resolution.js";
import { BrokenReference, type Run } from "./run.js";
import type { Snapshot } from "./snapshot.js";

const NOTHING: JsonObject = Object.freeze({});
/** Levels of nesting, of conditions and of definitions, that are decided by plain recursion. */
const RECURSION_BUDGET = 400;
/** What entering a flag or a segment costs besides its own conditions. */
const ENTRY_COST = 8;

/** The chain of dependencies is too long for the stack: this one must be settled first, on its own. */
class TooDeep extends Error {
  constructor(readonly dependency: CompiledFlag | CompiledSegment) {
    super();
  }
}

/** The definitions refer to each other in a circle: the whole evaluation fails. */
class CycleMet extends Error {
  override readonly message = "The definitions refer to each other in a circle.";
}

/** One context at one instant over one snapshot; decides any number of flags. */
export class Engine implements Run {
  readonly targetingKey: unknown;
  readonly attributes: JsonObject;
  /** Of flags that depend on others, once they have been decided for another flag. */
  #answers: Map<string, Resolution> | undefined;
  /** Of segments that depend on others. */
  #memberships: Map<string, boolean | BrokenReference> | undefined;
  /** What is being decided, by recursion, right now. */
  #active: Set<CompiledFlag | CompiledSegment> | undefined;
  #depth = 0;

  constructor(
    private readonly snapshot: Snapshot,
    context: EvaluationContext,
    readonly now: number,
    readonly trace: Trace | undefined,
  ) {
    const given: unknown = context;
    const attributes = isObject(given) ? given["attributes"] : undefined;
    this.targetingKey = isObject(given) ? given["targetingKey"] : undefined;
    this.attributes = isObject(attributes) ? attributes : NOTHING;
  }

  /** The answer of a flag asked for. Never throws. */
  resolve(flag: CompiledFlag): Resolution {
    try {
      return flag.findings.isolated ? decide(flag, this) : this.#settle(flag);
    } catch (error) {
      const message = error instanceof Error ? error.message : "The evaluation failed.";
      this.trace?.decide("PREREQUISITE", message);
      return failure(flag.identity, EvaluationErrorCode.GENERAL, message);
    }
  }

  answerOf(flagKey: string): Resolution {
    const flag = this.snapshot.flags.get(flagKey);
    if (flag === undefined) return flagNotFound(flagKey);
    const known = this.#answers?.get(flagKey);
    if (known !== undefined) return known;
    return this.trace === undefined
      ? this.#answer(flag)
      : this.trace.within(flagKey, () => this.#answer(flag));
  }

  isMember(segmentKey: string): boolean {
    const segment = this.snapshot.segments.get(segmentKey);
    if (segment === undefined) {
      throw new BrokenReference(`There is no segment ${JSON.stringify(segmentKey)}.`);
    }
    if (segment.malformed !== undefined) throw new BrokenReference(segment.malformed);
    return segment.findings.isolated ? this.#test(segment) : this.#membership(segment);
  }

  /** A flag asked for, settling first what lies too deep. */
  #settle(flag: CompiledFlag): Resolution {
    const waiting: (CompiledFlag | CompiledSegment)[] = [];
    const { trace } = this;
    for (;;) {
      const told = trace?.steps.length ?? 0;
      const next = waiting.at(-1);
      try {
        if (next === undefined) return this.#decide(flag);
        if ("identity" in next) this.answerOf(next.identity.key);
        else this.#tryMembership(next);
        waiting.pop();
      } catch (error) {
        if (!(error instanceof TooDeep)) throw error;
        if (waiting.includes(error.dependency)) throw new CycleMet();
        trace?.rewind(told);
        waiting.push(error.dependency);
      }
    }
  }

  #answer(flag: CompiledFlag): Resolution {
    if (flag.findings.isolated) return decide(flag, this);
    const resolution = this.#entered(flag, () => this.#decide(flag));
    this.#answers ??= new Map();
    this.#answers.set(flag.identity.key, resolution);
    return resolution;
  }

  #decide(flag: CompiledFlag): Resolution {
    try {
      return decide(flag, this);
    } catch (error) {
      if (!(error instanceof BrokenReference)) throw error;
      this.trace?.decide("SEGMENT", error.message);
      return failure(flag.identity, EvaluationErrorCode.PARSE_ERROR, error.message);
    }
  }

  #membership(segment: CompiledSegment): boolean {
    const known = this.#memberships?.get(segment.key);
    if (known instanceof BrokenReference) throw known;
    if (known !== undefined) return known;
    this.#memberships ??= new Map();
    try {
      const member = this.#entered(segment, () => this.#test(segment));
      this.#memberships.set(segment.key, member);
      return member;
    } catch (error) {
      if (error instanceof BrokenReference) this.#memberships.set(segment.key, error);
      throw error;
    }
  }

  /** Remembers the membership, or why there is none. */
  #tryMembership(segment: CompiledSegment): void {
    try {
      this.#membership(segment);
    } catch (error) {
      if (!(error instanceof BrokenReference)) throw error;
    }
  }

  #test(segment: CompiledSegment): boolean {
    const { trace, targetingKey } = this;
    if (trace === undefined) return this.#belongs(segment);
    const outer = trace.segmentKey;
    trace.segmentKey = segment.key;
    try {
      const member = this.#belongs(segment);
      tellSegment(trace, segment, targetingKey, member);
      return member;
    } finally {
      trace.segmentKey = outer;
    }
  }

  #belongs({ excluded, included, when }: CompiledSegment): boolean {
    if (excluded.has(this.targetingKey)) return false;
    return included.has(this.targetingKey) || (when !== undefined && when(this));
  }

  #entered<T>(dependency: CompiledFlag | CompiledSegment, work: () => T): T {
    const active = (this.#active ??= new Set());
    if (active.has(dependency)) throw new CycleMet();
    const cost = ENTRY_COST + dependency.findings.depth;
    if (this.#depth + cost > RECURSION_BUDGET) throw new TooDeep(dependency);
    active.add(dependency);
    this.#depth += cost;
    try {
      return work();
    } finally {
      active.delete(dependency);
      this.#depth -= cost;
    }
  }
}
