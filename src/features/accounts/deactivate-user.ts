/** deactivateUser: shuts somebody out at once, without forgetting who they were. */
import type { Caller } from "../permissions/index.js";
import { changeUser, type ChangeUserTools, type UserRef } from "./change-user.js";
import type { User } from "./user.js";

/** Ends the user's sessions. Needs ADMIN of the whole server. Throws NOT_FOUND, and CONFLICT for a stale version and when no active ADMIN would be left. */
export async function deactivateUser(tools: ChangeUserTools, caller: Caller, input: UserRef): Promise<User> {
  return changeUser(tools, caller, input, {
    kind: "user.deactivated",
    endsSessions: true,
    change: () => ({ active: false }),
  });
}
