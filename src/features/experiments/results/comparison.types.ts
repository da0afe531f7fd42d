/** GraphQL shapes of a treatment's comparison with the control. */
import { Field, Float, ObjectType } from "type-graphql";
import { Effect, GuardrailState } from "./words.types.js";

const difference =
  "treatment − control, whichever way is better, in the measure of the events' values (before any `decimals`), for one unit.";
const lift = "The difference as a share of the control's value: 0.1 is ten per cent more.";

@ObjectType("ExperimentRange", { description: "An interval." })
export class ResultRangeType {
  @Field(() => Float, { nullable: true, description: "Where it begins; null: that is not known." })
  lower!: number | null;

  @Field(() => Float, { nullable: true, description: "Where it ends; null: that is not known." })
  upper!: number | null;
}

@ObjectType("ExperimentJudgement", {
  description: "What one method says of a treatment against the control.",
})
export class JudgementType {
  @Field(() => ResultRangeType, {
    description: "Where the true difference lies, with a certainty of 1 − `alpha`.",
  })
  difference!: ResultRangeType;

  @Field(() => ResultRangeType, { description: "Where the true lift lies, likewise." })
  lift!: ResultRangeType;

  @Field(() => Float, {
    description:
      "How likely a difference of this size or more comes about where there is none, 0 to 1; two-sided, and not corrected for several tests.",
  })
  pValue!: number;
}

@ObjectType("ExperimentGuardrailResult", {
  description: "Whether a treatment harms a metric with the role GUARDRAIL. All of it holds at any look.",
})
export class GuardrailResultType {
  @Field(() => GuardrailState, { description: "In a word." })
  state!: GuardrailState;

  @Field(() => Float, {
    description: "By which share of the control's value it may get worse: 0.01 is 1 %.",
  })
  margin!: number;

  @Field(() => Float, {
    nullable: true,
    description:
      "By which share it got worse as far as was measured; below 0: it got better. null: nothing tells.",
  })
  harm!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "What the harm is at least, with a certainty of 99 %. Above 0: there is harm. null: nothing tells.",
  })
  leastHarm!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "What the harm is at most, with a certainty of 1 − `alpha` over all treatments. Below `margin`: that much is proven. null: nothing tells.",
  })
  mostHarm!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "Of metrics that count events: how strongly they speak for harm, as the natural logarithm of an e-value; it is BREACHED from ln 100 = 4.605 on, and a COUNT, whose average is watched too, from ln 200 = 5.298 on. null for others.",
  })
  logEvidence!: number | null;
}

@ObjectType("ExperimentDailyPoint", {
  description:
    "What is known of those who were first shown the experiment until the end of a day, with all that they did up to now.",
})
export class DailyPointType {
  @Field(() => String, { description: "The day, UTC: `2026-01-31`." })
  day!: string;

  @Field(() => Float, { description: "How many of the treatment and the control together; a whole number." })
  units!: number;

  @Field(() => Float, { nullable: true, description: `${difference} null: nothing tells.` })
  difference!: number | null;

  @Field(() => Float, { nullable: true, description: `${lift} null: nothing tells.` })
  lift!: number | null;

  @Field(() => ResultRangeType, {
    description: "Where the true difference lies; all days' intervals hold together.",
  })
  differenceRange!: ResultRangeType;

  @Field(() => ResultRangeType, { description: "Where the true lift lies, likewise." })
  liftRange!: ResultRangeType;
}

/** What comparisons over everybody and over a part have in common; not a type of its own in the schema. */
@ObjectType()
export abstract class ComparisonMembers {
  @Field(() => String, {
    description: "Key of the treatment: the variant that is compared with the control.",
  })
  variant!: string;

  @Field(() => Float, {
    nullable: true,
    description:
      "The control's value as it is compared: epoch by epoch, and with what people did before taken out. null: nothing tells.",
  })
  baseline!: number | null;

  @Field(() => Float, { nullable: true, description: `${difference} null: nothing tells.` })
  difference!: number | null;

  @Field(() => Float, { nullable: true, description: `${lift} null: nothing tells, or that value is 0.` })
  lift!: number | null;

  @Field(() => JudgementType, {
    description: "What holds for one look, at the end. Whoever looks more often is misled by it.",
  })
  fixedHorizon!: JudgementType;

  @Field(() => JudgementType, {
    description: "What holds at any look, however often somebody looks. It asks for more people.",
  })
  anytime!: JudgementType;

  @Field(() => JudgementType, {
    nullable: true,
    description: "What holds at all daily looks together; null in other modes than GROUP_SEQUENTIAL.",
  })
  groupSequential!: JudgementType | null;

  @Field(() => Boolean, {
    name: "ready",
    description: "Whether treatment and control have 30 outcomes each, without which nothing is decided.",
  })
  isReady!: boolean;

  @Field(() => Float, {
    nullable: true,
    description:
      "The chance that the treatment is better, 0 to 1. For show: whoever decides by it whenever it looks good is often wrong. null: nothing tells.",
  })
  chanceToWin!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "How much is lost on average by choosing the treatment, in the measure of the difference. For show. null: nothing tells.",
  })
  expectedLoss!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "Which share of the variance is gone since what people did before was taken out; null: it was not taken out.",
  })
  varianceReduction!: number | null;
}

@ObjectType("ExperimentComparison", { description: "A treatment against the control by one metric." })
export class ComparisonType extends ComparisonMembers {
  @Field(() => Float, {
    description:
      "p of the method that judges, corrected for several tests: Holm's correction over primary metrics and treatments, Benjamini and Hochberg's over secondary ones, none for guardrails.",
  })
  adjustedPValue!: number;

  @Field(() => Effect, { description: "What is proven." })
  effect!: Effect;

  @Field(() => GuardrailResultType, {
    nullable: true,
    description: "Whether it harms; null for metrics with another role.",
  })
  guardrail!: GuardrailResultType | null;

  @Field(() => [DailyPointType], {
    description: "How it came about, day by day; no point for days that brought nobody.",
    complexity: 50,
  })
  daily!: readonly DailyPointType[];
}

@ObjectType("ExperimentSliceComparison", {
  description: "A treatment against the control by one metric, among a part of the people. Exploratory.",
})
export class SliceComparisonType extends ComparisonMembers {
  @Field(() => Float, {
    description:
      "p of the method that judges, corrected by Benjamini and Hochberg's method for all parts, metrics and treatments together.",
  })
  adjustedPValue!: number;

  @Field(() => Boolean, {
    name: "noteworthy",
    description: "Whether it deserves an experiment of its own. Nothing is decided by it.",
  })
  isNoteworthy!: boolean;
}
