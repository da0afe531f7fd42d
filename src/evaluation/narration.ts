/** The sentences of an explanation. */
import type { CompiledFlag, CompiledTarget } from "./definitions/flag.js";
import type { CompiledSegment } from "./definitions/segment.js";
import type { CompiledSplit } from "./definitions/serve.js";
import type { Trace } from "./explanation.js";
import { show, showAll } from "./json.js";
import type { Resolution, RuleIdentity } from "./resolution.js";

export function tellPrerequisite(
  trace: Trace,
  flag: CompiledFlag,
  flagKey: string,
  variants: ReadonlySet<string | undefined>,
  got: Pick<Resolution, "variant" | "reason">,
  satisfied: boolean,
): void {
  const wanted = showAll([...variants]);
  const answered = `Prerequisite “${flagKey}” answered ${show(got.variant)} (${got.reason}) where ${wanted} is needed`;
  const detail = {
    flagKey,
    variants: [...variants],
    variant: got.variant ?? null,
    reason: got.reason,
    result: satisfied,
  };
  const message = satisfied
    ? `${answered}: satisfied.`
    : `${answered}: failed, so the flag serves ${served(flag.prerequisiteFailed)}.`;
  trace.add("PREREQUISITE", message, detail, !satisfied);
}

export function tellRule(
  trace: Trace,
  rule: RuleIdentity,
  holds: boolean,
  resolution: Resolution | undefined,
): void {
  const name = `Rule “${rule.name ?? rule.id}”`;
  if (resolution !== undefined) {
    trace.decide("CONDITION", `${name} matches and serves ${served(resolution)}.`, { result: true });
    return;
  }
  const last = trace.steps.at(-1);
  const because = last !== undefined && last.ruleId === rule.id ? ` ${last.message}` : "";
  const message = holds
    ? `${name} holds but its split serves nothing here, so it does not match.${because}`
    : `${name} does not match.${because}`;
  trace.add("CONDITION", message, { result: false });
}

export function tellTarget(trace: Trace, target: CompiledTarget, actual: unknown, listed: boolean): void {
  const { attribute, resolution } = target;
  const seen = actual === undefined ? `${attribute} is missing` : `${attribute} is ${show(actual)}`;
  const message = listed
    ? `${seen}, which is targeted to ${served(resolution)}.`
    : `${seen}, which is not among the ${target.values.size} targeted to ${served(resolution)}.`;
  trace.add(
    "TARGET",
    message,
    { attribute, actual: actual ?? null, variant: resolution.variant ?? null, result: listed },
    listed,
  );
}

export function tellSplit(
  trace: Trace,
  split: CompiledSplit,
  value: string,
  bucket: number,
  slot: number,
): void {
  const { bucketing, buckets, bounds, outcomes } = split;
  const input = `${bucketing.seed}:${value}`;
  const [from, to] = [bounds[slot - 1] ?? 0, bounds[slot] ?? buckets];
  const variant = outcomes[slot]?.variant ?? null;
  const holder = variant === null ? "a hole" : `“${variant}”`;
  const message = `“${input}” falls into bucket ${bucket} of ${buckets}; buckets ${from} to ${to - 1} are ${holder}.`;
  trace.add("SPLIT", message, { by: bucketing.by, input, bucket, from, to, of: buckets, variant });
}

/** What an answer serves, in words. */
export function served(resolution: Resolution): string {
  return resolution.variant === undefined ? "no value" : `“${resolution.variant}”`;
}

export function tellSegment(
  trace: Trace,
  segment: CompiledSegment,
  targetingKey: unknown,
  result: boolean,
): void {
  const belongs = result ? "belongs to" : "does not belong to";
  const { excluded, included, when } = segment;
  let because = when === undefined ? "it is not listed" : `its condition is ${result}`;
  if (included.has(targetingKey)) because = "it is listed as included";
  if (excluded.has(targetingKey)) because = "it is listed as excluded";
  const who = targetingKey === undefined || targetingKey === null ? "The context" : show(targetingKey);
  trace.add("SEGMENT", `${who} ${belongs} segment “${segment.key}”: ${because}.`, { result });
}
