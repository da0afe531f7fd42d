/** `halyard make-admin`: somebody who can manage the server, also when nobody can any more. */
import { randomBytes, randomUUID } from "node:crypto";
import { makeAdmin, resetPassword } from "../features/accounts/index.js";
import { cliCaller } from "../features/permissions/index.js";
import type { Environment } from "../platform/config.js";
import { print } from "./print.js";
import { withApp } from "./with-app.js";

export async function makeAdminCommand(env: Environment, email: string): Promise<void> {
  await withApp(env, async ({ tools }) => {
    const caller = cliCaller(randomUUID());
    const password = randomPassword();
    const { created } = await makeAdmin(tools, caller, { email, password });
    if (!created) await resetPassword(tools, caller, { email, newPassword: password });
    print(
      created ? `${email} is an administrator.` : `${email} is an administrator, with a new password.`,
      `Password: ${password}`,
    );
  });
}

/** 144 random bits. */
export function randomPassword(): string {
  return randomBytes(18).toString("base64url");
}
