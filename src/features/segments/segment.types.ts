/** GraphQL shapes of segments. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { ChangeInput } from "../../platform/graphql/change-input.types.js";
import { connectionOf, ForwardPage } from "../../platform/graphql/connection.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { ConditionInput } from "./condition.types.js";
import { maxMembersPerCall, SegmentList } from "./segment.js";

registerEnumType(SegmentList, {
  name: "SegmentList",
  description: "Which of a segment's two lists of targeting keys.",
  valuesConfig: {
    INCLUDED: { description: "Those who belong to the segment whatever its condition says." },
    EXCLUDED: { description: "Those who never belong to it, even if they are included too." },
  },
});

@ObjectType("Segment", {
  description:
    "A named set of contexts that rules refer to: excluded members never belong to it, included ones do, and of all others those for whom `when` holds.",
})
export class SegmentType {
  @Field(() => ID, { description: "Identifies the segment for caches." })
  id!: string;

  @Field(() => String, {
    description:
      "Names the segment in arguments and conditions; unique in its project without regard to case.",
  })
  key!: string;

  @Field(() => String, { description: "Name for people." })
  name!: string;

  @Field(() => String, { nullable: true, description: "Whom the segment is meant to hold." })
  description!: string | null;

  @Field(() => Int, {
    description: "Rises with every change, of the members too; send it as `expectedVersion`.",
  })
  version!: number;

  @Field(() => DateTimeScalar, { description: "When the segment was created." })
  createdAt!: Date;

  @Field(() => DateTimeScalar, { description: "When the segment or its members last changed." })
  updatedAt!: Date;
}

const segmentPages = connectionOf<SegmentType>("Segment", () => SegmentType);
export const SegmentConnection = segmentPages.Connection;
export type SegmentConnection = InstanceType<typeof SegmentConnection>;

const memberPages = connectionOf<string>("SegmentMember", () => String);
export const SegmentMemberConnection = memberPages.Connection;
export type SegmentMemberConnection = InstanceType<typeof SegmentMemberConnection>;

@ArgsType()
export class SegmentsArguments extends ForwardPage {
  @Field(() => String, {
    nullable: true,
    description: "Key of the project; the API key's own or `default` when absent.",
  })
  project?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Looked for in keys, names and descriptions, in upper or lower case.",
  })
  search?: string | null;
}

@ArgsType()
export class MembersArguments extends ForwardPage {
  @Field(() => SegmentList, { defaultValue: SegmentList.INCLUDED, description: "Which list." })
  list!: SegmentList;

  @Field(() => String, {
    nullable: true,
    description: "Looked for in the members, in upper or lower case.",
  })
  search?: string | null;
}

@InputType({ description: "A new segment." })
export class CreateSegmentInput extends ChangeInput {
  @Field(() => String, {
    description:
      "1 to 128 letters, digits, dots, underscores and hyphens, beginning with a letter or digit; unique in the project without regard to case.",
  })
  key!: string;

  @Field(() => String, { nullable: true, description: "Name for people; the key when absent." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "Whom the segment is meant to hold." })
  description?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: `Targeting keys that belong to the segment, at most ${maxMembersPerCall}; \`changeSegmentMembers\` adds more.`,
  })
  included?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: `Targeting keys that never belong to it, at most ${maxMembersPerCall}; \`changeSegmentMembers\` adds more.`,
  })
  excluded?: string[] | null;

  @Field(() => ConditionInput, {
    nullable: true,
    description: "Decides about everyone who is on neither list; absent: they do not belong to the segment.",
  })
  when?: ConditionInput | null;

  @Field(() => String, {
    nullable: true,
    description: "Key of the project; the API key's own or `default` when absent.",
  })
  project?: string | null;
}

const versionDescription =
  "The version that the change builds on; another current version is a CONFLICT. Required while the segment is in use in an environment whose `requireExpectedVersion` holds.";

@InputType({ description: "A change of a segment. What is absent stays as it is." })
export class UpdateSegmentInput extends ChangeInput {
  @Field(() => String, { description: "Key of the segment." })
  segment!: string;

  @Field(() => String, { nullable: true, description: "Name for people." })
  name?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Whom the segment is meant to hold; null clears it.",
  })
  description?: string | null;

  @Field(() => ConditionInput, {
    nullable: true,
    description: "Decides about everyone who is on neither list; null: they do not belong to the segment.",
  })
  when?: ConditionInput | null;

  @Field(() => String, {
    nullable: true,
    description: "Key of the project; the API key's own or `default` when absent.",
  })
  project?: string | null;

  @Field(() => Int, { nullable: true, description: versionDescription })
  expectedVersion?: number | null;
}

@InputType({ description: "Names a segment." })
export class SegmentRefInput extends ChangeInput {
  @Field(() => String, { description: "Key of the segment." })
  segment!: string;

  @Field(() => String, {
    nullable: true,
    description: "Key of the project; the API key's own or `default` when absent.",
  })
  project?: string | null;

  @Field(() => Int, {
    nullable: true,
    description: "The version that the change builds on; another current version is a CONFLICT.",
  })
  expectedVersion?: number | null;
}

@InputType({ description: "Members to add to one of a segment's lists, and members to take off it." })
export class ChangeSegmentMembersInput extends ChangeInput {
  @Field(() => String, { description: "Key of the segment." })
  segment!: string;

  @Field(() => SegmentList, { defaultValue: SegmentList.INCLUDED, description: "Which list." })
  list!: SegmentList;

  @Field(() => [String], {
    nullable: true,
    description: `Targeting keys to add, with those in \`remove\` at most ${maxMembersPerCall}; those on the list already are passed over.`,
  })
  add?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: "Targeting keys to take off; those not on the list are passed over.",
  })
  remove?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: "Key of the project; the API key's own or `default` when absent.",
  })
  project?: string | null;

  @Field(() => Int, { nullable: true, description: versionDescription })
  expectedVersion?: number | null;
}
