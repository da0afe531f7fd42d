/** GraphQL operations on the second factor. */
import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import type { RequestContext } from "../permissions/index.js";
import { beginTwoFactor } from "./begin-two-factor.js";
import { confirmTwoFactor } from "./confirm-two-factor.js";
import { disableTwoFactor } from "./disable-two-factor.js";
import { regenerateRecoveryCodes } from "./regenerate-recovery-codes.js";
import { resetTwoFactor } from "./reset-two-factor.js";
import { SessionType } from "./session.types.js";
import { stepUp } from "./step-up.js";
import type { AccountTools } from "./tools.js";
import {
  BeginTwoFactorInput,
  RecoveryCodesType,
  TwoFactorCodeInput,
  TwoFactorConfirmationType,
  TwoFactorEnrolmentType,
} from "./two-factor.types.js";
import { UserRefInput, UserType } from "./user.types.js";

type Context = RequestContext<AccountTools>;

@Resolver()
export class TwoFactorResolver {
  @Mutation(() => TwoFactorEnrolmentType, {
    description:
      "Makes a secret for one's authenticator app, for whoever shows the password; made anew as often as it is called, until `confirmTwoFactor` turns it on. For users.",
  })
  async beginTwoFactor(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => BeginTwoFactorInput, { description: "The present password." })
    input: BeginTwoFactorInput,
  ): Promise<TwoFactorEnrolmentType> {
    return beginTwoFactor(tools, caller, input);
  }

  @Mutation(() => TwoFactorConfirmationType, {
    description:
      "Turns one's second factor on by a first code. All other sessions end; this one goes on with the tokens given here. For users.",
  })
  async confirmTwoFactor(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => TwoFactorCodeInput, { description: "The code that the app shows." })
    input: TwoFactorCodeInput,
  ): Promise<TwoFactorConfirmationType> {
    return confirmTwoFactor(tools, caller, input);
  }

  @Mutation(() => SessionType, {
    description:
      "Turns one's second factor off, unless the server asks everyone for one. All other sessions end; this one goes on with the tokens given here. For users.",
  })
  async disableTwoFactor(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => TwoFactorCodeInput, { description: "A code, or a recovery code." })
    input: TwoFactorCodeInput,
  ): Promise<SessionType> {
    return disableTwoFactor(tools, caller, input);
  }

  @Mutation(() => RecoveryCodesType, {
    description: "Gives ten new recovery codes in the place of the former ones. For users.",
  })
  async regenerateRecoveryCodes(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => TwoFactorCodeInput, { description: "A code, or a recovery code." })
    input: TwoFactorCodeInput,
  ): Promise<RecoveryCodesType> {
    return { codes: await regenerateRecoveryCodes(tools, caller, input) };
  }

  @Mutation(() => SessionType, {
    description:
      "Shows the second factor once more, for what answers STEP_UP_REQUIRED: with the tokens given here it goes through for 15 minutes. For users.",
  })
  async stepUp(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => TwoFactorCodeInput, { description: "A code, or a recovery code." })
    input: TwoFactorCodeInput,
  ): Promise<SessionType> {
    return stepUp(tools, caller, input);
  }

  @Mutation(() => UserType, {
    description:
      "Turns the second factor off for somebody who lost it, and ends their sessions. Needs the role ADMIN for the whole server.",
  })
  async resetTwoFactor(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UserRefInput, { description: "Which user." }) input: UserRefInput,
  ): Promise<UserType> {
    return resetTwoFactor(tools, caller, input);
  }
}
