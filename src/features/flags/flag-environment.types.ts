/** GraphQL shapes of a flag's settings in one environment. */
import { Field, Float, ID, Int, ObjectType } from "type-graphql";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";

@ObjectType("FlagEnvironment", { description: "What a flag does in one environment." })
export class FlagEnvironmentType {
  @Field(() => ID, { description: "Identifies these settings, for caches." })
  id!: string;

  @Field(() => Boolean, {
    description: "Whether the flag is on here; while it is off, everyone gets the off variant.",
  })
  enabled!: boolean;

  @Field(() => String, {
    nullable: true,
    description:
      "Served while the flag is off and while a prerequisite is not met; null: no value, so callers fall back to their own default.",
  })
  offVariant!: string | null;

  @Field(() => [TargetType], {
    description: "Values of attributes that get a variant ahead of all rules.",
  })
  targets!: readonly TargetType[];

  @Field(() => [PrerequisiteType], {
    description: "Other flags that must serve certain variants, or everyone gets the off variant.",
  })
  prerequisites!: readonly PrerequisiteType[];

  @Field(() => Int, {
    description:
      "Rises with every change that can alter the flag's answers here, changes of its shared part included. Send it as `expectedVersion`.",
  })
  version!: number;

  @Field(() => DateTimeScalar, { description: "When the settings or the flag's shared part last changed." })
  updatedAt!: Date;
}

@ObjectType("Rule", {
  description:
    "A targeting rule. Rules are tried in order; the first whose condition holds within its time window, and whose gate lets the context through, decides.",
})
export class RuleType {
  @Field(() => ID, { description: "Identifies the rule within the flag and environment." })
  id!: string;

  @Field(() => String, { nullable: true, description: "A name for people; null when it has none." })
  name!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "The rule says nothing before this moment; null: no such bound.",
  })
  startsAt!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "The rule says nothing from this moment on; null: no such bound.",
  })
  endsAt!: string | null;
}

@ObjectType("Serve", { description: "What is served: one variant for everyone, or a split." })
export class ServeType {
  @Field(() => String, { nullable: true, description: "The variant for everyone; null for a split." })
  variant!: string | null;

  @Field(() => [WeightedVariantType], {
    nullable: true,
    description: "The share of each variant; null where one variant is served to everyone.",
  })
  split!: readonly WeightedVariantType[] | null;

  @Field(() => [String], {
    nullable: true,
    description: "Attributes that a split hashes, the first present counts; null: the targeting key.",
  })
  bucketBy!: readonly string[] | null;

  @Field(() => String, {
    nullable: true,
    description: "What a split hashes together with the attribute; null: the flag's key.",
  })
  seed!: string | null;
}

@ObjectType("WeightedVariant", { description: "A variant's share of a split." })
export class WeightedVariantType {
  @Field(() => String, {
    nullable: true,
    description: "The variant; null is a hole: whoever lands in it goes on to the next rule.",
  })
  variant!: string | null;

  @Field(() => Float, { description: "From 0 to 100, with at most three decimals." })
  percent!: number;
}

@ObjectType("Gate", {
  description: "Lets a share of those who satisfy a rule's condition through. Raising it never drops anyone.",
})
export class GateType {
  @Field(() => Float, { description: "From 0 to 100, with at most three decimals." })
  percent!: number;

  @Field(() => [String], {
    nullable: true,
    description: "Attributes that are hashed, the first present counts; null: the targeting key.",
  })
  bucketBy!: readonly string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      "What is hashed together with the attribute; null: the flag's key, a colon and the rule's id.",
  })
  seed!: string | null;
}

@ObjectType("Target", {
  description: "A list of values of one attribute that get a variant ahead of all rules.",
})
export class TargetType {
  @Field(() => String, { description: "The variant that they get." })
  variant!: string;

  @Field(() => String, { description: "Path of the attribute; `targetingKey` unless another was given." })
  attribute!: string;

  @Field(() => [String], { description: "The values, compared as they are." })
  values!: readonly string[];
}

@ObjectType("Prerequisite", {
  description: "Another flag that must serve one of these variants for the same context.",
})
export class PrerequisiteType {
  @Field(() => String, { description: "Key of the other flag." })
  flagKey!: string;

  @Field(() => [String], { description: "Any of its variants that will do." })
  variants!: readonly string[];
}
