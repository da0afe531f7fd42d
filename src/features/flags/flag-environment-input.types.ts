/** GraphQL inputs of the changes of a flag's settings in one environment. */
import { Field, Float, ID, InputType, Int } from "type-graphql";
import { ChangeInput } from "../../platform/graphql/change-input.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { ConditionInput } from "../segments/index.js";
import { GateInput, PrerequisiteInput, RuleInput, ServeInput, TargetInput } from "./settings-input.types.js";

/** What every input below has; not a type of its own in the schema. */
@InputType()
abstract class FlagMembers extends ChangeInput {
  @Field(() => String, { description: "Key of the flag." })
  flagKey!: string;

  @Field(() => String, {
    nullable: true,
    description: "Key of the project; absent: the API key's own, else `default`.",
  })
  project?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "FlagEnvironment.version that the change builds on; another current version is a CONFLICT. Must be given where the environment has `requireExpectedVersion`.",
  })
  expectedVersion?: number | null;
}

@InputType()
abstract class FlagEnvironmentMembers extends FlagMembers {
  @Field(() => String, { description: "Key of the environment." })
  environment!: string;
}

@InputType({
  description: "Switches a flag on or off in one environment. Switching off never needs `expectedVersion`.",
})
export class SetFlagEnabledInput extends FlagEnvironmentMembers {
  @Field(() => Boolean, { description: "Whether the flag is to be on." })
  enabled!: boolean;
}

@InputType({
  description: "Rolls a variant out to a share of everyone whom no target and no rule has decided.",
})
export class SetRolloutInput extends FlagEnvironmentMembers {
  @Field(() => Float, {
    description:
      "Who gets `variant`: from 0 to 100, with at most three decimals. At 0 and 100 everyone gets the same variant and the flag no longer splits.",
  })
  percent!: number;

  @Field(() => String, { nullable: true, description: "The variant to roll out; `on` when absent." })
  variant?: string | null;

  @Field(() => String, { nullable: true, description: "What the others get; the off variant when absent." })
  rest?: string | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "Attributes that are hashed, the first present counts. Absent: as it is; null: the targeting key.",
  })
  bucketBy?: string[] | null;

  @Field(() => Boolean, { nullable: true, description: "Whether to switch the flag on as well." })
  enable?: boolean | null;
}

@InputType({ description: "Sets what everyone gets whom no target and no rule has decided." })
export class SetFallthroughInput extends FlagEnvironmentMembers {
  @Field(() => ServeInput, { description: "What they get; a split here has no holes." })
  serve!: ServeInput;
}

@InputType({ description: "Replaces the targets of a flag." })
export class SetTargetsInput extends FlagEnvironmentMembers {
  @Field(() => [TargetInput], { description: "All targets; an empty list removes them." })
  targets!: TargetInput[];
}

@InputType({ description: "Replaces the prerequisites of a flag." })
export class SetPrerequisitesInput extends FlagEnvironmentMembers {
  @Field(() => [PrerequisiteInput], { description: "All prerequisites; an empty list removes them." })
  prerequisites!: PrerequisiteInput[];
}

@InputType({ description: "Adds a targeting rule." })
export class AddRuleInput extends FlagEnvironmentMembers {
  @Field(() => RuleInput, { description: "The rule." })
  rule!: RuleInput;

  @Field(() => Int, { nullable: true, description: "Its place among the rules, from 0; last when absent." })
  position?: number | null;
}

@InputType({ description: "Changes a targeting rule. What is absent stays as it is." })
export class UpdateRuleInput extends FlagEnvironmentMembers {
  @Field(() => ID, { description: "The rule's id." })
  ruleId!: string;

  @Field(() => String, { nullable: true, description: "A name for people; null clears it." })
  name?: string | null;

  @Field(() => ConditionInput, {
    nullable: true,
    description: "Whom it is for; `{ all: [] }` means everyone.",
  })
  when?: ConditionInput | null;

  @Field(() => GateInput, {
    nullable: true,
    description: "Lets only a share of them through; null lets all of them through.",
  })
  gate?: GateInput | null;

  @Field(() => ServeInput, { nullable: true, description: "What they get." })
  serve?: ServeInput | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "Says nothing before this moment; null removes the bound.",
  })
  startsAt?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "Says nothing from this moment on; null removes the bound.",
  })
  endsAt?: string | null;
}

@InputType({ description: "Names a rule." })
export class RuleRefInput extends FlagEnvironmentMembers {
  @Field(() => ID, { description: "The rule's id." })
  ruleId!: string;
}

@InputType({ description: "Puts the rules of a flag into another order." })
export class ReorderRulesInput extends FlagEnvironmentMembers {
  @Field(() => [ID], { description: "The ids of all rules, in the order in which they are to be tried." })
  ruleIds!: string[];
}

@InputType({
  description:
    "Changes several settings of a flag in one environment, all of them or none. What is absent stays as it is.",
})
export class UpdateFlagEnvironmentInput extends FlagEnvironmentMembers {
  @Field(() => Boolean, { nullable: true, description: "Whether the flag is to be on." })
  enabled?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: "Served while the flag is off or a prerequisite is not met; null: no value.",
  })
  offVariant?: string | null;

  @Field(() => ServeInput, {
    nullable: true,
    description: "What everyone gets whom no target and no rule has decided.",
  })
  fallthrough?: ServeInput | null;

  @Field(() => [TargetInput], { nullable: true, description: "Replaces all targets." })
  targets?: TargetInput[] | null;

  @Field(() => [RuleInput], {
    nullable: true,
    description:
      "Replaces all rules, in the order in which they are tried. Those that something owns are sent as they are: see `Rule.managedBy`.",
  })
  rules?: RuleInput[] | null;

  @Field(() => [PrerequisiteInput], { nullable: true, description: "Replaces all prerequisites." })
  prerequisites?: PrerequisiteInput[] | null;
}

@InputType({
  description:
    "Makes the settings of a flag in one environment those in another, whether it is enabled included.",
})
export class CopyFlagEnvironmentInput extends FlagMembers {
  @Field(() => String, { description: "Key of the environment that is read." })
  from!: string;

  @Field(() => String, {
    description: "Key of the environment that is written; `expectedVersion` is of the settings there.",
  })
  to!: string;
}

@InputType({ description: "Takes one change back." })
export class RevertChangeInput extends ChangeInput {
  @Field(() => ID, { description: "Id of the change, an AuditEvent that is `revertible`." })
  changeId!: string;

  @Field(() => Int, {
    nullable: true,
    description:
      "The version of what the change was of that the revert builds on: `FlagEnvironment.version` where it was made in one environment, else `Flag.version`, `Segment.version` or `Metric.version`; " +
      "another current version is a CONFLICT. Never required: what was altered since is refused without it.",
  })
  expectedVersion?: number | null;
}
