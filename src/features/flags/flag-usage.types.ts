/** GraphQL shape of who uses a flag or a segment. */
import { Field, ObjectType } from "type-graphql";
import { SegmentType } from "../segments/index.js";
import { FlagObjectType } from "./flag.types.js";

@ObjectType("Usage", {
  description: "Who names a flag or a segment directly, in any environment. What is used cannot be deleted.",
})
export class UsageType {
  @Field(() => [FlagObjectType], {
    description: "The flags, as prerequisite or in a rule, archived ones included; by key.",
  })
  flags!: readonly FlagObjectType[];

  @Field(() => [SegmentType], { description: "The segments, in their conditions; by key." })
  segments!: readonly SegmentType[];
}
