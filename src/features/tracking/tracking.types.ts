/** GraphQL shapes of what is tracked. */
import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { DateTimeScalar, JsonScalar } from "../../platform/graphql/scalars.js";
import { maxNamedSlices, maxSliceLength } from "./slice.js";
import { RejectionCode } from "./track-result.js";

registerEnumType(RejectionCode, {
  name: "TrackRejectionCode",
  description: "Why an entry was refused. None of them is worth sending again.",
  valuesConfig: {
    INVALID: { description: "Something of it is not as it must be; the message says what." },
    IN_FUTURE: { description: "It is to have happened more than five minutes from now." },
    TOO_OLD: { description: "It happened more than seven days ago." },
    UNPROVED: { description: "The environment asks CLIENT keys for a proof of whom it is about." },
    UNKNOWN_EXPERIMENT: { description: "The flag has no such experiment here, or that has no such epoch." },
    UNKNOWN_VARIANT: { description: "The experiment does not serve that variant in that epoch." },
    ENDED: { description: "The experiment had ended before it." },
  },
});

@InputType()
abstract class SubjectFields {
  @Field(() => String, {
    description:
      "Whom it is about: the value of the attribute, as the context of evaluations has it. One that is empty or blank is refused: all whom you do not know would be counted as one.",
  })
  unit!: string;

  @Field(() => String, {
    defaultValue: "targetingKey",
    description: "Path of the attribute by which experiments tell people apart.",
  })
  attribute!: string;

  @Field(() => DateTimeScalar, {
    description: "When it happened: at most seven days ago, and not more than five minutes from now.",
  })
  at!: unknown;

  @Field(() => String, {
    nullable: true,
    description:
      "HMAC-SHA256 of `unit` by the environment's proof secret, as hex or base64url. Asked of CLIENT keys where the environment requires context proofs, for units that are targeting keys.",
  })
  proof?: string | null;
}

@InputType("TrackEventInput", { description: "Something that somebody did." })
export class TrackEventInput extends SubjectFields {
  @Field(() => String, {
    description:
      "Your own name for this event, at most 200 characters: one that comes again with the same id and day, of whatever metric, is known and changes nothing. What counts for two metrics is two events: `order-4711-purchase` and `order-4711-revenue`.",
  })
  id!: string;

  @Field(() => String, {
    description:
      "Key of the metric. Events of a metric that does not exist yet are kept for a day, and count once it is created.",
  })
  metric!: string;

  @Field(() => Float, {
    defaultValue: 1,
    description:
      "How much: at most six decimals. Money best in its smallest unit, such as cents. What is a conversion or is counted does not look at it.",
  })
  value!: number;
}

@InputType("TrackInput", { description: "What people did." })
export class TrackInput {
  @Field(() => [TrackEventInput], { description: "At most 500." })
  events!: TrackEventInput[];
}

@InputType("TrackExposureInput", { description: "That somebody was shown what an experiment chose." })
export class TrackExposureInput extends SubjectFields {
  @Field(() => String, { description: "Key of the flag." })
  flagKey!: string;

  @Field(() => String, { description: "Key of the variant that was shown." })
  variant!: string;

  @Field(() => ID, { description: "The experiment, as the flag's rule names it in the ruleset." })
  experiment!: string;

  @Field(() => Int, { description: "Its epoch, as the rule names it." })
  epoch!: number;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'The attributes that results are told apart by, as they were then: an object of path and value, `{ country: "DE", "company.plan": "pro" }`. ' +
      `Values are texts, numbers or booleans; at most ${maxNamedSlices}. Kept are those that the experiment's \`slices\` name, ${maxSliceLength} characters of each; the others are not stored.`,
  })
  slices?: unknown;
}

@InputType("TrackExposuresInput", { description: "Who was shown what." })
export class TrackExposuresInput {
  @Field(() => [TrackExposureInput], { description: "At most 500." })
  exposures!: TrackExposureInput[];
}

@ObjectType("TrackRejection", { description: "An entry that was refused; all others were taken." })
export class TrackRejectionType {
  @Field(() => Int, { description: "Its place in the list that was sent, from 0." })
  index!: number;

  @Field(() => RejectionCode, { description: "Why." })
  code!: RejectionCode;

  @Field(() => String, { description: "Why, for people." })
  message!: string;
}

@ObjectType("TrackResult", {
  description: "What became of a batch. The three numbers together are as many as were sent.",
})
export class TrackResultType {
  @Field(() => Int, { description: "How many were stored." })
  accepted!: number;

  @Field(() => Int, { description: "How many were known already, and changed nothing." })
  duplicates!: number;

  @Field(() => [TrackRejectionType], { description: "Those that were refused, in the order sent." })
  rejected!: readonly TrackRejectionType[];
}
