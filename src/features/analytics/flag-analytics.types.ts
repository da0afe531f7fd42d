/** GraphQL shapes of how often a flag was evaluated. */
import { ArgsType, Field, Float, ObjectType, registerEnumType } from "type-graphql";
import { EvaluationReason } from "../../evaluation/index.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { FlagObjectType } from "../flags/index.js";
import { AnalyticsInterval } from "./flag-analytics.js";

registerEnumType(AnalyticsInterval, {
  name: "AnalyticsInterval",
  description: "How finely evaluations are told over time.",
  valuesConfig: {
    HOUR: { description: "By the hour; for 31 days at most." },
    DAY: { description: "By the day, UTC." },
  },
});

@ObjectType("VariantCount", { description: "How often a variant was the answer." })
export class VariantCountType {
  @Field(() => String, {
    nullable: true,
    description: "The variant; null: there was no value, so that callers fell back to their own.",
  })
  variant!: string | null;

  @Field(() => Float, { description: "How often; a whole number." })
  count!: number;
}

@ObjectType("ReasonCount", { description: "How often something was the reason for an answer." })
export class ReasonCountType {
  @Field(() => EvaluationReason, { description: "The reason." })
  reason!: EvaluationReason;

  @Field(() => Float, { description: "How often; a whole number." })
  count!: number;
}

@ObjectType("EvaluationPoint", { description: "Evaluations of a flag within one hour or day." })
export class EvaluationPointType {
  @Field(() => DateTimeScalar, { description: "When the hour or day began." })
  at!: Date;

  @Field(() => Float, { description: "How many evaluations there were; a whole number." })
  count!: number;

  @Field(() => [VariantCountType], { description: "By variant, the most frequent first." })
  variants!: readonly VariantCountType[];

  @Field(() => [ReasonCountType], { description: "By reason, the most frequent first." })
  reasons!: readonly ReasonCountType[];
}

@ObjectType("FlagAnalytics", {
  description:
    "How often a flag was evaluated, and how it was answered: by whoever asked, one by one or for many flags at once. Each answer of a subscription counts once, however many share it. Counts are some seconds behind and are kept for 400 days.",
})
export class FlagAnalyticsType {
  @Field(() => FlagObjectType, { description: "The flag." })
  flag!: FlagObjectType;

  @Field(() => DateTimeScalar, { description: "When the first hour or day of the series begins." })
  from!: Date;

  @Field(() => DateTimeScalar, {
    description: "Where the series ends; hours that begin then or later are not in it.",
  })
  to!: Date;

  @Field(() => AnalyticsInterval, { description: "How finely the series is told." })
  interval!: AnalyticsInterval;

  @Field(() => Float, { name: "total", description: "All evaluations of the series; a whole number." })
  count!: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "When it was last evaluated there, whenever that was; null: never in the last 400 days.",
  })
  lastEvaluatedAt!: Date | null;

  @Field(() => [EvaluationPointType], {
    description: "Every hour or day of the range in order, those without evaluations included.",
  })
  series!: readonly EvaluationPointType[];

  @Field(() => [VariantCountType], { description: "All of them by variant, the most frequent first." })
  variants!: readonly VariantCountType[];

  @Field(() => [ReasonCountType], { description: "All of them by reason, the most frequent first." })
  reasons!: readonly ReasonCountType[];
}

@ArgsType()
export class FlagAnalyticsArgs {
  @Field(() => String, { description: "Key of the flag." })
  flagKey!: string;

  @Field(() => String, {
    nullable: true,
    description: "Key of the environment; absent: all environments of the project, added up.",
  })
  environment?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Key of the project; the API key's own or `default` when absent.",
  })
  project?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "Where to begin, at most 400 days before `to`; absent: 7 days before it.",
  })
  from?: unknown;

  @Field(() => DateTimeScalar, { nullable: true, description: "Where to end; absent: now." })
  to?: unknown;

  @Field(() => AnalyticsInterval, {
    nullable: true,
    description: "How finely; absent: by the hour for 7 days or less, else by the day.",
  })
  interval?: AnalyticsInterval | null;
}
