/** makeAdmin: the first start and the command line see to it that somebody can manage the server. */
import type { Database } from "../../platform/database/index.js";
import { Problem } from "../../platform/problems.js";
import { type Caller, Role } from "../permissions/index.js";
import { changeUser } from "./change-user.js";
import { createUser } from "./create-user.js";
import type { AccountTools } from "./tools.js";
import type { User } from "./user.js";
import { countUsers, findUserByEmail } from "./user.store.js";

export interface MakeAdmin {
  readonly email: string;
  /** For a new user; one who exists keeps theirs. */
  readonly password: string;
}

type MakeAdminTools = Pick<AccountTools, "database" | "committed" | "now" | "passwords" | "security">;

/** Whether nobody was ever given an account: the server starts for the first time. */
export async function hasNoUsers(tools: { readonly database: Database }): Promise<boolean> {
  return (await countUsers(tools.database, { search: null })) === 0;
}

/**
 * Makes the user, or makes who exists an active ADMIN of the whole server; again and again if need be. Throws like `createUser`.
 */
export async function makeAdmin(
  tools: MakeAdminTools,
  caller: Caller,
  input: MakeAdmin,
): Promise<{ readonly user: User; readonly created: boolean }> {
  if ((await findUserByEmail(tools.database, input.email)) === null) {
    const created = await createFirst(tools, caller, input);
    if (created !== null) return { user: created, created: true };
  }
  const user = await changeUser(
    tools,
    caller,
    { email: input.email },
    {
      kind: "user.role_set",
      endsSessions: true,
      change: () => ({ role: Role.ADMIN, active: true }),
    },
  );
  return { user, created: false };
}

/** Null when another instance was faster. */
async function createFirst(tools: MakeAdminTools, caller: Caller, input: MakeAdmin): Promise<User | null> {
  try {
    return await createUser(tools, caller, { ...input, role: Role.ADMIN });
  } catch (error) {
    if (error instanceof Problem && error.code === "ALREADY_EXISTS") return null;
    throw error;
  }
}
