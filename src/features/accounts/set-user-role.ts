/** setUserRole: for the whole server or for one project. */
import { badField } from "../../platform/problems.js";
import { type Caller, permit, type Role } from "../permissions/index.js";
import { changeUser, type ChangeUserTools, type UserRef } from "./change-user.js";
import { type User, withProjectRole } from "./user.js";

export interface SetUserRole extends UserRef {
  /** Project key; absent: the whole server. */
  readonly project?: string | null | undefined;
  /** null takes the role away. */
  readonly role?: Role | null | undefined;
}

/**
 * The user has to sign in again. Needs ADMIN of the whole server, above which there is nothing: so nobody raises their own role.
 * Throws BAD_USER_INPUT where the role is left out, NOT_FOUND for the user and the project, and CONFLICT when no active ADMIN would be left.
 */
export async function setUserRole(
  tools: ChangeUserTools,
  caller: Caller,
  { project, role, ...user }: SetUserRole,
): Promise<User> {
  permit(caller, "user:manage");
  if (role === undefined) throw badField("input.role", "must be a role, or null to take it away.");
  return changeUser(tools, caller, user, {
    kind: "user.role_set",
    endsSessions: true,
    change: ({ projectRoles }) =>
      project === undefined || project === null
        ? { role }
        : { projectRoles: withProjectRole(projectRoles, project, role) },
  });
}
