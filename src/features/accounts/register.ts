/** register: people make their own account, where the server allows it. */
import { maxNameLength, Mistakes, optionalText } from "../../platform/input.js";
import { networkOf } from "../../platform/addresses.js";
import { forbidden } from "../../platform/problems.js";
import { write } from "../ledger/index.js";
import { type Caller, permitSelf, Role } from "../permissions/index.js";
import { SecurityEventKind } from "../security/index.js";
import { addUser } from "./add-user.js";
import { openSession } from "./open-session.js";
import { newPassword } from "./password.js";
import type { Session } from "./session.js";
import type { AccountTools } from "./tools.js";
import { readEmail } from "./user.js";
import { stampLogin } from "./user.store.js";

export interface Register {
  readonly email: string;
  readonly password: string;
  readonly name?: string | null | undefined;
}

/** Who signs up may look at this project, until somebody gives them more. */
const signupRoles = [{ project: "default", role: Role.VIEWER }] as const;

/** Throws FORBIDDEN where sign-up is closed, BAD_USER_INPUT, ALREADY_EXISTS, and RATE_LIMITED from an address that comes too often or when too many wait. */
export async function register(tools: AccountTools, caller: Caller, input: Register): Promise<Session> {
  if (!tools.allowSignup) throw forbidden("Sign-up is closed on this server.");
  tools.signIns.arrive(caller, "register");
  const mistakes = new Mistakes();
  const settings = {
    email: readEmail("input.email", input.email, mistakes),
    name: optionalText("input.name", input.name, mistakes, maxNameLength),
    role: null,
    projectRoles: signupRoles,
    active: true,
  };
  const password = newPassword("input.password", input.password, mistakes);
  mistakes.throwIfAny();
  const passwordHash = await tools.passwords.hash(password, networkOf(caller.ip));
  const session = await write(tools, permitSelf(caller), async (tx, record) => {
    const user = await addUser(tx, record, settings, passwordHash, null);
    const lastLoginAt = new Date(tools.now());
    await stampLogin(tx, user.id, lastLoginAt);
    return openSession(tools, tx, caller, { ...user, lastLoginAt });
  });
  tools.security.record({ kind: SecurityEventKind.SIGNED_IN, caller, subject: session.user.email });
  return session;
}
