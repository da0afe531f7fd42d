/** reactivateUser: lets somebody sign in again, with the roles they had. */
import type { Caller } from "../permissions/index.js";
import { changeUser, type ChangeUserTools, type UserRef } from "./change-user.js";
import type { User } from "./user.js";

/** Needs ADMIN of the whole server. Throws NOT_FOUND and CONFLICT. */
export async function reactivateUser(tools: ChangeUserTools, caller: Caller, input: UserRef): Promise<User> {
  return changeUser(tools, caller, input, {
    kind: "user.reactivated",
    endsSessions: false,
    change: () => ({ active: true }),
  });
}
