/** `halyard make-admin`: somebody who can manage the server, also when nobody can any more. */
import { randomBytes, randomUUID } from "node:crypto";
import { makeAdmin, resetPassword, resetTwoFactor } from "../features/accounts/index.js";
import { cliCaller } from "../features/permissions/index.js";
import type { Environment } from "../platform/config.js";
import { print } from "./print.js";
import { withApp } from "./with-app.js";

/** Options of `halyard make-admin`. */
export interface MakeAdminOptions {
  readonly resetTwoFactor?: true;
}

export async function makeAdminCommand(
  env: Environment,
  email: string,
  options: MakeAdminOptions,
): Promise<void> {
  await withApp(env, async ({ tools }) => {
    const caller = cliCaller(randomUUID());
    const password = randomPassword();
    const { user, created } = await makeAdmin(tools, caller, { email, password });
    if (!created) await resetPassword(tools, caller, { email, newPassword: password });
    const resets = user.twoFactorEnabled && options.resetTwoFactor === true;
    if (resets) await resetTwoFactor(tools, caller, { email });
    print(
      created ? `${email} is an administrator.` : `${email} is an administrator, with a new password.`,
      ...(user.twoFactorEnabled ? [resets ? secondFactorOff : secondFactorOn] : []),
      `Password: ${password}`,
    );
  });
}

const secondFactorOff = "The second factor is off: set up a new one after signing in.";
const secondFactorOn =
  "The account asks for its second factor too; add --reset-two-factor if that is lost as well.";

/** 144 random bits. */
export function randomPassword(): string {
  return randomBytes(18).toString("base64url");
}
