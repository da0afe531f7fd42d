/** GraphQL shapes of the second factor. */
import { Field, InputType, ObjectType } from "type-graphql";
import { SessionType } from "./session.types.js";

@ObjectType("TwoFactorEnrolment", {
  description:
    "What an authenticator app needs to know. Shown once; nothing asks for codes before `confirmTwoFactor`.",
})
export class TwoFactorEnrolmentType {
  @Field(() => String, { description: "The secret in base32, to be typed into an app that cannot scan." })
  secret!: string;

  @Field(() => String, { description: "The same as an `otpauth://` address, to be shown as a QR code." })
  uri!: string;
}

@ObjectType("TwoFactorConfirmation", { description: "A second factor that is on from now on." })
export class TwoFactorConfirmationType {
  @Field(() => SessionType, {
    description: "How this session goes on, with a fresh second factor. All other sessions have ended.",
  })
  session!: SessionType;

  @Field(() => [String], {
    description:
      "Ten codes for the day the phone is lost; each works once in the place of a code. Shown once: keep them safe.",
  })
  recoveryCodes!: readonly string[];
}

@ObjectType("RecoveryCodes", { description: "New recovery codes; the former ones work no more." })
export class RecoveryCodesType {
  @Field(() => [String], {
    description: "Ten codes; each works once in the place of a code. Shown once: keep them safe.",
  })
  codes!: readonly string[];
}

@InputType({ description: "Who sets a second factor up." })
export class BeginTwoFactorInput {
  @Field(() => String, {
    description: "One's present password: whoever found an access token does not know it.",
  })
  password!: string;
}

@InputType({ description: "A code of one's own second factor." })
export class TwoFactorCodeInput {
  @Field(() => String, {
    description:
      "The six digits that the authenticator app shows; once the second factor is on, a recovery code does as well. Each works once.",
  })
  code!: string;
}
