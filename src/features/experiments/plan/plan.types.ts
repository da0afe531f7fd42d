/** GraphQL shapes of plans for experiments. */
import { Field, Float, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { AnalysisMode } from "../analysis-mode.types.js";
import { PlanBaselineInput, PlanBaselineType } from "./baseline.types.js";
import { PlanGuardrailInput, PlanGuardrailType } from "./guardrail.types.js";
import { PlanWarningKind } from "./plan.js";

registerEnumType(PlanWarningKind, {
  name: "PlanWarningKind",
  description: "What speaks against a plan, or against trusting it.",
  valuesConfig: {
    FEW_OUTCOMES: {
      description:
        "Fewer than 30 units of an arm are expected to do what is measured: nothing is decided on so few.",
    },
    LONG: { description: "It takes more than 12 weeks." },
    NOTHING_DETECTABLE: { description: "So few units show no effect, however large." },
    ONLY_THOSE_WHO_DID: {
      description:
        "Only units that did what is measured are known of, so that the share of the others is missing from the baseline.",
    },
    GUARDRAIL_UNPROVEN: {
      description:
        "There are fewer units than a guardrail needs: even where it stays as it is, that it does is not proven as often as wanted, and nothing is promoted without.",
    },
    SHORT_PAST: { description: "The baseline is from fewer than 7 days, or from fewer than 100 units." },
  },
});

@InputType({
  description:
    "What an experiment is to be planned for. Either `baseline`, or a `metric` that was tracked in the last 28 days.",
})
export class PlanExperimentInput {
  @Field(() => String, {
    nullable: true,
    description:
      "Key of the metric that decides. What one unit has of it, up to its cap and in its attribution window, is worked out from the events of the last 28 days in `environment`: " +
      "over all units that were exposed to an experiment or a guarded rollout there, where there are 100 of them, or else for which anything was tracked; those without an event of the metric with 0. A MEAN or RATIO is always taken from the latter. Of very many events a share of the units is looked at.",
  })
  metric?: string | null;

  @Field(() => PlanBaselineInput, {
    nullable: true,
    description: "What the metric is like without the change, where no past events tell it.",
  })
  baseline?: PlanBaselineInput | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "The smallest change worth finding, as a share of the baseline: 0.05 for a rise by 5 %, -0.1 for a fall by 10 %. null and absent: the plan says what can be found in `weeks`.",
  })
  minimumDetectableEffect?: number | null;

  @Field(() => [PlanGuardrailInput], {
    nullable: true,
    description:
      "Metrics that must not get worse, at most 10: what is to be promoted by itself waits for the proof of each.",
  })
  guardrails?: readonly PlanGuardrailInput[] | null;

  @Field(() => Int, {
    nullable: true,
    description: "Without `minimumDetectableEffect`: how long it is to run, 1 to 52 weeks; 4 when absent.",
  })
  weeks?: number | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "How many variants are compared, the control among them: 2 to 10; 2 when absent. They have equal shares; the error is shared out over all comparisons with the control.",
  })
  arms?: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "Which share of those who qualify takes part, in percent: above 0, at most three decimals; 100 when absent.",
  })
  traffic?: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "How many units that qualify come a day, each counted once however often it comes: 1 to 1 000 000 000. Absent: as in the past events of `metric`; with a `baseline` the plan then says nothing of time.",
  })
  unitsPerDay?: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "How often a change may be found where there is none (α, two-sided, over all arms): 0.001 to 0.2; 0.05 when absent.",
  })
  alpha?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "How often the change is to be found where there is one: 0.5 to 0.99; 0.8 when absent.",
  })
  power?: number | null;

  @Field(() => AnalysisMode, {
    nullable: true,
    description:
      "How results are judged; ANYTIME when absent. Against one look at the end, GROUP_SEQUENTIAL needs 4 % more units and ANYTIME 67 % more.",
  })
  mode?: AnalysisMode | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "Which share of the variance is explained by what is known of units beforehand (R² of CUPED): 0 to 0.95; 0 when absent. 0.3 saves 30 % of the units.",
  })
  varianceReduction?: number | null;

  @Field(() => String, {
    nullable: true,
    description: "Key of the environment whose past events are looked at. Needed with `metric`.",
  })
  environment?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Key of the project; the API key's own or `default` when absent.",
  })
  project?: string | null;
}

@ObjectType("DetectableEffect", { description: "What an experiment can find once some weeks have passed." })
export class DetectableEffectType {
  @Field(() => Int, { description: "How many weeks." })
  weeks!: number;

  @Field(() => Float, { description: "How many units each arm has by then; a whole number." })
  unitsPerArm!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "The smallest rise that is found as often as wanted, as a share of the baseline: 0.05 for 5 %; null: none, however large.",
  })
  effect!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "The same rise in the measure of the baseline: 0.005 for a rate of 10 % that becomes 10.5 %.",
  })
  difference!: number | null;
}

@ObjectType("PlanWarning", { description: "Something that speaks against a plan, or against trusting it." })
export class PlanWarningType {
  @Field(() => PlanWarningKind, { description: "Of which kind." })
  kind!: PlanWarningKind;

  @Field(() => String, { description: "In a plain sentence, with numbers." })
  message!: string;
}

@ObjectType("ExperimentPlan", {
  description: "How many units an experiment needs, how long that takes, and what it can find meanwhile.",
})
export class ExperimentPlanType {
  @Field(() => String, { description: "The plan in a plain sentence." })
  summary!: string;

  @Field(() => Float, {
    nullable: true,
    description:
      "The change that is planned for, as a share of the baseline: as it was asked for, or what can be found in the weeks; null: nothing can be found in them.",
  })
  minimumDetectableEffect!: number | null;

  @Field(() => Float, {
    description:
      "How many units each arm needs, for the change and for every guardrail, or has by then; a whole number.",
  })
  unitsPerArm!: number;

  @Field(() => Float, { description: "How many units all arms have together; a whole number." })
  unitsInTotal!: number;

  @Field(() => Float, {
    nullable: true,
    description: "How many days it takes until there are so many; null: it is not known how many come a day.",
  })
  durationDays!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "For how many whole weeks to let it run, since people differ by the day of the week; null likewise.",
  })
  durationWeeks!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "How many units that qualify are taken to come a day. From the past: all units of the last 28 days that the baseline is of, each once, divided by the days; set your own where experiments had only a part of the traffic. null: it is not known.",
  })
  unitsPerDay!: number | null;

  @Field(() => [DetectableEffectType], {
    description:
      "What can be found after 1, 2, 4 and 8 weeks; empty where it is not known how many come a day.",
  })
  detectable!: readonly DetectableEffectType[];

  @Field(() => PlanBaselineType, { description: "What the metric is taken to be like without the change." })
  baseline!: PlanBaselineType;

  @Field(() => [PlanGuardrailType], {
    description: "What each guardrail takes, in the order in which they were given.",
  })
  guardrails!: readonly PlanGuardrailType[];

  @Field(() => [PlanWarningType], { description: "What speaks against the plan; empty: nothing." })
  warnings!: readonly PlanWarningType[];
}
