/** Reads what people set when they start a guarded rollout. */
import { isKey, key as readKey, list, type Mistakes, percent, text } from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import { readAttribute } from "../experiments/index.js";
import { readCondition, type WrittenCondition } from "../segments/index.js";
import type { Guardrail, Hold, Plan, Step } from "./rollout.js";

interface WrittenHold {
  readonly hours?: number | null | undefined;
  readonly units?: number | null | undefined;
  readonly approval?: boolean | null | undefined;
}

interface WrittenStep {
  readonly percent: number;
  readonly hold?: WrittenHold | null | undefined;
}

interface WrittenGuardrail {
  readonly metric: string;
  readonly margin?: number | null | undefined;
}

/** What is set, as people write it. */
export interface RolloutInput {
  readonly flagKey: string;
  readonly variant: string;
  readonly baseline?: string | null | undefined;
  readonly key?: string | null | undefined;
  readonly steps: readonly WrittenStep[];
  readonly guardrails: readonly WrittenGuardrail[];
  readonly attribute?: string | null | undefined;
  readonly audience?: WrittenCondition | null | undefined;
}

/** What was read; the flag says whether it has such variants, and which baseline there is where none is named. */
export type ReadRollout = Omit<Plan, "project" | "environment" | "baseline"> & {
  readonly baseline: string | null;
};

export const maxSteps = 20;
export const maxGuardrails = 10;
export const maxHours = 8_760; // a year
export const maxUnits = 1_000_000_000;

/** Adds a mistake for whatever is wrong by itself. What it gives means nothing once there are mistakes. */
export function readRollout(input: RolloutInput, mistakes: Mistakes): ReadRollout {
  const { flagKey, variant, baseline, key, steps, guardrails, attribute, audience } = input;
  if (baseline === variant) {
    mistakes.add(
      "input.baseline",
      `must be another variant than the one that is rolled out, ${quote(variant)}.`,
    );
  }
  return {
    flag: flagKey,
    key: key === undefined || key === null ? flagKey : readKey("input.key", key, mistakes),
    variant: text("input.variant", variant, mistakes, { min: 1, max: 128 }),
    baseline: baseline ?? null,
    attribute: readAttribute("input.attribute", attribute ?? "targetingKey", mistakes),
    audience: readAudience(audience ?? null, mistakes),
    steps: readSteps(steps, mistakes),
    guardrails: readGuardrails(guardrails, mistakes),
  };
}

function readAudience(audience: WrittenCondition | null, mistakes: Mistakes): Plan["audience"] {
  if (audience === null) return null;
  const condition = readCondition("input.audience", audience, mistakes);
  return "all" in condition && condition.all.length === 0 ? null : condition;
}

function readSteps(written: readonly WrittenStep[], mistakes: Mistakes): Step[] {
  const steps = list("input.steps", written, mistakes, { min: 2, max: maxSteps });
  return steps.map((step, index) => {
    const path = `input.steps[${index}]`;
    const isLast = index === steps.length - 1;
    const share = percent(`${path}.percent`, step.percent, mistakes);
    const former = steps[index - 1]?.percent ?? 0;
    if (step.percent <= former) {
      const what = index === 0 ? "must be above 0" : `must be above that of the step before, ${former}`;
      mistakes.add(`${path}.percent`, `${what}, got ${step.percent}.`);
    } else if (isLast !== (step.percent === 100)) {
      const what = isLast
        ? "must be 100, with which the rollout ends"
        : "must be below 100, with which it ends";
      mistakes.add(`${path}.percent`, `${what}, got ${step.percent}.`);
    }
    if (!isLast) return { percent: share, hold: readHold(`${path}.hold`, step.hold ?? {}, mistakes) };
    if (step.hold) mistakes.add(`${path}.hold`, "must be left out: the rollout ends with its last step.");
    return { percent: share, hold: null };
  });
}

function readHold(path: string, written: WrittenHold, mistakes: Mistakes): Hold {
  const { hours = null, units = null } = written;
  const approval = written.approval ?? false;
  if (hours !== null && !(hours > 0 && hours <= maxHours)) {
    mistakes.add(`${path}.hours`, `must be above 0 and at most ${maxHours}, got ${hours}.`);
  }
  if (units !== null && !(units >= 1 && units <= maxUnits)) {
    mistakes.add(`${path}.units`, `must be between 1 and ${maxUnits}, got ${units}.`);
  }
  if (hours === null && units === null && !approval) {
    mistakes.add(path, "must say what the next step waits for: hours, units, approval or some of them.");
  }
  return { hours, units, approval };
}

function readGuardrails(written: readonly WrittenGuardrail[], mistakes: Mistakes): Guardrail[] {
  const guardrails = list("input.guardrails", written, mistakes, { min: 1, max: maxGuardrails });
  return guardrails.map(({ metric, margin = null }, index) => {
    const path = `input.guardrails[${index}]`;
    if (!isKey(metric)) mistakes.add(`${path}.metric`, `must be the key of a metric, got ${quote(metric)}.`);
    if (guardrails.findIndex((other) => other.metric === metric) < index) {
      mistakes.add(`${path}.metric`, `must be in the list once, got ${quote(metric)} twice.`);
    }
    if (margin !== null && !(margin > 0 && margin <= 1)) {
      mistakes.add(`${path}.margin`, `must be above 0 and at most 1, got ${margin}.`);
    }
    return { metric, margin, plannedVariance: null };
  });
}
