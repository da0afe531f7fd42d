/** The order in which a flag decides: what comes first and applies, wins. */
import { TARGETING_KEY } from "./attributes.js";
import type { CompiledFlag, CompiledRule, CompiledServe } from "./definitions/flag.js";
import type { CompiledSplit } from "./definitions/serve.js";
import { served, tellPrerequisite, tellRule, tellSplit, tellTarget } from "./narration.js";
import {
  answer,
  EvaluationErrorCode,
  EvaluationReason,
  failure,
  type FlagIdentity,
  type Resolution,
  type RuleIdentity,
} from "./resolution.js";
import type { Run } from "./run.js";

/** What the flag answers the subject of the run. Throws what `Run` throws. */
export function decide(flag: CompiledFlag, run: Run): Resolution {
  const { trace } = run;
  if (flag.malformed !== undefined) {
    trace?.decide("LOOKUP", flag.malformed.errorMessage ?? "");
    return flag.malformed;
  }
  trace?.add("LOOKUP", `Flag “${flag.identity.key}” exists.`, { version: flag.identity.version ?? null });
  if (!flag.enabled) {
    trace?.decide("ENABLED", `The flag is off, so it serves ${served(flag.disabled)}.`);
    return flag.disabled;
  }
  trace?.add("ENABLED", "The flag is on.");
  return (
    failPrerequisite(flag, run) ?? matchTarget(flag, run) ?? matchRule(flag, run) ?? fallThrough(flag, run)
  );
}

const UNSATISFYING: ReadonlySet<EvaluationReason> = new Set([
  EvaluationReason.DISABLED,
  EvaluationReason.PREREQUISITE_FAILED,
  EvaluationReason.ERROR,
]);

function failPrerequisite(flag: CompiledFlag, run: Run): Resolution | undefined {
  for (const { flagKey, variants } of flag.prerequisites) {
    const { variant, reason } = run.answerOf(flagKey);
    const satisfied = variants.has(variant) && !UNSATISFYING.has(reason);
    if (run.trace !== undefined) {
      tellPrerequisite(run.trace, flag, flagKey, variants, { variant, reason }, satisfied);
    }
    if (!satisfied) return flag.prerequisiteFailed;
  }
  return undefined;
}

function matchTarget(flag: CompiledFlag, run: Run): Resolution | undefined {
  for (const target of flag.targets) {
    const actual = target.read(run);
    const listed = Array.isArray(actual)
      ? actual.some((item) => target.values.has(item))
      : target.values.has(actual);
    if (run.trace !== undefined) tellTarget(run.trace, target, actual, listed);
    if (listed) return target.resolution;
  }
  return undefined;
}

function matchRule(flag: CompiledFlag, run: Run): Resolution | undefined {
  const { rules, ruleIndex } = flag;
  for (const rule of ruleIndex === undefined || run.trace !== undefined ? rules : ruleIndex(run)) {
    if (run.trace !== undefined) run.trace.ruleId = rule.identity.id;
    const resolution = applyRule(flag, rule, run);
    if (run.trace !== undefined) run.trace.ruleId = undefined;
    if (resolution !== undefined) return resolution;
  }
  return undefined;
}

function applyRule(flag: CompiledFlag, rule: CompiledRule, run: Run): Resolution | undefined {
  const holds = rule.when === undefined || rule.when(run);
  const resolution = holds ? serve(flag.identity, rule.serve, rule.identity, run) : undefined;
  if (run.trace !== undefined) tellRule(run.trace, rule.identity, holds, resolution);
  return resolution;
}

function fallThrough(flag: CompiledFlag, run: Run): Resolution {
  const { fixed, split } = flag.fallthrough;
  if (fixed !== undefined) {
    run.trace?.decide("FALLTHROUGH", `Nothing else applied, so the flag serves ${served(fixed)}.`);
    return fixed;
  }
  const resolution =
    serve(flag.identity, flag.fallthrough, undefined, run) ?? unsplittable(flag.identity, split);
  run.trace?.decide(
    "FALLTHROUGH",
    resolution.errorMessage ?? `Nothing else applied, so the split serves ${served(resolution)}.`,
  );
  return resolution;
}

/** Undefined when a split has no attribute to go by, or lands in a hole. */
function serve(
  flag: FlagIdentity,
  what: CompiledServe,
  rule: RuleIdentity | undefined,
  run: Run,
): Resolution | undefined {
  if (what.fixed !== undefined) return what.fixed;
  const { split, experiment } = what;
  const { bucketing, buckets, bounds, outcomes } = split;
  const value = bucketing.value(run);
  if (value === undefined) {
    run.trace?.add("SPLIT", `${bucketing.by.join(" and ")} is missing, so the split cannot choose.`, {
      by: bucketing.by,
    });
    return undefined;
  }
  const bucket = bucketing.bucket(value, buckets);
  const slot = slotOf(bucket, bounds);
  const outcome = outcomes[slot];
  if (run.trace !== undefined) tellSplit(run.trace, split, value, bucket, slot);
  return outcome === undefined
    ? undefined
    : answer(flag, EvaluationReason.SPLIT, outcome, rule, bucket, experiment);
}

/** The first slot whose bound lies beyond the bucket. */
function slotOf(bucket: number, bounds: readonly number[]): number {
  let low = 0;
  let high = bounds.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bucket < (bounds[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}

function unsplittable(flag: FlagIdentity, split: CompiledSplit | undefined): Resolution {
  const by = split?.bucketing.by ?? [];
  const code = by.includes(TARGETING_KEY)
    ? EvaluationErrorCode.TARGETING_KEY_MISSING
    : EvaluationErrorCode.INVALID_CONTEXT;
  return failure(
    flag,
    code,
    `The split needs ${by.join(" or ")} in the context, as a string, a number or a boolean.`,
  );
}
