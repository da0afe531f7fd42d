/** GraphQL shapes of the guardrails of plans. */
import { Field, Float, InputType, ObjectType } from "type-graphql";
import { PlanBaselineInput, PlanBaselineType } from "./baseline.types.js";

@InputType({
  description:
    "A metric that must not get worse, which a promotion needs to be proven. Either `baseline`, or a `metric` that was tracked in the last 28 days.",
})
export class PlanGuardrailInput {
  @Field(() => String, {
    nullable: true,
    description:
      "Key of the metric, whose figures are worked out as those of the metric that decides are. Needs `environment`.",
  })
  metric?: string | null;

  @Field(() => PlanBaselineInput, {
    nullable: true,
    description:
      "What it is like without the change, where no past events tell it. That it goes further from 0 is taken for worse, which takes more units to rule out than the other way.",
  })
  baseline?: PlanBaselineInput | null;

  @Field(() => Float, {
    description:
      "By how much it may get worse, as a share of the control's value: above 0, at most 1. 0.1 for 10 %.",
  })
  margin!: number;
}

@ObjectType("PlanGuardrail", {
  description:
    "How many units it takes to prove that a metric does not get worse by its margin, where it stays as it is.",
})
export class PlanGuardrailType {
  @Field(() => String, { nullable: true, description: "Key of the metric; null: its baseline was given." })
  metric!: string | null;

  @Field(() => Float, { description: "By how much it may get worse, as it was given." })
  margin!: number;

  @Field(() => Float, { description: "How many units each arm needs for it; a whole number." })
  unitsPerArm!: number;

  @Field(() => PlanBaselineType, { description: "What it is taken to be like without the change." })
  baseline!: PlanBaselineType;
}
