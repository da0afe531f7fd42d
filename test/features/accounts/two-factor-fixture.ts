/** Users with a second factor, and the app on their phone. */
import { beginTwoFactor } from "../../../src/features/accounts/begin-two-factor.js";
import { confirmTwoFactor } from "../../../src/features/accounts/confirm-two-factor.js";
import type { Caller } from "../../../src/features/permissions/index.js";
import { codeAt } from "../../support/authenticator.js";
import { addUser, callerBy, type Instance, password, signIn } from "./accounts-fixture.js";

type Tools = Instance["tools"];

export interface Enrolled {
  readonly userId: string;
  readonly secret: string;
  readonly recoveryCodes: readonly string[];
  /** Signed in, and stepped up for the next 15 minutes. */
  readonly caller: Caller;
  /** The code that the app shows, that many steps from now. */
  readonly code: (steps?: number) => string;
}

export const stepMs = 30_000;

/** Makes the user, signs in, sets the second factor up, and lets a minute go by, so that no code is one that was taken. */
export async function enrol(tools: Tools, email: string, role: "ADMIN" | null = null): Promise<Enrolled> {
  await addUser(tools, email, role);
  const { caller } = await signIn(tools, email);
  const { secret } = await beginTwoFactor(tools, caller, { password });
  const code = (steps = 0): string => codeAt(secret, tools.now() + steps * stepMs);
  const { session, recoveryCodes } = await confirmTwoFactor(tools, caller, { code: code() });
  tools.setClock(tools.now() + 2 * stepMs);
  const userId = session.user.id;
  return { userId, secret, recoveryCodes, code, caller: await callerBy(tools, session.accessToken) };
}
