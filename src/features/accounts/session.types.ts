/** GraphQL shapes of signing in and out. */
import { Field, InputType, ObjectType } from "type-graphql";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { UserType } from "./user.types.js";

@ObjectType("Session", { description: "A sign-in: what to send with requests, and how to go on." })
export class SessionType {
  @Field(() => String, { description: "Send it as `Authorization: Bearer …`. Good for ten minutes." })
  accessToken!: string;

  @Field(() => String, {
    description: "Good for one `refresh` within 30 days, which gives the next one. Keep it secret.",
  })
  refreshToken!: string;

  @Field(() => DateTimeScalar, { description: "When the access token expires." })
  expiresAt!: Date;

  @Field(() => UserType, { description: "Who is signed in." })
  user!: UserType;
}

@InputType({ description: "An account of one's own." })
export class RegisterInput {
  @Field(() => String, { description: "E-mail address; unique without regard to case." })
  email!: string;

  @Field(() => String, { description: "Password: 8 to 128 characters." })
  password!: string;

  @Field(() => String, { nullable: true, description: "Name for people." })
  name?: string | null;
}

@InputType({ description: "Who wants to sign in." })
export class LoginInput {
  @Field(() => String, { description: "E-mail address, in whatever case." })
  email!: string;

  @Field(() => String, { description: "The password." })
  password!: string;

  @Field(() => String, {
    nullable: true,
    description:
      "Code of the second factor, or a recovery code; TWO_FACTOR_REQUIRED says that one is needed, and users who have none need none.",
  })
  otp?: string | null;
}

@InputType({ description: "A session that is to go on." })
export class RefreshInput {
  @Field(() => String, { description: "The refresh token that was given last." })
  refreshToken!: string;
}

@InputType({ description: "Another password of one's own." })
export class ChangePasswordInput {
  @Field(() => String, { description: "The present password." })
  currentPassword!: string;

  @Field(() => String, { description: "The password from now on: 8 to 128 characters." })
  newPassword!: string;
}
