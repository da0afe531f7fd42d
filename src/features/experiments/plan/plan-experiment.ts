/** planExperiment: how many units an experiment needs and how long it runs, from given figures or from what was tracked. */
import { badField } from "../../../platform/problems.js";
import { findEnvironment } from "../../environments/index.js";
import { type Caller, permit } from "../../permissions/index.js";
import { findProject } from "../../projects/index.js";
import { findMetric } from "../../tracking/index.js";
import {
  type ExperimentPlan,
  isMeasurable,
  isPossible,
  type KnownBaseline,
  meanOf,
  type PlanSettings,
} from "./plan.js";
import { figuresOf } from "./figures.js";
import { type PlanExperiment, type PlanWishes, readPlan } from "./input.js";
import { pastOf, type PlanTools } from "./past-of-metric.js";
import { summaryOf } from "./summary.js";
import { warningsOf } from "./warnings.js";

/** Needs VIEWER. Throws NOT_FOUND, FORBIDDEN and BAD_USER_INPUT. */
export async function planExperiment(
  tools: PlanTools,
  caller: Caller,
  input: PlanExperiment,
): Promise<ExperimentPlan> {
  const project = await permitPlan(tools, caller, input);
  const wishes = readPlan(input);
  const { baseline, unitsPerDay } = await knownFor(tools, caller, project, wishes);
  const settings = { ...wishes, unitsPerDay: wishes.unitsPerDay ?? unitsPerDay };
  checkEffect(baseline, settings);
  const figures = figuresOf(baseline, settings);
  return { ...figures, summary: summaryOf(figures, settings), warnings: warningsOf(figures) };
}

/** Gives the key of the project. */
async function permitPlan(tools: PlanTools, caller: Caller, input: PlanExperiment): Promise<string> {
  if (input.environment === undefined || input.environment === null) {
    const { key: project } = await findProject(tools, caller, input.project);
    permit(caller, "experiment:read", { project });
    return project;
  }
  const environment = await findEnvironment(tools, caller, input.project, input.environment);
  permit(caller, "experiment:read", { project: environment.project, environment });
  return environment.project;
}

/** Throws BAD_USER_INPUT where past events tell nothing. */
async function knownFor(
  tools: PlanTools,
  caller: Caller,
  project: string,
  { wanted }: PlanWishes,
): Promise<{ readonly baseline: KnownBaseline; readonly unitsPerDay: number | null }> {
  if (wanted.kind === "given")
    return { baseline: { figures: wanted.figures, past: null }, unitsPerDay: null };
  const metric = await findMetric(tools, caller, project, wanted.metric);
  const past = await pastOf(tools, caller, metric, wanted.environment);
  if (typeof past === "string") throw badField("input.metric", past);
  return past;
}

/** Throws BAD_USER_INPUT. */
function checkEffect({ figures }: KnownBaseline, { effect }: PlanSettings): void {
  if (effect === null) return;
  const path = "input.minimumDetectableEffect";
  if (!isPossible(figures, effect)) {
    throw badField(
      path,
      `must leave the rate between 0 and 1, got ${effect} on a rate of ${meanOf(figures)}.`,
    );
  }
  if (!isMeasurable(figures, effect)) {
    throw badField(path, `must be larger for so rare or so varied a baseline, got ${effect}.`);
  }
}
