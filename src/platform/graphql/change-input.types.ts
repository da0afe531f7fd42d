/** What every input of a change has beside its own members; not a type of its own in the schema. */
import { Field, InputType } from "type-graphql";

@InputType()
export abstract class ChangeInput {
  @Field(() => String, { nullable: true, description: "Why, for the audit log." })
  reason?: string | null;
}
