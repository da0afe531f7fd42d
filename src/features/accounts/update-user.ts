/** updateUser: name and e-mail address. */
import { maxNameLength, Mistakes, optionalText } from "../../platform/input.js";
import { type Caller, permit } from "../permissions/index.js";
import { changeUser, type ChangeUserTools, type UserRef } from "./change-user.js";
import { readEmail, type User } from "./user.js";

export interface UpdateUser extends UserRef {
  /** null clears it. */
  readonly name?: string | null | undefined;
  readonly newEmail?: string | null | undefined;
}

/** Needs ADMIN of the whole server. Throws NOT_FOUND, BAD_USER_INPUT, ALREADY_EXISTS for the address and CONFLICT. */
export async function updateUser(tools: ChangeUserTools, caller: Caller, input: UpdateUser): Promise<User> {
  permit(caller, "user:manage");
  const mistakes = new Mistakes();
  const changes = {
    ...(input.name === undefined
      ? {}
      : { name: optionalText("input.name", input.name, mistakes, maxNameLength) }),
    ...(input.newEmail === undefined ? {} : { email: readEmail("input.newEmail", input.newEmail, mistakes) }),
  };
  mistakes.throwIfAny();
  return changeUser(tools, caller, input, {
    kind: "user.updated",
    endsSessions: false,
    change: () => changes,
  });
}
