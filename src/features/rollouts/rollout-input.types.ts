/** GraphQL shapes of what is sent about guarded rollouts. */
import { ArgsType, Field, Float, ID, InputType, Int } from "type-graphql";
import { ChangeInput } from "../../platform/graphql/change-input.types.js";
import { ForwardPage } from "../../platform/graphql/connection.types.js";
import { ConditionInput } from "../segments/index.js";
import { RolloutStatus } from "./rollout.js";
import { maxGuardrails, maxHours, maxSteps } from "./rollout-input.js";
import { manual } from "./rollout-manual.js";

const projectDescription = "Key of the project; the API key's own or `default` when absent.";
const expectedVersion =
  "The version of the rollout that the change builds on; another current version is a CONFLICT.";

@ArgsType()
export class GuardedRolloutsArguments extends ForwardPage {
  @Field(() => String, { nullable: true, description: projectDescription })
  project?: string | null;

  @Field(() => String, { nullable: true, description: "Key of an environment; all of them when absent." })
  environment?: string | null;

  @Field(() => String, { nullable: true, description: "Key of a flag; all of them when absent." })
  flagKey?: string | null;

  @Field(() => RolloutStatus, { nullable: true, description: "Where they stand; anywhere when absent." })
  status?: RolloutStatus | null;
}

@InputType({
  description:
    "What must be met before the next step. At least one of the three is set; of several, all count. Beside them, somebody must have been shown either variant.",
})
export class GuardedRolloutHoldInput {
  @Field(() => Float, { nullable: true, description: `${manual.hours} Above 0 and at most ${maxHours}.` })
  hours?: number | null;

  @Field(() => Int, { nullable: true, description: manual.units })
  units?: number | null;

  @Field(() => Boolean, { nullable: true, description: `${manual.approval} false when absent.` })
  approval?: boolean | null;
}

@InputType({ description: "A step of a guarded rollout." })
export class GuardedRolloutStepInput {
  @Field(() => Float, {
    description: `${manual.percent} Above that of the step before; of the last step, and of that alone, 100.`,
  })
  percent!: number;

  @Field(() => GuardedRolloutHoldInput, {
    nullable: true,
    description:
      "What must be met before the next step. Left out for the last, with which the rollout is complete.",
  })
  hold?: GuardedRolloutHoldInput | null;
}

@InputType({ description: "A metric that must not get worse." })
export class GuardedRolloutGuardrailInput {
  @Field(() => String, {
    description:
      "Key of a metric of any type. Its direction says what worse is: with DECREASE, more is worse, as of errors.",
  })
  metric!: string;

  @Field(() => Float, { nullable: true, description: manual.margin })
  margin?: number | null;
}

@InputType({ description: "A new guarded rollout, which begins with its first step at once." })
export class StartGuardedRolloutInput extends ChangeInput {
  @Field(() => String, { description: "Key of the flag." })
  flagKey!: string;

  @Field(() => String, { description: "Key of the environment." })
  environment!: string;

  @Field(() => String, { description: manual.variant })
  variant!: string;

  @Field(() => String, {
    nullable: true,
    description:
      `${manual.baseline} When absent it is what the fallthrough serves, or, if that is the variant itself, the off variant. ` +
      "It must be named where the fallthrough is a split.",
  })
  baseline?: string | null;

  @Field(() => [GuardedRolloutStepInput], {
    description: `2 to ${maxSteps} steps, of rising percentages, the last of them 100. Example: 1 % and 10 % for 24 hours each, then 50 % until somebody approves, then 100 %.`,
  })
  steps!: readonly GuardedRolloutStepInput[];

  @Field(() => [GuardedRolloutGuardrailInput], {
    description: `What must not get worse: 1 to ${maxGuardrails} metrics. They stay as they are while the rollout is live.`,
  })
  guardrails!: readonly GuardedRolloutGuardrailInput[];

  @Field(() => String, { nullable: true, description: `${manual.attribute} \`targetingKey\` when absent.` })
  attribute?: string | null;

  @Field(() => ConditionInput, {
    nullable: true,
    description:
      "Who qualifies; everybody when absent. All others get what the flag serves without the rollout, also when it is complete.",
  })
  audience?: ConditionInput | null;

  @Field(() => String, { nullable: true, description: `${manual.key} The key of the flag when absent.` })
  key?: string | null;

  @Field(() => String, { nullable: true, description: projectDescription })
  project?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "The version of the flag's settings there (`FlagEnvironment.version`) that it builds on; another current version is a CONFLICT.",
  })
  expectedVersion?: number | null;
}

@InputType({ description: "Names a guarded rollout." })
export class GuardedRolloutRefInput extends ChangeInput {
  @Field(() => ID, { description: "Id of the rollout." })
  id!: string;

  @Field(() => Int, { nullable: true, description: expectedVersion })
  expectedVersion?: number | null;
}

@InputType({ description: "An approval of a step of a guarded rollout." })
export class ApproveStepInput extends ChangeInput {
  @Field(() => ID, { description: "Id of the rollout." })
  id!: string;

  @Field(() => Int, {
    nullable: true,
    description:
      "Number of the step that is to be left, from 1: if the rollout is at another one by now, it is a CONFLICT. When absent, whichever it is at.",
  })
  step?: number | null;

  @Field(() => Int, { nullable: true, description: expectedVersion })
  expectedVersion?: number | null;
}
