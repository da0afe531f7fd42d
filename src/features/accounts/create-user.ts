/** createUser: an administrator makes an account for somebody. */
import { maxNameLength, Mistakes, optionalText, reason } from "../../platform/input.js";
import { networkOf } from "../../platform/addresses.js";
import { quote } from "../../platform/problems.js";
import { write } from "../ledger/index.js";
import { type Caller, permit, type Role } from "../permissions/index.js";
import { addUser } from "./add-user.js";
import { newPassword } from "./password.js";
import type { AccountTools } from "./tools.js";
import { type ProjectRole, readEmail, type User } from "./user.js";

export interface CreateUser {
  readonly email: string;
  readonly password: string;
  readonly name?: string | null | undefined;
  /** Server-wide. */
  readonly role?: Role | null | undefined;
  readonly projectRoles?: readonly ProjectRole[] | null | undefined;
  readonly reason?: string | null | undefined;
}

type CreateUserTools = Pick<AccountTools, "database" | "committed" | "passwords">;

/** Needs ADMIN of the whole server. Throws BAD_USER_INPUT, ALREADY_EXISTS, NOT_FOUND for a project, and RATE_LIMITED when too many wait. */
export async function createUser(tools: CreateUserTools, caller: Caller, input: CreateUser): Promise<User> {
  const proof = permit(caller, "user:manage");
  const mistakes = new Mistakes();
  const settings = {
    email: readEmail("input.email", input.email, mistakes),
    name: optionalText("input.name", input.name, mistakes, maxNameLength),
    role: input.role ?? null,
    projectRoles: readProjectRoles("input.projectRoles", input.projectRoles ?? [], mistakes),
    active: true,
  };
  const password = newPassword("input.password", input.password, mistakes);
  const why = reason("input.reason", input.reason, mistakes);
  mistakes.throwIfAny();
  const passwordHash = await tools.passwords.hash(password, networkOf(caller.ip));
  return write(tools, proof, async (tx, record) => addUser(tx, record, settings, passwordHash, why));
}

function readProjectRoles(
  path: string,
  roles: readonly ProjectRole[],
  mistakes: Mistakes,
): readonly ProjectRole[] {
  const seen = new Set<string>();
  for (const [index, { project }] of roles.entries()) {
    if (seen.has(project)) {
      mistakes.add(`${path}[${index}].project`, `is given twice, got ${quote(project)}.`);
    }
    seen.add(project);
  }
  return roles;
}
