/** Answers: one flag, or all of them, for one context at one instant. */
import type { CompiledFlag } from "./definitions/flag.js";
import { Engine } from "./engine.js";
import { type Explanation, Trace } from "./explanation.js";
import type { EvaluationContext } from "./model.js";
import { flagNotFound, type Resolution } from "./resolution.js";
import { flagKeys as allKeys, type Snapshot } from "./snapshot.js";

/** Which flags exist for the caller. */
export interface EvaluationOptions {
  /** Flags that are not client-visible do not exist; as prerequisites they work all the same. */
  readonly clientOnly?: boolean;
}

/** Total; never throws. `now` is epoch milliseconds, whole. */
export function evaluate(
  snapshot: Snapshot,
  flagKey: string,
  context: EvaluationContext,
  now: number,
  options?: EvaluationOptions,
): Resolution {
  const flag = find(snapshot, flagKey, options);
  return flag === undefined
    ? flagNotFound(flagKey)
    : new Engine(snapshot, context, now, undefined).resolve(flag);
}

/** The answers of the flags named, in that order; without names, of all flags that exist for the caller, in the order of their keys. */
export function evaluateAll(
  snapshot: Snapshot,
  context: EvaluationContext,
  now: number,
  flagKeys?: readonly string[],
  options?: EvaluationOptions,
): Resolution[] {
  const engine = new Engine(snapshot, context, now, undefined);
  const answers: Resolution[] = [];
  for (const key of flagKeys ?? allKeys(snapshot)) {
    const flag = find(snapshot, key, options);
    if (flag !== undefined) answers.push(engine.resolve(flag));
    else if (flagKeys !== undefined) answers.push(flagNotFound(key));
  }
  return answers;
}

/** The same answer as `evaluate`, and how it came about. */
export function explain(
  snapshot: Snapshot,
  flagKey: string,
  context: EvaluationContext,
  now: number,
  options?: EvaluationOptions,
): Explanation {
  const trace = new Trace();
  trace.flagKey = flagKey;
  const flag = find(snapshot, flagKey, options);
  if (flag === undefined) {
    trace.decide("LOOKUP", "There is no such flag, or it is archived.");
    return { evaluation: flagNotFound(flagKey), steps: trace.steps };
  }
  return { evaluation: new Engine(snapshot, context, now, trace).resolve(flag), steps: trace.steps };
}

function find(
  snapshot: Snapshot,
  key: string,
  options: EvaluationOptions | undefined,
): CompiledFlag | undefined {
  const flag = snapshot.flags.get(key);
  return flag === undefined || (options?.clientOnly === true && !flag.clientVisible) ? undefined : flag;
}
