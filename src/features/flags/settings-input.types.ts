/** GraphQL inputs that settings of a flag are made of. */
import { Field, Float, ID, InputType } from "type-graphql";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { ConditionInput } from "../segments/index.js";

@InputType({ description: "A variant's share of a split." })
export class WeightedVariantInput {
  @Field(() => String, {
    nullable: true,
    description: "The variant. Absent: a hole, which a rule passes on to the next; a fallthrough has none.",
  })
  variant?: string | null;

  @Field(() => Float, { description: "From 0 to 100, with at most three decimals." })
  percent!: number;
}

@InputType({
  description:
    "What to serve: either `variant` or `split`. A changed split moves as few users as possible, as long as `bucketBy` and `seed` stay.",
})
export class ServeInput {
  @Field(() => String, { nullable: true, description: "One variant for everyone." })
  variant?: string | null;

  @Field(() => [WeightedVariantInput], {
    nullable: true,
    description: "Shares that sum to 100.",
  })
  split?: WeightedVariantInput[] | null;

  @Field(() => [String], {
    nullable: true,
    description:
      "Attributes that the split hashes, the first present counts. Absent: those of the split that is replaced, else the targeting key; null: the targeting key.",
  })
  bucketBy?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      "What the split hashes together with the attribute. Absent: that of the split that is replaced, else the flag's key; null: the flag's key.",
  })
  seed?: string | null;
}

@InputType({ description: "Lets a share of those who satisfy a rule's condition through." })
export class GateInput {
  @Field(() => Float, { description: "From 0 to 100, with at most three decimals. Raising it drops nobody." })
  percent!: number;

  @Field(() => [String], {
    nullable: true,
    description:
      "Attributes that are hashed, the first present counts. Absent: those of the gate that is replaced, else the targeting key; null: the targeting key.",
  })
  bucketBy?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      "What is hashed together with the attribute. Absent: that of the gate that is replaced, else the flag's key, a colon and the rule's id; null: the latter.",
  })
  seed?: string | null;
}

@InputType({ description: "A targeting rule. Rules are tried in order; the first that matches decides." })
export class RuleInput {
  @Field(() => ID, {
    nullable: true,
    description:
      "Identifies the rule within the flag and environment; made up when absent. Keep it when a rule is sent back, so that nobody changes bucket.",
  })
  id?: string | null;

  @Field(() => String, { nullable: true, description: "A name for people, at most 200 characters." })
  name?: string | null;

  @Field(() => ConditionInput, { nullable: true, description: "Whom it is for; absent: everyone." })
  when?: ConditionInput | null;

  @Field(() => GateInput, {
    nullable: true,
    description: "Lets only a share of them through; absent: all of them.",
  })
  gate?: GateInput | null;

  @Field(() => ServeInput, { description: "What they get." })
  serve!: ServeInput;

  @Field(() => DateTimeScalar, { nullable: true, description: "Says nothing before this moment." })
  startsAt?: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "Says nothing from this moment on; after `startsAt`.",
  })
  endsAt?: string | null;
}

@InputType({ description: "A list of values of one attribute that get a variant ahead of all rules." })
export class TargetInput {
  @Field(() => String, { description: "The variant that they get." })
  variant!: string;

  @Field(() => String, {
    nullable: true,
    defaultValue: "targetingKey",
    description: "Path of the attribute.",
  })
  attribute?: string | null;

  @Field(() => [String], { description: "The values. One value stands once for each attribute." })
  values!: string[];
}

@InputType({ description: "Another flag that must serve one of these variants for the same context." })
export class PrerequisiteInput {
  @Field(() => String, { description: "Key of the other flag." })
  flagKey!: string;

  @Field(() => [String], { description: "Any of its variants that will do." })
  variants!: string[];
}

@InputType({ description: "What a new flag does in one environment. What is absent takes the default." })
export class FlagSettingsInput {
  @Field(() => String, { description: "Key of the environment." })
  environment!: string;

  @Field(() => Boolean, { nullable: true, description: "Whether the flag is on here; false when absent." })
  enabled?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description:
      "Served while the flag is off or a prerequisite is not met. Absent: `off`, else the first variant; null: no value.",
  })
  offVariant?: string | null;

  @Field(() => ServeInput, {
    nullable: true,
    description:
      "What everyone gets whom no target and no rule has decided; `on`, else the first variant, when absent.",
  })
  fallthrough?: ServeInput | null;

  @Field(() => [TargetInput], {
    nullable: true,
    description: "Values of attributes that get a variant ahead of all rules.",
  })
  targets?: TargetInput[] | null;

  @Field(() => [RuleInput], {
    nullable: true,
    description: "The rules, in the order in which they are tried.",
  })
  rules?: RuleInput[] | null;

  @Field(() => [PrerequisiteInput], {
    nullable: true,
    description: "Other flags that must serve certain variants, or everyone gets the off variant.",
  })
  prerequisites?: PrerequisiteInput[] | null;
}
