/** GraphQL shapes of the sessions that are open. */
import { Field, ID, InputType, ObjectType } from "type-graphql";
import { ChangeInput } from "../../platform/graphql/change-input.types.js";
import { connectionOf } from "../../platform/graphql/connection.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";

@ObjectType("SessionInfo", { description: "One sign-in of a user that goes on: a browser, a device." })
export class SessionInfoType {
  @Field(() => ID, { description: "Identifies the session, for `revokeSession` and for caches." })
  id!: string;

  @Field(() => DateTimeScalar, { description: "When the user signed in." })
  createdAt!: Date;

  @Field(() => DateTimeScalar, {
    description: "When it was last given tokens: by signing in, or by `refresh` every few minutes of use.",
  })
  lastUsedAt!: Date;

  @Field(() => DateTimeScalar, { description: "When it ends unless it is used before." })
  expiresAt!: Date;

  @Field(() => String, { nullable: true, description: "Address that it was last given tokens at." })
  ip!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "What the browser or program there said it was; null where it said nothing.",
  })
  userAgent!: string | null;
}

const { Connection } = connectionOf("SessionInfo", () => SessionInfoType);
export const SessionInfoConnection = Connection;
export type SessionInfoConnection = InstanceType<typeof Connection>;

@InputType({ description: "Names a session that is to end." })
export class RevokeSessionInput extends ChangeInput {
  @Field(() => ID, { description: "Id of the session, as `sessions` lists it." })
  id!: string;
}
