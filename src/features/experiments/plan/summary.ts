/** A plan in a plain sentence. Pure. */
import type { AnalysisMode } from "../experiment.js";
import { inNumbers, inPercent, plural } from "../numbers.js";
import { mostDemanding, nameOf } from "./guardrail.js";
import type { KnownBaseline, PlanFigures, PlanSettings } from "./plan.js";

const looks: Readonly<Record<AnalysisMode, string>> = {
  ANYTIME: "with results that may be looked at whenever you like",
  GROUP_SEQUENTIAL: "with results that may be looked at now and then until the end",
  FIXED_HORIZON: "with results that are looked at once, at the end",
};

export function summaryOf(figures: PlanFigures, settings: PlanSettings): string {
  return settings.effect === null ? byTime(figures, settings) : byEffect(figures, settings, settings.effect);
}

function byEffect(figures: PlanFigures, settings: PlanSettings, effect: number): string {
  const { unitsPerArm, unitsInTotal, baseline } = figures;
  const { arms, mode } = settings;
  const found = `To find a change by ${inPercent(effect)} of ${described(baseline)} ${oftenEnough(settings)}`;
  const needed = `each of ${arms} arms needs ${plural(unitsPerArm, "unit")}, ${inNumbers(unitsInTotal)} in total, ${looks[mode]}`;
  return `${found}, ${needed}${duration(figures, settings)}.${guardrailOf(figures)}`;
}

function guardrailOf({ guardrails, unitsPerArm }: PlanFigures): string {
  const most = mostDemanding(guardrails);
  if (most === null || most.unitsPerArm < unitsPerArm) return "";
  return ` ${nameOf(most, guardrails)} needs that many, to be proven not to be worse by ${inPercent(most.margin)}.`;
}

function duration({ durationDays, durationWeeks }: PlanFigures, settings: PlanSettings): string {
  if (durationDays === null || durationWeeks === null) return "";
  const weeks = `${inNumbers(durationWeeks)} whole week${durationWeeks === 1 ? "" : "s"}`;
  return `; ${perDay(settings)} that takes ${plural(durationDays, "day")}, so let it run for ${weeks}`;
}

function byTime({ effect, unitsPerArm, baseline }: PlanFigures, settings: PlanSettings): string {
  const { arms, weeks, mode } = settings;
  const time = `After ${plural(weeks, "week")} ${perDay(settings)} each of ${arms} arms has ${plural(unitsPerArm, "unit")}, which`;
  if (effect === null) return `${time} are too few to find any change of ${described(baseline)}.`;
  return `${time} is enough to find a change by ${inPercent(effect)} or more of ${described(baseline)} ${oftenEnough(settings)}, ${looks[mode]}.`;
}

function perDay({ unitsPerDay, traffic }: PlanSettings): string {
  const share = traffic === 100 ? "" : `, of which ${inNumbers(traffic)} % take part`;
  return `at ${plural(unitsPerDay ?? 0, "unit")} a day${share}${share === "" ? "" : ","}`;
}

function described({ figures }: KnownBaseline): string {
  if (figures.kind === "proportion") return `a rate of ${inPercent(figures.rate)}`;
  return `a mean of ${inNumbers(figures.mean)} (standard deviation ${inNumbers(Math.sqrt(figures.variance))})`;
}

function oftenEnough({ power, alpha, arms }: PlanSettings): string {
  const all = arms > 2 ? " over all arms" : "";
  return `in ${inPercent(power)} of the cases where there is one, at an error of ${inPercent(alpha)}${all}`;
}
