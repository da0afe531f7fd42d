/** GraphQL shapes of the server's settings. */
import { Field, InputType, Int, ObjectType } from "type-graphql";
import { ChangeInput } from "../../platform/graphql/change-input.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";

@ObjectType("Settings", { description: "What administrators decide for the whole server while it runs." })
export class SettingsType {
  @Field(() => Boolean, {
    description: "Whether every user needs a second factor. Who has none can do nothing but set one up.",
  })
  requireTwoFactor!: boolean;

  @Field(() => Int, {
    nullable: true,
    description:
      "For how many days the audit log keeps what changed and who changed it; afterwards it keeps that something changed. Null: for ever.",
  })
  auditRetentionDays!: number | null;

  @Field(() => Int, { description: "Rises with every change; send it as `expectedVersion`." })
  version!: number;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: "When they were last changed; null before anybody did.",
  })
  updatedAt!: Date | null;
}

@InputType({ description: "A change of the server's settings. What is absent stays as it is." })
export class UpdateSettingsInput extends ChangeInput {
  @Field(() => Boolean, {
    nullable: true,
    description:
      "Whether every user needs a second factor. To turn it on, a user must have one. API keys are not asked.",
  })
  requireTwoFactor?: boolean | null;

  @Field(() => Int, {
    nullable: true,
    description:
      "For how many days the audit log keeps what changed and who changed it: 1 to 36 500; null: for ever. What is older is emptied for good, within hours.",
  })
  auditRetentionDays?: number | null;

  @Field(() => Int, {
    nullable: true,
    description: "The version that the change builds on; another current version is a CONFLICT.",
  })
  expectedVersion?: number | null;
}
