/** GraphQL operations on users. */
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from "type-graphql";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { ForwardPage } from "../../platform/graphql/connection.types.js";
import { isPermitted, type RequestContext } from "../permissions/index.js";
import { createUser } from "./create-user.js";
import { deactivateUser } from "./deactivate-user.js";
import { eraseUser } from "./erase-user.js";
import { reactivateUser } from "./reactivate-user.js";
import { resetPassword } from "./reset-password.js";
import { setUserRole } from "./set-user-role.js";
import type { AccountTools } from "./tools.js";
import { updateUser } from "./update-user.js";
import type { ProjectRole, User } from "./user.js";
import { me, users } from "./user.queries.js";
import {
  CreateUserInput,
  ProjectRoleType,
  ResetPasswordInput,
  SetUserRoleInput,
  UpdateUserInput,
  UserConnection,
  UserRefInput,
  UserType,
} from "./user.types.js";

type Context = RequestContext<AccountTools>;

@Resolver(() => UserType)
export class UserResolver {
  @Query(() => UserType, { nullable: true, description: "The signed-in user; null for API keys." })
  async me(@Ctx() { tools, caller }: Context): Promise<UserType | null> {
    return me(tools, caller);
  }

  @Query(() => UserConnection, {
    description: "Users by e-mail address. Needs the role ADMIN for the whole server.",
  })
  async users(
    @Ctx() { tools, caller }: Context,
    @Args(() => ForwardPage) page: ForwardPage,
    @Arg("search", () => String, {
      nullable: true,
      description: "Part of the e-mail address or name, in whatever case.",
    })
    search?: string | null,
  ): Promise<UserConnection> {
    return new UserConnection(await users(tools, caller, search, page));
  }

  @FieldResolver(() => [ProjectRoleType], {
    description: "Roles in single projects, as far as the caller may know of the projects.",
  })
  projectRoles(@Root() user: User, @Ctx() { caller }: Context): readonly ProjectRole[] {
    return user.projectRoles.filter(({ project }) => isPermitted(caller, "project:read", { project }));
  }

  @FieldResolver(() => DateTimeScalar, {
    nullable: true,
    description: "When the user last signed in; null before that, and for others who are no ADMIN.",
  })
  lastLoginAt(@Root() user: User, @Ctx() { caller }: Context): Date | null {
    const { identity } = caller;
    const isSelf = identity.kind === "USER" && identity.id === user.id;
    return isSelf || isPermitted(caller, "user:read") ? user.lastLoginAt : null;
  }

  @Mutation(() => UserType, {
    description: "Makes an account for somebody. Needs the role ADMIN for the whole server.",
  })
  async createUser(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => CreateUserInput, { description: "The new user." }) input: CreateUserInput,
  ): Promise<UserType> {
    return createUser(tools, caller, input);
  }

  @Mutation(() => UserType, {
    description: "Changes a user's name or e-mail address. Needs the role ADMIN for the whole server.",
  })
  async updateUser(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UpdateUserInput, { description: "The change." }) input: UpdateUserInput,
  ): Promise<UserType> {
    return updateUser(tools, caller, input);
  }

  @Mutation(() => UserType, {
    description:
      "Sets or takes away a role, on the whole server or in one project; the user has to sign in again. The last ADMIN keeps theirs. Needs the role ADMIN for the whole server.",
  })
  async setUserRole(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => SetUserRoleInput, { description: "Whose role, and which." }) input: SetUserRoleInput,
  ): Promise<UserType> {
    return setUserRole(tools, caller, input);
  }

  @Mutation(() => UserType, {
    description: "Shuts a user out at once; the last ADMIN stays. Needs the role ADMIN for the whole server.",
  })
  async deactivateUser(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UserRefInput, { description: "Which user." }) input: UserRefInput,
  ): Promise<UserType> {
    return deactivateUser(tools, caller, input);
  }

  @Mutation(() => UserType, {
    description:
      "Erases a user for good: the account stays without e-mail address, name, roles, sessions and second factor, and the audit log and the security log no longer tell who it was; that and when something happened they still tell. The last ADMIN stays, and nobody erases themselves. Needs the role ADMIN for the whole server.",
  })
  async eraseUser(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UserRefInput, { description: "Which user." }) input: UserRefInput,
  ): Promise<UserType> {
    return eraseUser(tools, caller, input);
  }

  @Mutation(() => UserType, {
    description: "Lets a user in again, with the roles they had. Needs the role ADMIN for the whole server.",
  })
  async reactivateUser(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => UserRefInput, { description: "Which user." }) input: UserRefInput,
  ): Promise<UserType> {
    return reactivateUser(tools, caller, input);
  }

  @Mutation(() => UserType, {
    description:
      "Sets another password and ends the user's sessions. Needs the role ADMIN for the whole server.",
  })
  async resetPassword(
    @Ctx() { tools, caller }: Context,
    @Arg("input", () => ResetPasswordInput, { description: "Whose password, and which." })
    input: ResetPasswordInput,
  ): Promise<UserType> {
    return resetPassword(tools, caller, input);
  }
}
