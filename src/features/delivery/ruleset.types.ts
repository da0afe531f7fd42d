/** GraphQL shapes of rulesets. */
import { Field, Int, ObjectType } from "type-graphql";
import { JsonScalar } from "../../platform/graphql/scalars.js";

@ObjectType("RulesetPart", { description: "Definitions of flags and segments, as evaluators read them." })
export class RulesetPartType {
  @Field(() => [JsonScalar], { description: "Flags, in the order of their keys." })
  flags!: readonly unknown[];

  @Field(() => [JsonScalar], { description: "Segments, in the order of their keys." })
  segments!: readonly unknown[];
}

@ObjectType("RulesetKeys", { description: "Keys of flags and segments." })
export class RulesetKeysType {
  @Field(() => [String], { description: "Keys of flags." })
  flags!: readonly string[];

  @Field(() => [String], { description: "Keys of segments." })
  segments!: readonly string[];
}

@ObjectType("Ruleset", {
  description: "Everything that decides the answers of one environment, for evaluating elsewhere.",
})
export class RulesetType extends RulesetPartType {
  @Field(() => Int, { description: "Version of the format; 1." })
  formatVersion!: number;

  @Field(() => String, { description: "Where the server stood when it answered; opaque." })
  revision!: string;

  @Field(() => String, { description: "Key of the project." })
  project!: string;

  @Field(() => String, { description: "Key of the environment." })
  environment!: string;
}

@ObjectType("RulesetUpdate", {
  description:
    "One message of the subscription `ruleset`: apply `remove`, then `put`; a snapshot replaces everything.",
})
export class RulesetUpdateType {
  @Field(() => Boolean, { description: "Whether `put` is the whole ruleset." })
  snapshot!: boolean;

  @Field(() => String, {
    nullable: true,
    description: "The `to` of the update that this one follows; null for a snapshot.",
  })
  from!: string | null;

  @Field(() => String, { description: "The revision reached; send it as `since` to go on from here." })
  to!: string;

  @Field(() => RulesetPartType, { description: "Definitions that are new or changed." })
  put!: RulesetPartType;

  @Field(() => RulesetKeysType, { description: "Definitions that are gone." })
  remove!: RulesetKeysType;
}
