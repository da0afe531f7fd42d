/** Reads what people set on an experiment, and checks that it makes sense as a whole. */
import { GRID, percentToWeight, weightToPercent } from "../../evaluation/index.js";
import {
  dateTime,
  isKey,
  key as readKey,
  list,
  type Mistakes,
  name,
  optionalText,
  percent,
  text,
} from "../../platform/input.js";
import { quote } from "../../platform/problems.js";
import { readCondition, type WrittenCondition } from "../segments/index.js";
import type {
  AnalysisMode,
  Arm,
  ExperimentMetric,
  ExperimentSettings,
  LayerShare,
  MetricRole,
} from "./experiment.js";
import { slotsAt } from "./experiment-rule.js";

interface WrittenMetric {
  readonly metric: string;
  readonly role: MetricRole;
  readonly margin?: number | null | undefined;
}

interface WrittenShare {
  readonly layer: string;
  readonly fromPercent: number;
  readonly toPercent: number;
}

/** What is set, as people write it; absent is unchanged, or the default. */
export interface ExperimentInput {
  readonly name?: string | null | undefined;
  readonly hypothesis?: string | null | undefined;
  readonly audience?: WrittenCondition | null | undefined;
  readonly attribute?: string | null | undefined;
  readonly control?: string | null | undefined;
  readonly arms?: readonly { readonly variant: string; readonly percent: number }[] | null | undefined;
  readonly traffic?: number | null | undefined;
  readonly layer?: WrittenShare | null | undefined;
  readonly metrics?: readonly WrittenMetric[] | null | undefined;
  readonly mode?: AnalysisMode | null | undefined;
  readonly alpha?: number | null | undefined;
  readonly minimumEffect?: number | null | undefined;
  readonly plannedUnits?: number | null | undefined;
  /** RFC 3339. */
  readonly startsAt?: string | null | undefined;
  /** RFC 3339. */
  readonly endsAt?: string | null | undefined;
  readonly minimumRuntimeDays?: number | null | undefined;
  readonly promotesAutomatically?: boolean | null | undefined;
  readonly rollsBackAutomatically?: boolean | null | undefined;
  readonly optimises?: boolean | null | undefined;
  readonly adjustsForPast?: boolean | null | undefined;
  readonly slices?: readonly string[] | null | undefined;
}

export const maxHypothesisLength = 4_000;
export const maxArms = 10;
export const maxMetrics = 30;
export const maxSlices = 5;
export const maxRuntimeDays = 365;
export const mostPlannedUnits = 1_000_000_000;
const maxAttributeLength = 200;
const clock = "request.time";

type Reader<Name extends keyof ExperimentSettings> = (
  path: string,
  value: NonNullable<ExperimentInput[Name]>,
  mistakes: Mistakes,
) => ExperimentSettings[Name];

/** How each member is read where it is neither absent nor null. */
const readers: { readonly [Name in keyof ExperimentSettings]: Reader<Name> } = {
  name,
  hypothesis: (path, value, mistakes) => optionalText(path, value, mistakes, maxHypothesisLength),
  audience: readAudience,
  attribute: readAttribute,
  control: (path, value, mistakes) => text(path, value, mistakes, { min: 1, max: 128 }),
  arms: readArms,
  traffic: readTraffic,
  layer: readShare,
  metrics: readMetrics,
  mode: (_path, value) => value,
  alpha: within(0.001, 0.2),
  minimumEffect: within(0, 10),
  plannedUnits: within(100, mostPlannedUnits),
  startsAt: readMoment,
  endsAt: readMoment,
  minimumRuntimeDays: within(0, maxRuntimeDays),
  promotesAutomatically: (_path, value) => value,
  rollsBackAutomatically: (_path, value) => value,
  optimises: (_path, value) => value,
  adjustsForPast: (_path, value) => value,
  slices: readSlices,
};

const settingNames = Object.keys(readers) as readonly (keyof ExperimentSettings)[];
const clearable: ReadonlySet<keyof ExperimentSettings> = new Set([
  ...(["hypothesis", "audience", "layer", "startsAt", "endsAt"] as const),
]);

/** What was given; what is absent is left out. What it gives means nothing once there are mistakes. */
export function readSettings(
  path: string,
  input: ExperimentInput,
  mistakes: Mistakes,
): Partial<ExperimentSettings> {
  const read = settingNames.flatMap((member) => {
    if (input[member] === undefined) return [];
    return [[member, readMember(`${path}.${member}`, member, input, mistakes)]];
  });
  const settings = Object.fromEntries(read) as Partial<ExperimentSettings>;
  checkAutomation(path, settings, mistakes);
  return settings;
}

/** Adds a mistake where a promotion is asked for that never comes. */
function checkAutomation(
  path: string,
  { promotesAutomatically, optimises }: Partial<ExperimentSettings>,
  mistakes: Mistakes,
): void {
  if (promotesAutomatically !== true || optimises !== true) return;
  const why = "must be false where `optimises` is true: nothing is promoted by itself while shares move.";
  mistakes.add(`${path}.promotesAutomatically`, why);
}

function readMember<Name extends keyof ExperimentSettings>(
  path: string,
  member: Name,
  input: ExperimentInput,
  mistakes: Mistakes,
): ExperimentSettings[Name] | null {
  const value = input[member];
  const read: Reader<Name> = readers[member];
  if (value !== null && value !== undefined) return read(path, value, mistakes);
  if (!clearable.has(member)) mistakes.add(path, "must not be null.");
  return null;
}

/** Of what is new, null means what absence means. */
export function withoutNulls(input: ExperimentInput): ExperimentInput {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null));
}

function readAudience(path: string, value: WrittenCondition, mistakes: Mistakes) {
  const condition = readCondition(path, value, mistakes);
  return "all" in condition && condition.all.length === 0 ? null : condition;
}

/** A path that values can be told apart by. */
export function readAttribute(path: string, value: string, mistakes: Mistakes): string {
  if (value === clock) mistakes.add(path, `must be another attribute than the clock, ${clock}.`);
  return text(path, value, mistakes, { min: 1, max: maxAttributeLength });
}

function readArms(path: string, value: NonNullable<ExperimentInput["arms"]>, mistakes: Mistakes): Arm[] {
  const before = mistakes.count;
  const arms = list(path, value, mistakes, { min: 2, max: maxArms }).map((arm, index) => ({
    variant: text(`${path}[${index}].variant`, arm.variant, mistakes, { min: 1, max: 128 }),
    weight: percentToWeight(percent(`${path}[${index}].percent`, arm.percent, mistakes)) ?? 0,
  }));
  if (mistakes.count > before) return arms;
  for (const [index, { variant, weight }] of arms.entries()) {
    if (weight === 0) mistakes.add(`${path}[${index}].percent`, "must be above 0, got 0.");
    if (arms.findIndex((arm) => arm.variant === variant) < index)
      mistakes.add(`${path}[${index}].variant`, `must be in one arm, got ${quote(variant)} twice.`);
  }
  const sum = arms.reduce((total, { weight }) => total + weight, 0);
  if (sum !== GRID) mistakes.add(path, `must sum to 100, got ${weightToPercent(sum)}.`);
  return arms;
}

/** Above 0, at most 100. */
export function readTraffic(path: string, value: number, mistakes: Mistakes): number {
  const traffic = percent(path, value, mistakes);
  if (value === 0) mistakes.add(path, "must be above 0, got 0.");
  return traffic;
}

function readShare(path: string, value: WrittenShare, mistakes: Mistakes): LayerShare {
  const layer = readKey(`${path}.layer`, value.layer, mistakes);
  const low = percentToWeight(percent(`${path}.fromPercent`, value.fromPercent, mistakes)) ?? 0;
  const high = percentToWeight(percent(`${path}.toPercent`, value.toPercent, mistakes)) ?? 0;
  if (low >= high) {
    mistakes.add(
      `${path}.toPercent`,
      `must be above fromPercent (${value.fromPercent}), got ${value.toPercent}.`,
    );
  }
  return { layer, low, high };
}

function readMetrics(path: string, value: readonly WrittenMetric[], mistakes: Mistakes): ExperimentMetric[] {
  const metrics = list(path, value, mistakes, { min: 1, max: maxMetrics });
  return metrics.map(({ metric, role, margin = null }, index) => {
    const own = `${path}[${index}]`;
    if (!isKey(metric)) mistakes.add(`${own}.metric`, `must be the key of a metric, got ${quote(metric)}.`);
    if (metrics.findIndex((other) => other.metric === metric) < index) {
      mistakes.add(`${own}.metric`, `must be in the list once, got ${quote(metric)} twice.`);
    }
    if (role === "GUARDRAIL" && !(margin !== null && margin > 0 && margin <= 1)) {
      mistakes.add(`${own}.margin`, `must be above 0 and at most 1 for a GUARDRAIL, got ${quote(margin)}.`);
    }
    if (role !== "GUARDRAIL" && margin !== null) {
      mistakes.add(`${own}.margin`, `is for a GUARDRAIL, got ${margin} for a ${role}.`);
    }
    return { metric, role, margin };
  });
}

function within(low: number, high: number) {
  return (path: string, value: number, mistakes: Mistakes): number => {
    if (value >= low && value <= high) return value;
    mistakes.add(path, `must be between ${low} and ${high}, got ${value}.`);
    return low;
  };
}

function readMoment(path: string, value: string, mistakes: Mistakes): Date {
  return new Date(dateTime(path, value, mistakes));
}

function readSlices(path: string, value: readonly string[], mistakes: Mistakes): readonly string[] {
  const slices = list(path, value, mistakes, { max: maxSlices });
  for (const [index, slice] of slices.entries()) {
    readAttribute(`${path}[${index}]`, slice, mistakes);
    if (slices.indexOf(slice) < index) mistakes.add(`${path}[${index}]`, `is named twice: ${quote(slice)}.`);
  }
  return slices;
}

/** Adds a mistake for whatever does not go together. */
export function checkSettings(settings: ExperimentSettings, mistakes: Mistakes): void {
  const { arms, control, metrics, traffic, startsAt, endsAt, mode } = settings;
  if (!arms.some(({ variant }) => variant === control)) {
    const variants = arms.map(({ variant }) => variant).join(", ");
    mistakes.add("input.control", `must be one of the arms (${variants}), got ${quote(control)}.`);
  }
  const slots = slotsAt(arms, traffic);
  if (!arms.every(({ variant }) => slots.some((slot) => slot.variant === variant))) {
    mistakes.add("input.traffic", `must leave each arm 0.001 % of those who qualify, got ${traffic}.`);
  }
  if (!metrics.some(({ role }) => role === "PRIMARY"))
    mistakes.add("input.metrics", "must have one with the role PRIMARY.");
  if (startsAt !== null && endsAt !== null && endsAt <= startsAt) {
    mistakes.add("input.endsAt", `must be after startsAt, got ${endsAt.toISOString()}.`);
  }
  for (const automatic of ["promotesAutomatically", "optimises"] as const) {
    if (settings[automatic] && mode !== "ANYTIME")
      mistakes.add(`input.${automatic}`, `needs the mode ANYTIME, got ${mode}.`);
  }
  if (settings.optimises && endsAt === null) {
    const why = "what shares that move have shown is judged once, at the end.";
    mistakes.add("input.endsAt", `must be set where \`optimises\` is true: ${why}`);
  }
  checkAutomation("input", settings, mistakes);
  if (settings.rollsBackAutomatically && !metrics.some(({ role }) => role === "GUARDRAIL")) {
    mistakes.add("input.rollsBackAutomatically", "needs a metric with the role GUARDRAIL.");
  }
}
