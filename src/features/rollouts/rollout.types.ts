/** GraphQL shapes of guarded rollouts. */
import { Field, Float, ID, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionOf } from "../../platform/graphql/connection.types.js";
import { DateTimeScalar, JsonScalar } from "../../platform/graphql/scalars.js";
import { RolloutStatus } from "./rollout.js";
import { manual } from "./rollout-manual.js";

registerEnumType(RolloutStatus, {
  name: "GuardedRolloutStatus",
  description: "Where a guarded rollout stands.",
  valuesConfig: {
    RUNNING: { description: "It is at one of its steps, and takes the next as soon as it may." },
    WAITING: { description: "Nothing but `approveStep` is missing before the next step." },
    PAUSED: {
      description:
        "Somebody paused it: everybody keeps what they get, guardrails are watched, and no step is taken before it is resumed.",
    },
    COMPLETED: { description: "Everybody who qualifies gets the variant, by the flag's own settings." },
    ROLLED_BACK: { description: "Something got worse: the flag answers as it did before." },
    ABORTED: { description: "Somebody ended it: the flag answers as it did before." },
  },
});

@ObjectType("GuardedRolloutHold", {
  description: "What must be met before the next step; all that is set.",
})
export class RolloutHoldType {
  @Field(() => Float, { nullable: true, description: `${manual.hours} null: any time.` })
  hours!: number | null;

  @Field(() => Int, { nullable: true, description: `${manual.units} null: any number.` })
  units!: number | null;

  @Field(() => Boolean, { description: manual.approval })
  approval!: boolean;
}

@ObjectType("GuardedRolloutStep", { description: "A step of a guarded rollout." })
export class RolloutStepType {
  @Field(() => Float, { description: manual.percent })
  percent!: number;

  @Field(() => RolloutHoldType, {
    nullable: true,
    description:
      "What must be met before the next step; null for the last, with which the rollout is complete.",
  })
  hold!: RolloutHoldType | null;
}

@ObjectType("GuardedRolloutUnits", {
  description:
    "How many were shown which variant, each counted once: people, or whatever the rollout tells apart. " +
    "Whoever had the baseline before the variant grew to them is in neither number.",
})
export class RolloutUnitsType {
  @Field(() => Float, { description: "Those who were shown the variant; a whole number." })
  variant!: number;

  @Field(() => Float, { description: "Those who were shown the baseline; a whole number." })
  baseline!: number;
}

@ObjectType("GuardedRolloutGuardrail", {
  description:
    "A metric that must not get worse, and how it stands. The variant and the baseline are compared step by step, and it may be looked at at any time: " +
    "of a hundred rollouts that do no harm, one at most is ever rolled back by it.",
})
export class RolloutGuardrailType {
  /** For the resolver of `metric`. */
  readonly project!: string;
  readonly key!: string;

  @Field(() => Float, { nullable: true, description: manual.margin })
  margin!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "The metric's value with the baseline; null: too little is known.",
  })
  baselineValue!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "The metric's value with the variant; null: too little is known.",
  })
  variantValue!: number | null;

  @Field(() => Float, {
    nullable: true,
    description:
      "By which share of the baseline's value the variant's is worse: 0.1 is 10 % worse, -0.1 is 10 % better. Mere chance is in it. null: too little is known.",
  })
  harm!: number | null;

  @Field(() => Boolean, { description: "Whether harm is certain; the rollout is rolled back then." })
  breached!: boolean;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether it is proven that the harm is smaller than the margin; null: there is no margin.",
  })
  proven!: boolean | null;
}

@ObjectType("GuardedRolloutDecision", {
  description:
    "What Halyard did to a guarded rollout by itself, with what it went by, so that it can be worked out again.",
})
export class RolloutDecisionType {
  @Field(() => ID, { description: "Identifies the decision for caches." })
  id!: string;

  @Field(() => DateTimeScalar, { description: "When." })
  at!: Date;

  @Field(() => String, {
    description: "What was done: ADVANCED, APPROVAL_AWAITED, COMPLETED or ROLLED_BACK.",
  })
  action!: string;

  @Field(() => String, { description: "The same in a sentence, with the reason." })
  summary!: string;

  @Field(() => JsonScalar, { description: "Everything that the decision was made from." })
  inputs!: unknown;
}

const decisionPages = connectionOf<RolloutDecisionType>("GuardedRolloutDecision", () => RolloutDecisionType);
export const RolloutDecisionConnection = decisionPages.Connection;
export type RolloutDecisionConnection = InstanceType<typeof RolloutDecisionConnection>;

@ObjectType("GuardedRollout", {
  description:
    "A variant that reaches more and more people of one environment, step by step, as long as nothing gets worse. " +
    "While it is live it has one rule in the flag, which nothing else changes, behind the flag's other rules and ahead of the fallthrough: " +
    "targets and other rules decide as ever, and of all others who qualify the variant's share gets the variant and the rest the baseline. " +
    "Whoever has the variant keeps it when the share grows. Who is shown what is counted by `evaluate`, by OFREP and by `trackExposures`, and what they do then by `track`. " +
    "If a guardrail gets worse, or people are not shared out as they should, the rule is taken away within seconds. " +
    "After the last step the flag serves the variant by its fallthrough, or, where there is an audience, by a rule of its own.",
})
export class GuardedRolloutType {
  @Field(() => ID, {
    description:
      "Identifies the rollout: in arguments, for caches, for `trackExposures`, and as the seed of its split.",
  })
  id!: string;

  @Field(() => String, { description: manual.key })
  key!: string;

  @Field(() => RolloutStatus, { description: "Where it stands." })
  status!: RolloutStatus;

  @Field(() => String, {
    nullable: true,
    description:
      "Why it stands there, in a sentence: what got worse, or what somebody said; null: nothing to say.",
  })
  reason!: string | null;

  @Field(() => String, { description: manual.variant })
  variant!: string;

  @Field(() => String, { description: manual.baseline })
  baseline!: string;

  @Field(() => String, { description: manual.attribute })
  attribute!: string;

  @Field(() => [RolloutStepType], { description: "Its steps, in their order." })
  steps!: readonly RolloutStepType[];

  @Field(() => Int, {
    description: "Number of the step that it is at, from 1; when it ended, the last that it was at.",
  })
  step!: number;

  @Field(() => DateTimeScalar, { description: "Since when the hours of the step count." })
  stepStartedAt!: Date;

  @Field(() => Int, { description: "Rises with every change; send it as `expectedVersion`." })
  version!: number;

  @Field(() => DateTimeScalar, { description: "When it was started." })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: "When it last changed." })
  updatedAt!: Date;

  @Field(() => DateTimeScalar, { nullable: true, description: "When it ended; null: it is live." })
  endedAt!: Date | null;
}

const rolloutPages = connectionOf<GuardedRolloutType>("GuardedRollout", () => GuardedRolloutType);
export const GuardedRolloutConnection = rolloutPages.Connection;
export type GuardedRolloutConnection = InstanceType<typeof GuardedRolloutConnection>;
