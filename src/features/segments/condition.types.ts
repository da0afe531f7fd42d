/** GraphQL shapes of conditions: targeting rules and segments are written in them. */
import { Field, Float, InputType, registerEnumType } from "type-graphql";
import { ConditionOperator } from "../../evaluation/index.js";
import { JsonScalar } from "../../platform/graphql/scalars.js";

registerEnumType(ConditionOperator, {
  name: "ConditionOperator",
  description:
    "How an attribute is compared with `values`; any of them suffices. A missing or null attribute satisfies none of them but NOT_EXISTS; a NOT_ form is true when the attribute is there and the plain form is false. A list satisfies what any of its elements does.",
  valuesConfig: {
    EQUALS: { description: "Is the same JSON value, of the same type." },
    NOT_EQUALS: { description: "Is there, and is none of the values." },
    IN: { description: "Is one of the values; the same as EQUALS." },
    NOT_IN: { description: "Is there, and is none of the values; the same as NOT_EQUALS." },
    CONTAINS: { description: "Text that contains one of the values." },
    NOT_CONTAINS: { description: "Is there, and contains none of the values." },
    STARTS_WITH: { description: "Text that starts with one of the values." },
    NOT_STARTS_WITH: { description: "Is there, and starts with none of the values." },
    ENDS_WITH: { description: "Text that ends with one of the values." },
    NOT_ENDS_WITH: { description: "Is there, and ends with none of the values." },
    MATCHES: {
      description:
        "Text in which a regular expression (RE2 syntax, at most 256 characters, unanchored) finds something.",
    },
    NOT_MATCHES: { description: "Is there, and no regular expression finds something in it." },
    GT: { description: "A number, or text that is one, greater than a value." },
    GTE: { description: "A number, or text that is one, greater than a value or the same." },
    LT: { description: "A number, or text that is one, less than a value." },
    LTE: { description: "A number, or text that is one, less than a value or the same." },
    BEFORE: {
      description:
        "A moment earlier than a value: RFC 3339, a date (midnight UTC) or epoch milliseconds. `request.time` is now.",
    },
    AFTER: {
      description:
        "A moment later than a value: RFC 3339, a date (midnight UTC) or epoch milliseconds. `request.time` is now.",
    },
    SEMVER_EQ: { description: "A semantic version of the same precedence; `v1.2` counts as `1.2.0`." },
    SEMVER_GT: { description: "A semantic version newer than a value." },
    SEMVER_GTE: { description: "A semantic version newer than a value or the same." },
    SEMVER_LT: { description: "A semantic version older than a value." },
    SEMVER_LTE: { description: "A semantic version older than a value or the same." },
    IN_CIDR: { description: "An IPv4 or IPv6 address in one of the networks, such as `10.0.0.0/8`." },
    NOT_IN_CIDR: { description: "Is there, and is an address in none of the networks." },
    EXISTS: { description: "Is there and not null; takes no values." },
    NOT_EXISTS: { description: "Is missing or null; takes no values." },
  },
});

@InputType({
  description: "A test that a stable share of contexts passes: those whose bucket lies within bounds.",
})
export class BucketInput {
  @Field(() => Float, { description: "Where the share begins: 0 to 100, at most three decimals; inclusive." })
  fromPercent!: number;

  @Field(() => Float, { description: "Where the share ends: 0 to 100, at most three decimals; exclusive." })
  toPercent!: number;

  @Field(() => [String], {
    nullable: true,
    description:
      "Attributes to hash, of which the first that is there counts; the targeting key when absent.",
  })
  bucketBy?: string[] | null;

  @Field(() => String, {
    description: "Hashed with the attribute: tests with different seeds are independent of each other.",
  })
  seed!: string;
}

@InputType({
  description:
    "A test of a context. Exactly one of: all · any · not · segment · flag (with variants) · bucket · attribute (with operator and values).",
})
export class ConditionInput {
  @Field(() => [ConditionInput], { nullable: true, description: "All of these hold; an empty list holds." })
  all?: ConditionInput[] | null;

  @Field(() => [ConditionInput], {
    nullable: true,
    description: "At least one of these holds; an empty list does not.",
  })
  any?: ConditionInput[] | null;

  @Field(() => ConditionInput, { nullable: true, description: "This does not hold." })
  not?: ConditionInput | null;

  @Field(() => String, { nullable: true, description: "Key of a segment that the context belongs to." })
  segment?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Key of another flag, which serves one of `variants` to this context. Not within segments.",
  })
  flag?: string | null;

  @Field(() => [String], { nullable: true, description: "With `flag`: keys of its variants." })
  variants?: string[] | null;

  @Field(() => BucketInput, { nullable: true, description: "The context falls into a share." })
  bucket?: BucketInput | null;

  @Field(() => String, {
    nullable: true,
    description: "Path of an attribute, such as `country` or `account.plan`; `request.time` is now.",
  })
  attribute?: string | null;

  @Field(() => ConditionOperator, { nullable: true, description: "With `attribute`: how it is compared." })
  operator?: ConditionOperator | null;

  @Field(() => [JsonScalar], {
    nullable: true,
    description: "With `attribute`: what it is compared with; any of them suffices.",
  })
  values?: unknown[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "With `attribute`: whether letters in upper and lower case are the same; false when absent.",
  })
  ignoreCase?: boolean | null;
}
