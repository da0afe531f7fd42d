/** GraphQL shapes of users. */
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { ChangeInput } from "../../platform/graphql/change-input.types.js";
import { connectionOf } from "../../platform/graphql/connection.types.js";
import { DateTimeScalar } from "../../platform/graphql/scalars.js";
import { Role } from "../permissions/index.js";

registerEnumType(Role, {
  name: "Role",
  description:
    "What somebody may do, on the whole server or in one project; the higher of the two counts. Each role includes those before it.",
  valuesConfig: {
    VIEWER: { description: "Reads flags, segments, metrics and the audit log; evaluates and explains." },
    DEVELOPER: {
      description:
        "Creates and changes metrics, and flags and segments as far as no protected environment is concerned; kills flags everywhere.",
    },
    MANAGER: {
      description:
        "Changes protected environments; archives and deletes; manages environments, API keys and webhooks.",
    },
    ADMIN: { description: "Manages projects, users and their roles, and the server's settings." },
  },
});

@ObjectType("ProjectRole", { description: "A role in one project." })
export class ProjectRoleType {
  @Field(() => Role, { description: "What the user may do there." })
  role!: Role;
}

@ObjectType("User", { description: "Somebody who can sign in." })
export class UserType {
  @Field(() => ID, { description: "Identifies the user for caches; inputs name users by e-mail address." })
  id!: string;

  @Field(() => String, { description: "E-mail address; unique without regard to case." })
  email!: string;

  @Field(() => String, { nullable: true, description: "Name for people." })
  name!: string | null;

  @Field(() => Role, {
    nullable: true,
    description: "Role on the whole server; null for those who have roles in single projects only.",
  })
  role!: Role | null;

  @Field(() => Boolean, { description: "Whether the user may sign in." })
  active!: boolean;

  @Field(() => Boolean, { description: "Whether the user signs in with a second factor." })
  twoFactorEnabled!: boolean;

  @Field(() => DateTimeScalar, { description: "When the account was made." })
  createdAt!: Date;

  @Field(() => Int, { description: "Rises with every change of the user; send it as `expectedVersion`." })
  version!: number;
}

const { Connection } = connectionOf("User", () => UserType);
export const UserConnection = Connection;
export type UserConnection = InstanceType<typeof Connection>;

@InputType({ description: "A role in one project." })
export class ProjectRoleInput {
  @Field(() => String, { description: "Key of the project." })
  project!: string;

  @Field(() => Role, { description: "What the user may do there." })
  role!: Role;
}

@InputType({ description: "A new user." })
export class CreateUserInput extends ChangeInput {
  @Field(() => String, { description: "E-mail address; unique without regard to case." })
  email!: string;

  @Field(() => String, { description: "First password: 8 to 128 characters." })
  password!: string;

  @Field(() => String, { nullable: true, description: "Name for people." })
  name?: string | null;

  @Field(() => Role, { nullable: true, description: "Role on the whole server; none when absent." })
  role?: Role | null;

  @Field(() => [ProjectRoleInput], { nullable: true, description: "Roles in single projects." })
  projectRoles?: ProjectRoleInput[] | null;
}

@InputType({ description: "Names a user." })
export class UserRefInput extends ChangeInput {
  @Field(() => String, { description: "E-mail address of the user." })
  email!: string;

  @Field(() => Int, {
    nullable: true,
    description: "`User.version` that the change builds on; another current version is a CONFLICT.",
  })
  expectedVersion?: number | null;
}

@InputType({ description: "A change of a user. What is absent stays as it is." })
export class UpdateUserInput extends UserRefInput {
  @Field(() => String, { nullable: true, description: "Name for people; null clears it." })
  name?: string | null;

  @Field(() => String, { nullable: true, description: "The e-mail address from now on." })
  newEmail?: string | null;
}

@InputType({ description: "The role of a user, on the whole server or in one project." })
export class SetUserRoleInput extends UserRefInput {
  @Field(() => String, { nullable: true, description: "Key of the project; the whole server when absent." })
  project?: string | null;

  @Field(() => Role, { nullable: true, description: "The role; null takes it away." })
  role?: Role | null;
}

@InputType({ description: "Another password for somebody who lost theirs." })
export class ResetPasswordInput extends UserRefInput {
  @Field(() => String, { description: "The password from now on: 8 to 128 characters." })
  newPassword!: string;
}
