/** What the inputs of changes have beside their own members; not types of their own in the schema. */
import { Field, InputType } from "type-graphql";

export const reasonDescription = "Why, for the audit log.";
export const idempotencyKeyDescription =
  "Names this very request, so that it can be sent again when its answer was lost: 1 to 255 printable characters that the caller has not used in the last 24 hours, such as a UUID. " +
  "What was done already is not done again; the answer is what it is about as it is now, and what it deleted as it was. With another input it is IDEMPOTENCY_KEY_REUSED.";

/** For changes whose answer holds a secret: it is shown once, so there is nothing to repeat them for. */
@InputType()
export abstract class UnrepeatableChangeInput {
  @Field(() => String, { nullable: true, description: reasonDescription })
  reason?: string | null;
}

@InputType()
export abstract class ChangeInput extends UnrepeatableChangeInput {
  @Field(() => String, {
    nullable: true,
    description: idempotencyKeyDescription,
  })
  idempotencyKey?: string | null;
}
