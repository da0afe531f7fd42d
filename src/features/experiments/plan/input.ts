/** Reads what an experiment is to be planned for. */
import { key, list, Mistakes, percent } from "../../../platform/input.js";
import { quote } from "../../../platform/problems.js";
import type { Baseline } from "../../../statistics/index.js";
import type { AnalysisMode } from "../experiment.js";
import type { PlanSettings } from "./plan.js";

/** A rate alone, or a mean with its standard deviation. */
export interface BaselineInput {
  readonly rate?: number | null | undefined;
  readonly mean?: number | null | undefined;
  readonly standardDeviation?: number | null | undefined;
}

/** Either `metric` or `baseline`. */
export interface PlanExperiment {
  readonly project?: string | null | undefined;
  readonly environment?: string | null | undefined;
  readonly metric?: string | null | undefined;
  readonly baseline?: BaselineInput | null | undefined;
  readonly minimumDetectableEffect?: number | null | undefined;
  readonly weeks?: number | null | undefined;
  readonly arms?: number | null | undefined;
  readonly traffic?: number | null | undefined;
  readonly unitsPerDay?: number | null | undefined;
  readonly alpha?: number | null | undefined;
  readonly power?: number | null | undefined;
  readonly mode?: AnalysisMode | null | undefined;
  readonly varianceReduction?: number | null | undefined;
  readonly guardrails?: readonly GuardrailInput[] | null | undefined;
}

/** Either `metric` or `baseline`. */
export interface GuardrailInput {
  readonly metric?: string | null | undefined;
  readonly baseline?: BaselineInput | null | undefined;
  readonly margin: number;
}

/** Where the baseline is to come from: as given, or from what was tracked for a metric in an environment. */
export type WantedBaseline =
  | { readonly kind: "given"; readonly figures: Baseline }
  | { readonly kind: "past"; readonly metric: string; readonly environment: string };

export interface PlanWishes extends PlanSettings {
  readonly wanted: WantedBaseline;
  readonly guardrails: readonly { readonly wanted: WantedBaseline; readonly margin: number }[];
}

interface Bounds {
  readonly least: number;
  readonly most: number;
}

const effects: Bounds = { least: 0.0001, most: 100 };
const means: Bounds = { least: 1e-9, most: 2 ** 53 };
const perDay: Bounds = { least: 1, most: 1e9 };

/** Throws BAD_USER_INPUT. */
export function readPlan(input: PlanExperiment): PlanWishes {
  const mistakes = new Mistakes();
  const number = (name: keyof PlanExperiment, value: number | null | undefined, bounds: Bounds) =>
    value === undefined || value === null ? null : numberWithin(`input.${name}`, value, bounds, mistakes);
  const effect = readEffect(input.minimumDetectableEffect, mistakes);
  const weeks = number("weeks", input.weeks, { least: 1, most: 52 });
  if (effect !== null && weeks !== null) {
    mistakes.add(
      "input.weeks",
      "is for plans without minimumDetectableEffect: with one, the weeks are what is worked out.",
    );
  }
  const settings = {
    ...{ effect, weeks: weeks ?? 4 },
    arms: number("arms", input.arms, { least: 2, most: 10 }) ?? 2,
    traffic: readTraffic(input.traffic, mistakes),
    unitsPerDay: number("unitsPerDay", input.unitsPerDay, perDay),
    alpha: number("alpha", input.alpha, { least: 0.001, most: 0.2 }) ?? 0.05,
    power: number("power", input.power, { least: 0.5, most: 0.99 }) ?? 0.8,
    mode: input.mode ?? "ANYTIME",
    varianceReduction: number("varianceReduction", input.varianceReduction, { least: 0, most: 0.95 }) ?? 0,
    wanted: readWanted("input", input, input.environment, mistakes),
    guardrails: readGuardrails(input, mistakes),
  };
  if (settings.wanted.kind === "given" && effect === null && settings.unitsPerDay === null) {
    mistakes.add("input.unitsPerDay", "must be given with a baseline and without minimumDetectableEffect.");
  }
  mistakes.throwIfAny();
  return settings;
}

function readGuardrails({ guardrails, environment }: PlanExperiment, mistakes: Mistakes) {
  const given = list("input.guardrails", guardrails ?? [], mistakes, { max: 10 });
  return given.map(({ margin, ...source }, index) => {
    const path = `input.guardrails[${index}]`;
    return {
      wanted: readWanted(path, source, environment, mistakes),
      margin: numberWithin(`${path}.margin`, margin, { least: effects.least, most: 1 }, mistakes),
    };
  });
}

function readWanted(
  path: string,
  { metric, baseline }: Omit<GuardrailInput, "margin">,
  environment: string | null | undefined,
  mistakes: Mistakes,
): WantedBaseline {
  const hasBaseline = baseline !== undefined && baseline !== null;
  if (metric === undefined || metric === null) {
    if (!hasBaseline)
      mistakes.add(`${path}.baseline`, "must be given, or a metric whose past events tell it.");
    return { kind: "given", figures: readBaseline(`${path}.baseline`, baseline ?? { rate: 0.5 }, mistakes) };
  }
  if (hasBaseline)
    mistakes.add(`${path}.baseline`, "must be absent where a metric is given, whose past events tell it.");
  if (environment === undefined || environment === null) {
    mistakes.add("input.environment", "must be given with a metric: it says where the past events are.");
  }
  return { kind: "past", metric: key(`${path}.metric`, metric, mistakes), environment: environment ?? "" };
}

/** A rate has the variance of its kind; a mean needs its own. */
function readBaseline(
  path: string,
  { rate, mean, standardDeviation }: BaselineInput,
  mistakes: Mistakes,
): Baseline {
  if (rate !== undefined && rate !== null) {
    if ((mean ?? standardDeviation ?? null) !== null) {
      mistakes.add(path, "must be a rate alone, or a mean with its standardDeviation.");
    }
    const bounds = { least: 1e-6, most: 1 - 1e-6 };
    return { kind: "proportion", rate: numberWithin(`${path}.rate`, rate, bounds, mistakes) };
  }
  return {
    kind: "mean",
    mean: readMean(`${path}.mean`, mean, mistakes),
    variance: readRequired(`${path}.standardDeviation`, standardDeviation, means, mistakes) ** 2,
  };
}

function readMean(path: string, value: number | null | undefined, mistakes: Mistakes): number {
  const size = readRequired(
    path,
    value === undefined || value === null ? value : Math.abs(value),
    means,
    mistakes,
  );
  return Math.sign(value ?? 1) * size;
}

function readRequired(
  path: string,
  value: number | null | undefined,
  bounds: Bounds,
  mistakes: Mistakes,
): number {
  if (value !== undefined && value !== null) return numberWithin(path, value, bounds, mistakes);
  mistakes.add(path, `must be given where there is no rate, got ${quote(value)}.`);
  return bounds.least;
}

function readEffect(value: number | null | undefined, mistakes: Mistakes): number | null {
  if (value === undefined || value === null) return null;
  const { least, most } = effects;
  if (value > -1 && Math.abs(value) >= least && value <= most) return value;
  mistakes.add(
    "input.minimumDetectableEffect",
    `must be a share such as 0.05 for 5 %, above -1, at most ${most} and not within ${least} of 0, got ${value}.`,
  );
  return least;
}

function readTraffic(value: number | null | undefined, mistakes: Mistakes): number {
  if (value === undefined || value === null) return 100;
  if (value === 0) mistakes.add("input.traffic", "must be above 0, got 0.");
  return percent("input.traffic", value, mistakes);
}

function numberWithin(path: string, value: number, { least, most }: Bounds, mistakes: Mistakes): number {
  if (value >= least && value <= most) return value;
  mistakes.add(path, `must be between ${least} and ${most}, got ${value}.`);
  return least;
}
