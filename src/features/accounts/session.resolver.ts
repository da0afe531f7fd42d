/** GraphQL operations for signing in and out. */
import { Arg, Ctx, Mutation, Resolver } from "type-graphql";
import type { RequestContext } from "../permissions/index.js";
import { changePassword } from "./change-password.js";
import { login } from "./login.js";
import { logout, logoutEverywhere } from "./logout.js";
import { refresh } from "./refresh.js";
import { register } from "./register.js";
import {
  ChangePasswordInput,
  LoginInput,
  RefreshInput,
  RegisterInput,
  SessionType,
} from "./session.types.js";
import type { AccountTools } from "./tools.js";

type Context = RequestContext<AccountTools>;

@Resolver(() => SessionType)
export class SessionResolver {
  @Mutation(() => SessionType, {
    description:
      "Makes an account with the role VIEWER in the project `default` and signs in. Only where the server allows sign-up.",
  })
  async register(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => RegisterInput, { description: "The new account." }) input: RegisterInput,
  ): Promise<SessionType> {
    return register(tools, caller, input);
  }

  @Mutation(() => SessionType, { description: "Signs in. Open to everyone." })
  async login(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => LoginInput, { description: "Who wants to sign in." }) input: LoginInput,
  ): Promise<SessionType> {
    return login(tools, caller, input);
  }

  @Mutation(() => SessionType, {
    description:
      "Gives the next tokens of a session. The refresh token is used up: sent again within a minute, by another tab or because the answer was lost, it gives the same successor as long as that is unused; any later use ends the session. Open to everyone.",
  })
  async refresh(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => RefreshInput, { description: "The session that is to go on." }) input: RefreshInput,
  ): Promise<SessionType> {
    return refresh(tools, caller, input);
  }

  @Mutation(() => Boolean, { description: "Signs out: ends the session of the access token. For users." })
  async logout(@Ctx() { tools, caller }: Context): Promise<boolean> {
    return logout(tools, caller);
  }

  @Mutation(() => Boolean, { description: "Ends all sessions of the signed-in user. For users." })
  async logoutEverywhere(@Ctx() { tools, caller }: Context): Promise<boolean> {
    return logoutEverywhere(tools, caller);
  }

  @Mutation(() => SessionType, {
    description:
      "Changes one's own password. All other sessions end; this one goes on with the tokens given here. For users.",
  })
  async changePassword(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => ChangePasswordInput, { description: "The present and the new password." })
    input: ChangePasswordInput,
  ): Promise<SessionType> {
    return changePassword(tools, caller, input);
  }
}
