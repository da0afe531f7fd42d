/** GraphQL shapes of flags: what is read, and how lists of them are asked for. */
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { FlagType } from "../../evaluation/index.js";
import { connectionOf } from "../../platform/graphql/connection.types.js";
import { DateTimeScalar, JsonScalar } from "../../platform/graphql/scalars.js";
import { FlagKind } from "./flag.js";
import { FlagOrderField } from "./flag-list.store.js";

registerEnumType(FlagType, {
  name: "FlagType",
  description: "The type that every value of a flag has.",
  valuesConfig: {
    BOOLEAN: { description: "true or false." },
    STRING: { description: "A text." },
    NUMBER: { description: "A finite number." },
    JSON: { description: "Any JSON but null: objects, lists and whatever they hold." },
  },
});

registerEnumType(FlagKind, {
  name: "FlagKind",
  description: "What a flag is for; it says how long a flag may live, and changes no answer.",
  valuesConfig: {
    RELEASE: { description: "Brings out a feature step by step; goes when everybody has it." },
    EXPERIMENT: { description: "Compares variants; goes when the question is answered." },
    OPERATIONAL: { description: "Tunes how a system runs." },
    KILL_SWITCH: { description: "Switches something off in an emergency; stays." },
    PERMISSION: { description: "Says who may use something, such as a plan; stays." },
    CONFIG: { description: "Remote configuration; stays." },
  },
});

registerEnumType(FlagOrderField, {
  name: "FlagOrderField",
  description: "What flags are sorted by.",
  valuesConfig: {
    KEY: { description: "The key, without regard to case." },
    NAME: { description: "The name, without regard to case." },
    CREATED_AT: { description: "When the flag was created." },
    UPDATED_AT: { description: "When the flag's shared part last changed." },
  },
});

export const OrderDirection = { ASC: "ASC", DESC: "DESC" } as const;
export type OrderDirection = (typeof OrderDirection)[keyof typeof OrderDirection];

registerEnumType(OrderDirection, {
  name: "OrderDirection",
  description: "Which end of an order comes first.",
  valuesConfig: {
    ASC: { description: "Smallest, earliest or alphabetically first comes first." },
    DESC: { description: "Largest, latest or alphabetically last comes first." },
  },
});

@ObjectType("Variant", { description: "One of the values that a flag can answer." })
export class VariantType {
  @Field(() => String, { description: "Names the variant; unique in its flag without regard to case." })
  key!: string;

  @Field(() => String, { nullable: true, description: "Name for people; null when it has none." })
  name!: string | null;

  @Field(() => String, { nullable: true, description: "What the variant is." })
  description!: string | null;

  @Field(() => JsonScalar, { description: "The value, of the flag's type." })
  value!: unknown;
}

@ObjectType("Flag", {
  description:
    "A feature flag: the part that all environments share. What it does in each of them is in `environments`.",
})
export class FlagObjectType {
  @Field(() => ID, { description: "Identifies the flag for caches." })
  id!: string;

  @Field(() => String, {
    description:
      "Names the flag in arguments and in evaluations; unique in its project without regard to case.",
  })
  key!: string;

  @Field(() => String, { description: "Name for people." })
  name!: string;

  @Field(() => String, { nullable: true, description: "What the flag is for." })
  description!: string | null;

  @Field(() => FlagType, { description: "The type of its values." })
  type!: FlagType;

  @Field(() => FlagKind, { description: "What it is for; changes no answer." })
  kind!: FlagKind;

  @Field(() => [String], { description: "Words to find it by." })
  tags!: readonly string[];

  @Field(() => [VariantType], { description: "The values that it can answer, in the order of display." })
  variants!: readonly VariantType[];

  @Field(() => JsonScalar, {
    nullable: true,
    description: "JSON Schema that every variant's value satisfies; null: any value of the type.",
  })
  valueSchema!: unknown;

  @Field(() => Boolean, {
    description:
      "Whether CLIENT keys may see its answers; to them, a flag that is not visible does not exist.",
  })
  clientVisible!: boolean;

  @Field(() => Boolean, {
    description: "Whether it is archived: it answers nothing and cannot be changed until it is restored.",
  })
  archived!: boolean;

  @Field(() => Int, {
    description:
      "Counts changes of the shared part. Send it as `expectedVersion` with changes of a flag or its variants.",
  })
  version!: number;

  @Field(() => DateTimeScalar, { description: "When the flag was created." })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: "When its shared part last changed." })
  updatedAt!: Date;
}

const { Connection } = connectionOf("Flag", () => FlagObjectType);
export const FlagConnection = Connection;
export type FlagConnection = InstanceType<typeof Connection>;

@InputType("FlagFilter", {
  description: "Which flags to list. Members that are given must all hold; empty lists ask for nothing.",
})
export class FlagFilterInput {
  @Field(() => String, {
    nullable: true,
    description: "Contained in the key, the name or the description, without regard to case.",
  })
  search?: string | null;

  @Field(() => [String], { nullable: true, description: "Flags that carry all of these tags." })
  tags?: string[] | null;

  @Field(() => [FlagType], { nullable: true, description: "Flags of any of these types." })
  types?: FlagType[] | null;

  @Field(() => [FlagKind], { nullable: true, description: "Flags of any of these kinds." })
  kinds?: FlagKind[] | null;

  @Field(() => Boolean, {
    nullable: true,
    defaultValue: false,
    description: "Whether archived: false gives the flags in use, true the archived ones, null both.",
  })
  archived?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: "Key of an environment: flags that are enabled there.",
  })
  enabledIn?: string | null;

  @Field(() => String, { nullable: true, description: "E-mail of a user: flags that they own." })
  owner?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Key of a segment: flags whose rules name it, in any environment.",
  })
  usesSegment?: string | null;
}

@InputType("FlagOrder", { description: "How flags are sorted; equal ones are sorted by key." })
export class FlagOrderInput {
  @Field(() => FlagOrderField, { description: "What they are sorted by." })
  field!: FlagOrderField;

  @Field(() => OrderDirection, { defaultValue: OrderDirection.ASC, description: "Which end comes first." })
  direction!: OrderDirection;
}
