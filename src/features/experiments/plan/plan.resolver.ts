/** The query `planExperiment`. */
import { Arg, Ctx, Query, Resolver } from "type-graphql";
import type { RequestContext } from "../../permissions/index.js";
import { type ExperimentPlan, type KnownBaseline, meanOf, varianceOf } from "./plan.js";
import { planExperiment } from "./plan-experiment.js";
import type { PlanTools } from "./past-of-metric.js";
import type { PlanBaselineType } from "./baseline.types.js";
import { ExperimentPlanType, PlanExperimentInput } from "./plan.types.js";

@Resolver()
export class PlanResolver {
  @Query(() => ExperimentPlanType, {
    description:
      "How many units an experiment needs and how long it takes, or what it can find in a given time: from given figures, or from what was tracked lately. Nothing is stored. Needs the role VIEWER.",
  })
  async planExperiment(
    @Ctx() { tools, caller }: RequestContext<PlanTools>,
    @Arg("input", () => PlanExperimentInput, { description: "What to plan for." }) input: PlanExperimentInput,
  ): Promise<ExperimentPlanType> {
    return shownAs(await planExperiment(tools, caller, input));
  }
}

function shownAs({ effect, baseline, guardrails, ...plan }: ExperimentPlan): ExperimentPlanType {
  return {
    ...plan,
    minimumDetectableEffect: effect,
    baseline: shownBaseline(baseline),
    guardrails: guardrails.map((guardrail) => ({
      ...guardrail,
      baseline: shownBaseline(guardrail.baseline),
    })),
  };
}

function shownBaseline({ figures, past }: KnownBaseline): PlanBaselineType {
  return {
    source: past?.source ?? "GIVEN",
    rate: figures.kind === "proportion" ? figures.rate : null,
    mean: meanOf(figures),
    standardDeviation: Math.sqrt(varianceOf(figures)),
    units: past?.units ?? null,
    days: past?.days ?? null,
  };
}
