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
import type { KnownGuardrail } from "./guardrail.js";
import { type PlanExperiment, readPlan, type WantedBaseline } from "./input.js";
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
  const known = async (path: string, wanted: WantedBaseline) =>
    knownFor(tools, caller, { project, path, wanted });
  const { baseline, unitsPerDay } = await known("input", wishes.wanted);
  const settings = { ...wishes, unitsPerDay: wishes.unitsPerDay ?? unitsPerDay };
  checkEffect(baseline, settings);
  const guardrails: KnownGuardrail[] = [];
  for (const [index, { wanted, margin }] of wishes.guardrails.entries()) {
    const path = `input.guardrails[${index}]`;
    const found = await known(path, wanted);
    checkMargin(path, found.baseline, margin);
    guardrails.push({ ...found, margin });
  }
  const figures = figuresOf(baseline, settings, guardrails);
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

interface Known extends Omit<KnownGuardrail, "margin"> {
  readonly unitsPerDay: number | null;
}

/** Throws BAD_USER_INPUT where past events tell nothing. */
async function knownFor(
  tools: PlanTools,
  caller: Caller,
  { project, path, wanted }: { project: string; path: string; wanted: WantedBaseline },
): Promise<Known> {
  if (wanted.kind === "given") {
    const baseline = { figures: wanted.figures, past: null };
    return { baseline, unitsPerDay: null, metric: null, direction: null };
  }
  const metric = await findMetric(tools, caller, project, wanted.metric);
  const past = await pastOf(tools, caller, metric, wanted.environment);
  if (typeof past === "string") throw badField(`${path}.metric`, past);
  return { ...past, metric: metric.key, direction: metric.direction };
}

/** Throws BAD_USER_INPUT. */
function checkMargin(path: string, { figures }: KnownBaseline, margin: number): void {
  if (isMeasurable(figures, margin)) return;
  throw badField(`${path}.margin`, `must be larger for so rare or so varied a baseline, got ${margin}.`);
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
