/** GraphQL shapes of what plans take metrics to be like. */
import { Field, Float, InputType, ObjectType, registerEnumType } from "type-graphql";
import { BaselineSource } from "./plan.js";

registerEnumType(BaselineSource, {
  name: "BaselineSource",
  description: "How it is known what a metric is like without the change.",
  valuesConfig: {
    GIVEN: { description: "It was given." },
    PAST_EVENTS: {
      description:
        "From what was tracked in the last 28 days, of all units of which anything was: whoever did nothing at all is not among them.",
    },
    EXPOSED_UNITS: {
      description:
        "From what was tracked in the last 28 days of the units that were first exposed to an experiment or a guarded rollout meanwhile, after that: whoever did nothing is among them.",
    },
  },
});

@InputType({ description: "What a metric is like without the change: a rate, or a mean with its spread." })
export class PlanBaselineInput {
  @Field(() => Float, {
    nullable: true,
    description: "The share of units that do it, above 0 and below 1: 0.12 for 12 %.",
  })
  rate?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "What one unit has on average, other than 0. With `standardDeviation`, and without `rate`.",
  })
  mean?: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "How far single units are from the mean, as a standard deviation above 0.",
  })
  standardDeviation?: number | null;
}

@ObjectType("PlanBaseline", { description: "What a plan takes a metric to be like without the change." })
export class PlanBaselineType {
  @Field(() => BaselineSource, { description: "How it is known." })
  source!: BaselineSource;

  @Field(() => Float, {
    nullable: true,
    description: "The share of units that do it, 0 to 1; null where values are measured.",
  })
  rate!: number | null;

  @Field(() => Float, {
    description:
      "What one unit has on average: the same as `rate` where there is one. In the measure of the events' values, before any `decimals`.",
  })
  mean!: number;

  @Field(() => Float, {
    description:
      "How far single units are from the mean. Of a MEAN or a RATIO: by how much single units move it, as far as comparing them goes.",
  })
  standardDeviation!: number;

  @Field(() => Float, {
    nullable: true,
    description: "From the past: of how many units, a whole number; null: it was given.",
  })
  units!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "From the past: in how many days they came, 1 to 28; null: it was given.",
  })
  days!: number | null;
}
